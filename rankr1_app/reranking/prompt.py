"""Prompts exactly as the checkpoints were trained on them, filled with untrusted text."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from .. import paths
from ..errors import Problem, shown
from ..events import Candidate, Message

# Everything a chat template may use to end a turn, and the tags our own parser reads: Qwen and Llama 3
# `<|...|>`, DeepSeek's full-width bars, Llama 2, Mistral and Gemma markers.
CONTROL = re.compile(
    r"<(?=[|\uff5c])|<(?=/?(?:think|answer|s|bos|eos|pad|unk|start_of_turn|end_of_turn|tool_call|tool_response)\s*>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])|<(?=</?SYS>>)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A prompt file. `document` lays out one document, with what the first stage knows of it where that says
    `{scores}`; `separator` stands between them; `reasoning` says whether the answer begins with a `<think>` block."""

    system: str
    user: str
    document: str
    separator: str
    reasoning: bool
    system_sha256: str = ""
    user_sha256: str = ""

    def messages(self, query: str, texts: Sequence[str], scores: Sequence[str] = ()) -> tuple[Message, ...]:
        """Return the chat for one call: `texts[0]` stands behind label `[1]`, with the first of `scores` where the
        prompt shows them. Query and texts are defused here, not before."""
        documents = self.separator.join(
            self.document.format(label=label, text=defused(text), scores=known)
            for label, (text, known) in enumerate(zip(texts, scores or [""] * len(texts), strict=True), 1)
        )
        user = self.user.format(query=defused(query), docs=documents)
        return Message(role="system", content=self.system), Message(role="user", content=user)


@functools.cache
def load(name: str) -> Prompt:
    """Return the prompt file of that name, the product's or one of `prompts/` in the data folder. Raises `Problem` for
    an unknown one, or one that is not valid."""
    files = {file.stem: file for folder in (paths.home() / "prompts", paths.PROMPTS) for file in folder.glob("*.toml")}
    if name not in files:
        raise Problem(f"prompt {shown(name)} is unknown, known are {', '.join(sorted(files))}")
    try:
        return msgspec.convert(tomllib.loads(files[name].read_text("utf-8")), Prompt)
    except (OSError, ValueError) as error:
        raise Problem(f"prompt {shown(str(files[name]))} is not valid: {error}") from None


def defused(text: str) -> str:
    """Return `text` on one line, unable to end its turn: a space breaks every control token, NUL and lone
    surrogates become U+FFFD."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    return CONTROL.sub(lambda match: match[0] + " ", " ".join(text.split()))


def document_text(candidate: Candidate) -> str:
    """Return title, blank, text: how the v0.1 training data joined them."""
    return f"{candidate.title} {candidate.text}".strip()

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
from ..explanation.thought import NAMES
from ..tables import first_unknown
from .scores import UNKNOWN

# Everything a chat template may use to end a turn, and the tags our own readers take for the end of a thought or the
# beginning of an answer: Qwen and Llama 3 `<|...|>`, DeepSeek's full-width bars, Llama 2, Mistral, Gemma and Kimi.
TAGS = rf"{NAMES}|answer|s|bos|eos|pad|unk|start_of_turn|end_of_turn|tool_call|tool_response"
CONTROL = re.compile(
    rf"<(?=[|\uff5c])|<(?=/?(?:{TAGS})\s*>)|<(?=channel\|>)|<(?=</?SYS>>)|◁(?=/?think▷)"
    r"|\[(?=/?(?:INST|THINK|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\])",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A prompt file. `document` lays out one document, with what the first stage knows of it where that says
    `{scores}`; `separator` stands between them; `reasoning` says whether the answer begins with a `<think>` block.
    `letters` labels documents from A; `intro` is a turn before the documents, each of which then has a turn of its own,
    replied to by `intro_reply` and `document_reply`; `prefill` is how the answer begins; `raw` is text without the
    marks of a chat, `user` being all of it; `titled` joins a title and a text; `exact` takes tokens for an answer only
    as they are written."""

    system: str
    user: str
    document: str
    separator: str
    reasoning: bool
    system_sha256: str = ""
    user_sha256: str = ""
    letters: bool = False
    intro: str = ""
    intro_reply: str = ""
    document_reply: str = ""
    prefill: str = ""
    raw: bool = False
    titled: str = "{title} {text}"
    exact: bool = False

    @property
    def scored(self) -> bool:
        """Whether it shows what the first stage knows of a document."""
        return "{scores}" in self.document

    def text(self, candidate: Candidate) -> str:
        """Return a document's title and text as one; one without a title is its text alone."""
        if not candidate.title.strip():
            return candidate.text.strip()
        return self.titled.format(title=candidate.title, text=candidate.text).strip()

    def messages(self, query: str, texts: Sequence[str], scores: Sequence[str] = ()) -> tuple[Message, ...]:
        """Return the chat for one call: `texts[0]` stands behind label `[1]`, or `[A]`. Texts are defused here, not
        before. `scores` are those of the first stage, for a prompt that shows them (not known unless given). A chat
        that ends with the assistant's turn is to be gone on with; one of nothing but that turn is text without the
        marks of a chat."""
        labels = [chr(ord("A") + place) if self.letters else str(place + 1) for place in range(len(texts))]
        documents = [
            self.document.format(label=label, text=defused(text), scores=score)
            for label, text, score in zip(labels, texts, scores or [str(UNKNOWN)] * len(texts), strict=True)
        ]
        within = {"query": defused(query), "docs": self.separator.join(documents), "num": len(texts)}
        user = self.user.format(**within)
        if self.raw:
            return (Message(role="assistant", content=user + self.prefill),)
        turns = [Message(role="system", content=self.system)] if self.system else []
        if self.intro:
            turns += exchange(self.intro.format(**within), self.intro_reply)
            for label, document in zip(labels, documents, strict=True):
                turns += exchange(document, self.document_reply.format(label=label))
        turns.append(Message(role="user", content=user))
        return (*turns, Message(role="assistant", content=self.prefill)) if self.prefill else tuple(turns)


def exchange(text: str, reply: str) -> list[Message]:
    """Return a user's turn and what the assistant is taken to have replied."""
    return [Message(role="user", content=text), Message(role="assistant", content=reply)]


@functools.cache
def load(name: str) -> Prompt:
    """Return the prompt file of that name, the product's or one of `prompts/` in the data folder. Raises `Problem` for
    an unknown one, or one that is not valid."""
    own, bundled = (
        {file.stem: file for file in folder.glob("*.toml")} for folder in (paths.home() / "prompts", paths.PROMPTS)
    )
    if name in own and name in bundled:
        raise Problem(f"prompt {shown(str(own[name]))} has the name of one that came with the product, rename it")
    files = own | bundled
    if name not in files:
        raise Problem(f"prompt {shown(name)} is unknown, known are {', '.join(sorted(files))}")
    where = f"prompt {shown(str(files[name]), 200)}"
    try:
        table = tomllib.loads(files[name].read_text("utf-8"))
        found = msgspec.convert(table, Prompt)
    except (OSError, ValueError) as error:
        raise Problem(f"{where} is not valid: {error}") from None
    if strange := first_unknown(table, Prompt):
        raise Problem(f"{where} sets {strange}")
    document = Candidate(id="1", title="A title", text="A text.", rank=1, score=0.0)
    try:
        chat = "".join(turn.content for turn in found.messages("A query?", [found.text(document)]))
    except (LookupError, ValueError, AttributeError) as error:
        what = f"nothing is called {error}" if isinstance(error, KeyError) else str(error)
        raise Problem(
            f"{where} cannot be filled in, {what}; braces that are meant as themselves are doubled: {{{{ and }}}}"
        ) from None
    for what, shows in (("query", "A query?"), ("docs", "A text.")):
        if shows not in chat:
            raise Problem(f"{where} never shows the {what}: {{{what}}} must stand in user, and {{text}} in document")
    return found


def defused(text: str) -> str:
    """Return `text` on one line, unable to end its turn: a space breaks every control token, NUL and lone
    surrogates become U+FFFD."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    return CONTROL.sub(lambda match: match[0] + " ", " ".join(text.split()))


def document_text(candidate: Candidate) -> str:
    """Return title, blank, text: how the v0.1 training data joined them."""
    return f"{candidate.title} {candidate.text}".strip()

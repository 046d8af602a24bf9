"""What one server takes of the protocol: learned from its refusals, and remembered for as long as the engine lives.

Only the model and the messages are sure to be taken. Whatever else is refused is sent under its other name, with the
value that the server allows, or left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..events import Message
from .protocol import ALTERNATIVES, Decoding, begun_in
from .refusal import Refusal

Body = dict[str, Any]

OPTIONAL = ("stream_options", "max_completion_tokens", "max_tokens", "top_logprobs", "logprobs", "temperature", "seed")
"""What may be left out, longer names before the names they hold."""
LENGTHS = ("max_tokens", "max_completion_tokens")
OTHER_NAMES = {"max_tokens": r"max_new_tokens|max_output_tokens|maxOutputTokens|max_length"}
TINY = 0.01
"""A temperature for servers that take none of 0."""
POSITIVE = re.compile(r"positive|greater than 0|> ?0\b|\(0,|above 0|non-?zero|more than 0", re.IGNORECASE)
SYSTEM = re.compile(
    r"system (?:role|message|prompt|instruction)|['\"`]system['\"`]|roles? (?:must|should) alternate"
    r"|developer instruction|only user(?: and| or|,)|(?:role|message).{0,30}\bsystem\b"
    r"|must start with (?:a |the )?['\"`]?user",
    re.IGNORECASE,
)
VAGUE = re.compile(
    r"extra|unknown|unrecogni|unsupported|unexpected|not (?:supported|permitted|allowed)|invalid (?:request|param|arg)"
    r"|bad request|validation|schema|additional propert",
    re.IGNORECASE,
)


@dataclass
class Dialect:
    """The request as one server takes it. `most` bounds what may be asked for in tokens, `top` the alternatives."""

    left_out: set[str] = field(default_factory=set)
    length_name: str = "max_tokens"
    most: int | None = None
    top: int = ALTERNATIVES
    coldest: float = 0.0
    folded: bool = False
    streams: bool = True

    def body(self, model: str, messages: Sequence[Message], decoding: Decoding) -> Body:
        """Build the request. An answer that is begun is gone on with as vLLM has it; alone it is plain text, which has
        a route of its own."""
        optional = {
            self.length_name: min(decoding.max_tokens, self.most or decoding.max_tokens),
            "temperature": max(decoding.temperature, self.coldest),
            "seed": decoding.seed,
            "stream_options": {"include_usage": True} if self.streams else None,
        }
        if decoding.alternatives_after is not None:
            optional |= {"logprobs": True, "top_logprobs": self.top}
        begun = begun_in(messages)
        raw = begun and len(messages) == 1
        if raw and decoding.alternatives_after is not None:
            optional["logprobs"] = optional.pop("top_logprobs")
        options = {name: value for name, value in optional.items() if value is not None and name not in self.left_out}
        if raw:
            return {"model": model, "prompt": begun, "stream": self.streams, **options}
        turns = [{"role": m.role, "content": m.content} for m in (folded(messages) if self.folded else messages)]
        goes_on = {"continue_final_message": True, "add_generation_prompt": False} if begun else {}
        return {"model": model, "messages": turns, "stream": self.streams, **options, **goes_on}

    def adapt(self, refusal: Refusal, sent: Body) -> bool:
        """Learn from a refusal of `sent`. False where nothing in it can be sent in another way."""
        if refusal.status not in (0, 400, 404, 405, 406, 415, 422, 500, 501, 502) or refusal.page:
            return False
        for name in OPTIONAL:
            if name in sent and named(name, refusal.all):
                self.change(name, refusal, sent)
                return True
        if refusal.status in (500, 502):
            return False
        if re.search(r"\bstream(?:ing|ed)?\b", refusal.all, re.IGNORECASE) and sent["stream"]:
            self.streams = False
        elif SYSTEM.search(refusal.all) and "messages" in sent and sent["messages"][0]["role"] == "system":
            self.folded = True
        elif refusal.status in (400, 422) and optional(sent) and (not refusal.words or VAGUE.search(refusal.all)):
            self.left_out |= optional(sent)
        else:
            return False
        return True

    def change(self, name: str, refusal: Refusal, sent: Body) -> None:
        """Send `name` in another way, or no more."""
        bounds = (
            [number for number in numbers(refusal.words) if number < sent[name]] if name != "stream_options" else []
        )
        if name == "max_tokens" and (named("max_completion_tokens", refusal.all) or not bounds):
            self.length_name = "max_completion_tokens"
        elif name in LENGTHS and bounds:
            self.most = max(bounds)
        elif name == "top_logprobs" and bounds and max(bounds) > 1:
            self.top = max(bounds)
        elif name == "temperature" and sent[name] == 0 and POSITIVE.search(refusal.words):
            self.coldest = TINY
        else:
            self.left_out |= {"logprobs", "top_logprobs"} if "logprobs" in name else {name}

    def notes(self) -> Iterator[str]:
        """Say what is sent otherwise than usual."""
        if self.left_out:
            yield f"{', '.join(sorted(self.left_out))} left out, which the server refuses"
        if self.length_name != "max_tokens" and self.length_name not in self.left_out:
            yield f"{self.length_name} in place of max_tokens"
        if self.most:
            yield f"at most {self.most} tokens an answer, more the server refuses"
        if self.top != ALTERNATIVES:
            yield f"the {self.top} likeliest tokens only, more the server refuses"
        if self.coldest and "temperature" not in self.left_out:
            yield f"temperature {self.coldest:g}, since the server refuses 0"
        if self.folded:
            yield "the system's turn put before the user's, since the server refuses the role"
        if not self.streams:
            yield "answers in one piece, since the server refuses to stream"


def named(name: str, text: str) -> bool:
    """Return whether `text` speaks of the parameter `name`, and of no longer one that it begins."""
    names = f"{name}|{OTHER_NAMES[name]}" if name in OTHER_NAMES else name
    return bool(re.search(rf"(?<![A-Za-z_])(?:{names})(?![A-Za-z_])", text))


def optional(sent: Body) -> set[str]:
    """Return the names of what may be left out of a request; the length of an answer is better kept."""
    return {name for name in OPTIONAL if name in sent and name not in LENGTHS}


def numbers(text: str) -> list[int]:
    """Return the whole numbers in `text` that can be bounds."""
    return [int(digits) for digits in re.findall(r"(?<![\d.])(\d{1,7})(?![\d.]*\d)", text.replace(",", ""))]


def folded(messages: Sequence[Message]) -> list[Message]:
    """Put the system's turn before the user's, in one."""
    if len(messages) < 2 or messages[0].role != "system":
        return list(messages)
    first = Message(role=messages[1].role, content=f"{messages[0].content}\n\n{messages[1].content}")
    return [first, *messages[2:]]

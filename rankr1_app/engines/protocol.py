"""What every engine can do; the pipeline knows no more of it than this."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import Problem
from ..events import Cached, Message, Usage


class Fault(Problem):
    """This one call broke (HTTP 5xx after the retries, a cut connection, silence): asking again may work.
    Any other `Problem` from an engine ends the search."""


class TooLong(Problem):
    """The question is longer than the model reads: it has room for `limit` tokens, answer included, and the question
    has `length`, each None where the server does not tell. Shorter documents, or fewer, may help."""

    def __init__(self, what: str, limit: int | None = None, length: int | None = None) -> None:
        super().__init__(what)
        self.limit, self.length = limit, length


ALTERNATIVES = 20
"""Tokens whose probability is told at a place: as many as servers tell."""


@dataclass(frozen=True, kw_only=True)
class Decoding:
    """How to generate. `max_tokens` bounds the completion, `temperature` 0 is greedy. Where `alternatives_after` is
    a text, the tokens that end after it come with what could have stood in their place; empty means all."""

    max_tokens: int
    temperature: float = 0.0
    seed: int | None = None
    alternatives_after: str | None = None


@dataclass(frozen=True)
class Token:
    """A token's `text`, where it begins in the completion (`at`, in characters), and the likeliest `ALTERNATIVES` at
    its place, itself among them, with their log-probabilities."""

    at: int
    text: str
    alternatives: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A piece of a completion, exactly as it was sent; `reasoning` where it came in a field for thought. The last one
    carries `finish_reason` (`stop`, `length`, ...) and `usage`, `cached` where all of it is an earlier answer, and
    `sampled` where the engine could not be greedy as it was asked to."""

    text: str = ""
    reasoning: bool = False
    finish_reason: str | None = None
    usage: Usage | None = None
    cached: Cached | None = None
    sampled: bool = False
    tokens: tuple[Token, ...] = ()


def number(value: object) -> float | None:
    """Return a number that a server sent, None for what is no finite one."""
    if type(value) not in (int, float):
        return None
    try:
        found = float(value)  # type: ignore[arg-type]
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def likeliest(tokens: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return tokens with their log-probabilities; of those that read alike the likeliest counts."""
    found: dict[str, float] = {}
    for text, score in tokens:
        found[text] = max(score, found.get(text, score))
    return found


def begun_in(messages: Sequence[Message]) -> str:
    """Return the answer that a chat ends with and that is to be gone on with, empty for none."""
    return messages[-1].content if messages and messages[-1].role == "assistant" else ""


class Engine(Protocol):
    """Generates text. Methods raise `Problem` in words for the user when the engine cannot be had."""

    name: str
    """The kind, as `--engine` names it."""
    concurrency: int
    """Calls that may usefully run at once."""
    lane: asyncio.Semaphore
    """Held by every call while it runs: all searches together keep to `concurrency`, first come first served."""

    @property
    def model(self) -> str:
        """The model's name, as the engine knows it."""

    @property
    def state(self) -> str:
        """`not started`, `starting`, `ready`, or `lost: ` and why, in words."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is done otherwise for this engine than for others of its kind, in words."""

    @property
    def room(self) -> int:
        """Calls that could start now without slowing the others: what may be spent on calls that may not matter."""

    async def start(self) -> None:
        """Make ready to generate: load, launch or reach the model. Idempotent, and again after a death."""

    async def close(self) -> None:
        """Let go of everything; `start` may follow."""

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """Cut each text to at most `tokens` of the model's own tokens; by words where no tokenizer is at hand."""

    def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Stream one completion. A last turn of the assistant is gone on with, and where it is the only one it is text
        without the marks of a chat. Closing the generator ends the generation on the engine at once."""

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """Return the likeliest tokens after an answer that began with `text`, with their log-probabilities."""

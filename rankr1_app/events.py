"""The spine: a search is a stream of these events, and everything else only reads it.

Every event is a frozen value. `to_dict` and `from_dict` are inverse to each other; a JSON line is that
dict. Readers ignore fields they do not know, so a recording of a newer version still opens. `at` is in
seconds since the search started. Labels such as `[3]` never leave the prompt: `CallStarted.documents`
lists document ids in label order (`documents[0]` stands behind `[1]`), and answers are document ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from .errors import Problem, shown

VERSION = 1

Status = Literal["ok", "repaired", "retried", "failed", "cancelled"]
"""`ok`: read as written. `repaired`: read leniently. `retried`: not readable, asked again in another order.
`failed`: not readable, and first-stage order decided instead. `cancelled`: ended, since another answer made it
needless."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A document as the first stage found it. `rank` counts from 1; `score` is the retriever's own."""

    id: str
    title: str
    text: str
    rank: int
    score: float


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn of the chat sent to the model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one call. `cached_tokens` is the part of `prompt_tokens` the engine did not read again."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, kw_only=True)
class Cached:
    """When an answer from the cache was `asked` (UTC in ISO 8601), and the `seconds` it took then."""

    asked: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums over a search. `calls` counts every question, repeated ones included; `rounds` counts the groups
    of calls that had to wait for each other; `unreadable` the answers nobody could read; `cached` those that
    were known from before, whose tokens are not counted again."""

    calls: int = 0
    rounds: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    unreadable: int = 0
    cached: int = 0


@dataclass(frozen=True, kw_only=True)
class SearchStarted:
    """The query and everything in force. `started` is UTC in ISO 8601."""

    at: float = 0.0
    query: str
    settings: dict[str, Any]
    versions: dict[str, str]
    seed: int
    started: str


@dataclass(frozen=True, kw_only=True)
class Retrieved:
    """The candidates in first-stage order. `score_name` says what their scores are, e.g. `BM25`."""

    at: float
    index: str
    retriever: str
    score_name: str
    candidates: tuple[Candidate, ...]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class CallStarted:
    """One question to the model. `purpose` says in words why it is asked; `repeats` is the unreadable
    call that this one asks again. `expected_calls` is the planned total, for progress."""

    at: float
    call: int
    round: int
    purpose: str
    documents: tuple[str, ...]
    messages: tuple[Message, ...]
    repeats: int | None = None
    expected_calls: int | None = None


@dataclass(frozen=True, kw_only=True)
class ReasoningDelta:
    """More of a call's text, exactly as generated (tags included)."""

    at: float
    call: int
    text: str


@dataclass(frozen=True, kw_only=True)
class CallFinished:
    """The end of a call. `answer` is the document the model named, if it could be read; `winner` the one
    that was kept (the answer; the best by first stage if `failed`; nobody if `retried`, or `cancelled`
    because another answer made it needless). `text` is the whole raw output. `error` says in words what
    broke when the engine did. `cached` is there where the answer, and with it `usage`, is an earlier one.
    `likelihoods` are the probabilities of the labels as the answer, in label order, where they decided."""

    at: float
    call: int
    answer: str | None
    winner: str | None
    status: Status
    finish_reason: str
    text: str
    usage: Usage
    seconds: float
    error: str = ""
    cached: Cached | None = None
    likelihoods: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RankSettled:
    """A document has its place. `rank` counts from 1; `calls` decided it, the last one finally (empty
    when nothing was left to compare with)."""

    at: float
    rank: int
    document: str
    calls: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class SearchFinished:
    """The final order of all candidates: the first `settled` by the model, the tail as the first stage had it."""

    at: float
    ranking: tuple[str, ...]
    settled: int
    totals: Totals


@dataclass(frozen=True, kw_only=True)
class SearchStopped:
    """Stopped from outside. What was settled stands first, the rest as the first stage had it."""

    at: float
    ranking: tuple[str, ...]
    settled: int
    totals: Totals
    reason: str = "stopped"


@dataclass(frozen=True, kw_only=True)
class SearchFailed:
    """Something broke. `message` is for the person in front of it; what was settled is kept as in a stop."""

    at: float
    message: str
    ranking: tuple[str, ...] = ()
    settled: int = 0
    totals: Totals = field(default_factory=Totals)


Event = (
    SearchStarted
    | Retrieved
    | CallStarted
    | ReasoningDelta
    | CallFinished
    | RankSettled
    | SearchFinished
    | SearchStopped
    | SearchFailed
)
End = SearchFinished | SearchStopped | SearchFailed

KINDS: dict[str, type[Event]] = {
    "search_started": SearchStarted,
    "retrieved": Retrieved,
    "call_started": CallStarted,
    "reasoning_delta": ReasoningDelta,
    "call_finished": CallFinished,
    "rank_settled": RankSettled,
    "search_finished": SearchFinished,
    "search_stopped": SearchStopped,
    "search_failed": SearchFailed,
}
NAMES = {kind: name for name, kind in KINDS.items()}


def to_dict(event: Event) -> dict[str, Any]:
    """The event as plain JSON values, with its `type` and `version`."""
    return {"type": NAMES[type(event)], "version": VERSION, **msgspec.to_builtins(event)}


def from_dict(data: Mapping[str, Any]) -> Event:
    """The inverse of `to_dict`. Raises `Problem` for a dict that is no event."""
    name = data.get("type")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Problem(f"event type {shown(name)} is unknown, known are {', '.join(KINDS)}")
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise Problem(f"event {name} is not as it should be: {error}") from None


def dumps(event: Event) -> str:
    """One JSON line, without the line break."""
    return json.dumps(to_dict(event), ensure_ascii=False, separators=(",", ":"))


def loads(lines: Iterable[str], source: str = "recording") -> Iterator[Event]:
    """Events from JSON lines, lazily. `source` names the file in errors; blank lines are skipped."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except ValueError:
            raise Problem(f"{source} line {number} is not JSON: {shown(line.strip(), 40)}") from None
        if not isinstance(data, dict):
            raise Problem(f"{source} line {number} is not a JSON object: {shown(line.strip(), 40)}")
        try:
            yield from_dict(data)
        except Problem as problem:
            raise Problem(f"{source} line {number}: {problem}") from None

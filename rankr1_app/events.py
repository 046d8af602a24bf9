"""The spine: a search is a stream of these events, and everything else only reads it.

Every event is a frozen value. `to_dict` and `from_dict` are inverse to each other; a JSON line is that
dict. `from_dict` lifts events of version 1. Of a newer version it ignores the fields and `loads` skips the
events that it does not know, so the recording still opens. `at` is in seconds since the search started.
Labels such as `[3]` never leave the prompt: `CallStarted.documents` lists document ids in label order
(`documents[0]` stands behind `[1]`), and answers are document ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, TypeVar, get_args

import msgspec

from .errors import Problem, shown

T = TypeVar("T")
VERSION = 2
SHOWN = 40
"""Last characters of a query that was cut that are told."""
LABEL_PROBABILITY = "label probability"
"""Name of the scores that are the probability of each label as the answer."""

Status = Literal["ok", "repaired", "retried", "failed", "cancelled"]
"""`ok`: read as written. `repaired`: read leniently. `retried`: not readable, or too long for the model;
asked again, in another order or with shorter documents.
`failed`: not readable, and first-stage order decided instead. `cancelled`: ended, since another answer made it
needless."""
Kind = Literal["choose", "order", "score", "judge", "answer"]
"""What a call asks for: the best of its documents, their order, a score for each, a verdict between them, or an
answer to the query."""


class Unknown(Problem):
    """An event of a kind that only a newer version has."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where one retriever had a document: its `rank` there, from 1, and its `score`, which `score_name` names; `best`
    is the best score of that list, 0 where it was not told. `near` is, of a fused list, how near the document is to the
    query and the list's first documents together, None where that was not computed."""

    retriever: str
    rank: int
    score: float
    score_name: str
    best: float = 0.0
    near: float | None = None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a passage stands in the `file` it was taken from: on which `page`, 0 where there are none, and its
    characters of that, from `start` to before `end`."""

    file: str
    page: int
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A document as the first stage found it. `rank` counts from 1; `score` is the retriever's own. `sources` says
    where each part of a fused first stage had it, `place` where it stands if it is a passage of a file."""

    id: str
    title: str
    text: str
    rank: int
    score: float
    sources: tuple[Source, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn of the chat sent to the model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens of one call, None where the engine did not tell. `cached_tokens` is the part of `prompt_tokens` that
    the engine did not read again."""

    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None

    @property
    def known(self) -> bool:
        """Return whether the engine told what was read and written."""
        return self.prompt_tokens is not None and self.completion_tokens is not None


@dataclass(frozen=True, kw_only=True)
class Cached:
    """When an answer from the cache was `asked` (UTC in ISO 8601), and the `seconds` it took then."""

    asked: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Sums over a search. `calls` counts every call, repeated ones included; `rounds` counts the groups of calls
    that had to wait for each other; `unreadable` the whole answers that could not be read; `faults` the calls that
    the engine broke; `cached` the answers from the cache, whose tokens are not counted again; `uncounted` the calls
    whose tokens the engine did not tell, so that the token sums are too small by theirs."""

    calls: int = 0
    rounds: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    unreadable: int = 0
    cached: int = 0
    faults: int = 0
    uncounted: int = 0


@dataclass(frozen=True, kw_only=True)
class WeightedTerm:
    """A term of a rewritten query and its weight in it."""

    term: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class Citation:
    """The characters `start` to `end` of an answer that rest on `document`."""

    start: int
    end: int
    document: str


@dataclass(frozen=True, kw_only=True)
class SearchStarted:
    """The query and the settings it was asked with, of which 0 and empty ones were left to the model and the engine.
    `started` is UTC in ISO 8601; `like` are documents that the reader marked, for more like them."""

    at: float = 0.0
    query: str
    settings: dict[str, Any]
    versions: dict[str, str]
    seed: int
    started: str
    like: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """What the query became before it was searched for: the text `query`, by what (`by`: a model, `RM3`, ...), or the
    `terms` with their weights, and the feedback `documents` they were taken from. Where a model rewrites it, events
    that are not `complete` come before: the first with the `messages` it is sent, each with a piece of the `text` it
    writes; the last has all of that, its tokens and seconds. `note` says why the query stayed as it is."""

    at: float
    query: str
    by: str
    terms: tuple[WeightedTerm, ...] = ()
    documents: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    text: str = ""
    usage: Usage | None = None
    seconds: float = 0.0
    note: str = ""
    complete: bool = True


@dataclass(frozen=True, kw_only=True)
class Retrieved:
    """The candidates in first-stage order. `score_name` says what their scores are, e.g. `BM25`; `note` says in words
    what the reader should know of the list, such as which words of the query were not searched for."""

    at: float
    index: str
    retriever: str
    score_name: str
    candidates: tuple[Candidate, ...]
    seconds: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What the reranker reckons with: `calls`, and `rounds` of calls that wait for each other (None: not known)."""

    at: float
    calls: int
    rounds: int | None = None


@dataclass(frozen=True, kw_only=True)
class Shortened:
    """What the model is not shown all of: of the query the beginning `query`, of at most `query_tokens` of the model's
    tokens (0 where it reads the whole query), of `documents` so many characters of title and text."""

    at: float
    query: str = ""
    query_tokens: int = 0
    documents: dict[str, int] = field(default_factory=dict)

    @property
    def of_query(self) -> str:
        """Return in words where the query was cut, empty where it was not."""
        if not self.query_tokens:
            return ""
        end = self.query
        if len(end) > SHOWN:
            # From a whole word on, where there are blanks.
            last = end[-SHOWN:]
            end = f"…{last.partition(' ')[2] or last}"
        return f"The model read only the first {self.query_tokens} tokens of the query, up to “{end}”"

    @property
    def of_documents(self) -> str:
        """Return in words of how many documents the model read the beginning, empty where it read all whole."""
        number = len(self.documents)
        some = "one document" if number == 1 else f"{number} documents"
        return f"The model read only the beginning of {some}" if number else ""


@dataclass(frozen=True, kw_only=True)
class CallStarted:
    """One question to the model. `purpose` says in words why it is asked; `repeats` is the unreadable
    call that this one asks again. `messages` is empty for a model that takes none. `documents` are in the order of
    their labels, which are numbers from 1, or `letters` from A."""

    at: float
    call: int
    round: int
    purpose: str
    documents: tuple[str, ...]
    messages: tuple[Message, ...] = ()
    repeats: int | None = None
    kind: Kind = "choose"
    letters: bool = False


@dataclass(frozen=True, kw_only=True)
class ReasoningDelta:
    """More of a call's text, exactly as generated (tags included). `thought` is True for text that the server sent
    as reasoning, in a field of its own."""

    at: float
    call: int
    text: str
    thought: bool = False


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A `document` whose vector is near another one's, and the `cosine` of the two, as a model computed it."""

    document: str
    cosine: float


@dataclass(frozen=True, kw_only=True)
class CallFinished:
    """The end of a call. `answer` is what the model named, best first, as far as it could be read; `order` what
    counts, best first: all documents or the best alone (by first stage if `failed`; empty if `retried`, or
    `cancelled` because another answer made it needless). `scores` are one for each document in label order, where
    they decided, and `score_name` names them. `text` is the whole raw output; its first `thought` characters came
    in a field of their own for reasoning. `error` says in words what was wrong with the answer, or what broke when
    the engine did (`finish_reason` is then `error`). `cached` is there where the answer, and with it `usage`, is an
    earlier one. Where the query was read together with the first `feedback` documents, `nearest` holds for each
    document in label order those of them that are nearest to it, itself left out."""

    at: float
    call: int
    answer: tuple[str, ...]
    order: tuple[str, ...]
    status: Status
    finish_reason: str
    text: str
    usage: Usage
    seconds: float
    error: str = ""
    cached: Cached | None = None
    scores: tuple[float, ...] = ()
    score_name: str = ""
    thought: int = 0
    feedback: int = 0
    nearest: tuple[tuple[Neighbour, ...], ...] = ()

    @property
    def winner(self) -> str | None:
        """Return the best document, None where nothing was decided."""
        return self.order[0] if self.order else None


@dataclass(frozen=True, kw_only=True)
class RankSettled:
    """A document has its place. `rank` counts from 1; `calls` decided it, the last one finally (empty
    when nothing was left to compare with). `score` is the method's own, where it has one, and `score_name` names
    it."""

    at: float
    rank: int
    document: str
    calls: tuple[int, ...]
    score: float | None = None
    score_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer to the query, written from the ranking, and what each part of it rests on."""

    at: float
    text: str
    citations: tuple[Citation, ...] = ()


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
    | Rewritten
    | Retrieved
    | Planned
    | Shortened
    | CallStarted
    | ReasoningDelta
    | CallFinished
    | RankSettled
    | Answered
    | SearchFinished
    | SearchStopped
    | SearchFailed
)
End = SearchFinished | SearchStopped | SearchFailed

KINDS: dict[str, type[Event]] = {
    "search_started": SearchStarted,
    "rewritten": Rewritten,
    "retrieved": Retrieved,
    "planned": Planned,
    "shortened": Shortened,
    "call_started": CallStarted,
    "reasoning_delta": ReasoningDelta,
    "call_finished": CallFinished,
    "rank_settled": RankSettled,
    "answered": Answered,
    "search_finished": SearchFinished,
    "search_stopped": SearchStopped,
    "search_failed": SearchFailed,
}
NAMES = {kind: name for name, kind in KINDS.items()}
STATUSES = get_args(Status)


def to_dict(event: Event) -> dict[str, Any]:
    """Return the event as plain JSON values, with its `type` and `version`."""
    return {"type": NAMES[type(event)], "version": VERSION, **msgspec.to_builtins(event)}


def from_dict(data: Mapping[str, Any]) -> Event:
    """Return the event of a dict that `to_dict` made, in this version or an earlier one. Raises `Unknown` for a kind
    of event that only a newer version has, `Problem` for anything that is not an event."""
    name, version = data.get("type"), data.get("version", 1)
    if type(version) is not int or version < 1:
        raise Problem(f"event version {shown(version)} is not valid, it must be a whole number from 1")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        error = Unknown if version > VERSION else Problem
        raise error(f"event type {shown(name)} is unknown, known are {', '.join(KINDS)}")
    if version == 1:
        data = from_version_1(data, kind)
    elif version > VERSION and kind is CallFinished and data.get("status") not in STATUSES:
        data = {**data, "status": "failed"}
    try:
        return with_defaults(msgspec.convert(data, kind))
    except UnicodeEncodeError:
        raise Problem(f"event {name} is not valid: it holds a lone surrogate") from None
    except msgspec.ValidationError as error:
        raise Problem(f"event {name} is not valid: {error}") from None


def with_defaults(value: T) -> T:
    """Return a value that msgspec made with the defaults set that it leaves to the class: `to_dict` says set ones."""
    if isinstance(value, tuple):
        for each in value:
            with_defaults(each)
    elif is_dataclass(value):
        for each_field in fields(value):
            object.__setattr__(value, each_field.name, with_defaults(getattr(value, each_field.name)))
    return value


def from_version_1(data: Mapping[str, Any], kind: type[Event]) -> Mapping[str, Any]:
    """Return a dict of version 1 in the fields of version 2: one answer and one winner became tuples, label
    probabilities became named scores, and a count of no tokens became an unknown one."""
    if kind is not CallFinished:
        return data
    fields = dict(data)
    answer, winner = fields.get("answer"), fields.pop("winner", None)
    likelihoods = fields.pop("likelihoods", ())
    fields |= {"answer": () if answer is None else (answer,), "order": () if winner is None else (winner,)}
    if likelihoods:
        fields |= {"scores": likelihoods, "score_name": LABEL_PROBABILITY}
    usage = fields.get("usage")
    if isinstance(usage, Mapping) and not any(usage.values()):
        fields["usage"] = {}
    return fields


def dumps(event: Event) -> str:
    """Return one JSON line, without the line break."""
    return json.dumps(to_dict(event), ensure_ascii=False, separators=(",", ":"))


def loads(lines: Iterable[str], source: str = "recording") -> Iterator[Event]:
    """Yield the events of JSON lines, lazily. `source` names the file in errors; blank lines are skipped, and so are
    kinds of events that only a newer version has."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = msgspec.json.decode(line.removeprefix("\ufeff"))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise Problem(f"{source} line {number} is not JSON: {shown(line.strip(), 40)}") from None
        if not isinstance(data, dict):
            raise Problem(f"{source} line {number} is not a JSON object: {shown(line.strip(), 40)}")
        try:
            yield from_dict(data)
        except Unknown:
            continue
        except Problem as problem:
            raise Problem(f"{source} line {number}: {problem}") from None

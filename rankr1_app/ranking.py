"""A finished search as plain frozen values, for those who call from Python. Fields are those of `--format json`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from .errors import Problem
from .events import Cached, Neighbour, Place, Source, Totals, Usage
from .results import Fold, result


@dataclass(frozen=True, kw_only=True)
class Label:
    """Characters `start` to `end` of a reason that stand for `document`, such as `[3]`."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A sentence of an answer, verbatim, that speaks of a document; `outcome` is the document's in that `call`."""

    call: int
    text: str
    outcome: Literal["won", "lost", "undecided"]
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    """A ranked document. `settled` is True where the model decided its `rank`, in `deciding_calls`; below them
    documents stand in first-stage order. `score` is the reranker's own, which `score_name` names, None where it has
    none; it is never the rank in disguise. `place` says where a passage of a file stands."""

    rank: int
    id: str
    title: str
    text: str
    settled: bool
    first_stage_rank: int
    first_stage_score: float
    sources: tuple[Source, ...]
    place: Place | None
    score: float | None
    score_name: str
    reasons: tuple[Reason, ...]
    deciding_calls: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One question to the model: `documents` in label order, the raw `text` of the answer, and the `order` that
    counts, best first. `cached` is there where the answer is an earlier one. Where the query was read together with the
    first `feedback` documents, `nearest` tells for each document those of them that are nearest to it."""

    id: int
    round: int
    kind: str
    purpose: str
    documents: tuple[str, ...]
    text: str
    answer: tuple[str, ...]
    order: tuple[str, ...]
    status: str
    finish_reason: str
    error: str
    usage: Usage
    seconds: float | None
    scores: tuple[float, ...]
    score_name: str
    feedback: int
    nearest: tuple[tuple[Neighbour, ...], ...]
    cached: Cached | None


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Documents best first, with every call that led there. `note` says what the reader should know of the first
    stage."""

    query: str
    state: Literal["finished", "stopped", "failed", "running"]
    note: str
    settings: dict[str, Any]
    documents: tuple[Document, ...]
    calls: tuple[Call, ...]
    totals: Totals

    def __iter__(self) -> Iterator[Document]:
        return iter(self.documents)

    def __len__(self) -> int:
        return len(self.documents)

    def __getitem__(self, place: int) -> Document:
        return self.documents[place]


class Failed(Problem):
    """Raised when a search broke in the middle, or its recording did; `ranking` holds what came of it."""

    def __init__(self, what: str, ranking: Ranking) -> None:
        super().__init__(what)
        self.ranking = ranking


def ranking_of(fold: Fold) -> Ranking:
    """Return what the events of a search came to. Raises `Failed` for one that ended with a fault."""
    whole = result(fold)
    documents = [{**each, "text": fold.candidates[each["id"]].text} for each in whole["ranking"]]
    ranking = msgspec.convert({**whole, "documents": documents}, Ranking)
    if ranking.state == "failed":
        raise Failed(whole["message"], ranking)
    return ranking

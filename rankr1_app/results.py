"""A search as one plain object: what `--format json` prints and the API returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from .events import (
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    RankSettled,
    Retrieved,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Totals,
)
from .explanation.reasons import reasons


@dataclass
class Fold:
    """What the events said, gathered."""

    query: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    candidates: dict[str, Candidate] = field(default_factory=dict)
    started: dict[int, CallStarted] = field(default_factory=dict)
    finished: dict[int, CallFinished] = field(default_factory=dict)
    settled: dict[str, RankSettled] = field(default_factory=dict)
    end: SearchFinished | SearchStopped | SearchFailed | None = None

    def see(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case SearchStarted():
                self.query, self.settings = event.query, {**event.settings, "seed": event.seed}
            case Retrieved():
                self.candidates = {c.id: c for c in event.candidates}
            case CallStarted():
                self.started[event.call] = event
            case CallFinished():
                self.finished[event.call] = event
            case RankSettled():
                self.settled[event.document] = event
            case SearchFinished() | SearchStopped() | SearchFailed():
                self.end = event
            case _:
                pass


def gather(events: Iterable[Event]) -> Fold:
    """The fold over a whole search."""
    fold = Fold()
    for event in events:
        fold.see(event)
    return fold


def result(fold: Fold) -> dict[str, Any]:
    """The promised object. Its `state` is `finished`, `stopped` or `failed` (then `message` says why);
    `reasons` of a document are verbatim sentences of the answers, with the call they are from."""
    spoken: dict[str, list[dict[str, Any]]] = {document: [] for document in fold.candidates}
    titles = {document: candidate.title for document, candidate in fold.candidates.items()}
    for call, finished in fold.finished.items():
        for reason in reasons(finished.text, fold.started[call].documents, finished.winner, titles):
            spoken[reason.document].append({"call": call, "text": reason.text, "outcome": reason.outcome})
    end = fold.end
    order = end.ranking if end else tuple(fold.candidates)
    return {
        "query": fold.query,
        "state": {SearchFinished: "finished", SearchStopped: "stopped", SearchFailed: "failed"}.get(
            type(end), "running"
        ),
        **({"message": end.message} if isinstance(end, SearchFailed) else {}),
        "settings": fold.settings,
        "ranking": [
            {
                "rank": rank,
                "id": document,
                "title": fold.candidates[document].title,
                "settled": document in fold.settled,
                "first_stage_rank": fold.candidates[document].rank,
                "first_stage_score": fold.candidates[document].score,
                "reasons": spoken[document],
                "deciding_calls": list(fold.settled[document].calls) if document in fold.settled else [],
            }
            for rank, document in enumerate(order, 1)
        ],
        "calls": [call_object(fold, call) for call in fold.started],
        "totals": msgspec.to_builtins(end.totals if end else Totals()),
    }


def call_object(fold: Fold, call: int) -> dict[str, Any]:
    """One call; `status` is `unfinished` where the search ended first."""
    started, finished = fold.started[call], fold.finished.get(call)
    return {
        "id": call,
        "round": started.round,
        "purpose": started.purpose,
        "documents": list(started.documents),
        "text": finished.text if finished else "",
        "answer": finished.answer if finished else None,
        "winner": finished.winner if finished else None,
        "status": finished.status if finished else "unfinished",
        "finish_reason": finished.finish_reason if finished else "",
        "error": finished.error if finished else "",
        "usage": msgspec.to_builtins(finished.usage) if finished else {},
        "seconds": finished.seconds if finished else None,
        "likelihoods": list(finished.likelihoods) if finished else [],
        "cached": msgspec.to_builtins(finished.cached) if finished else None,
    }

"""A search as one plain object: what `--format json` prints and the API returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from .events import (
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    RankSettled,
    Retrieved,
    Rewritten,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Shortened,
    Totals,
)
from .explanation.reasons import labels
from .explanation.story import Stories


@dataclass
class Fold:
    """What the events said, gathered."""

    query: str = ""
    note: str = ""
    rewritten: Rewritten | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    candidates: dict[str, Candidate] = field(default_factory=dict)
    started: dict[int, CallStarted] = field(default_factory=dict)
    finished: dict[int, CallFinished] = field(default_factory=dict)
    settled: dict[str, RankSettled] = field(default_factory=dict)
    end: SearchFinished | SearchStopped | SearchFailed | None = None
    stories: Stories = field(default_factory=Stories)

    @property
    def order(self) -> tuple[str, ...]:
        """Return all candidates, best first; while the search goes on, settled ranks, then the first stage's order."""
        if self.end:
            return self.end.ranking
        settled = sorted(self.settled, key=lambda document: self.settled[document].rank)
        return tuple(dict.fromkeys((*settled, *self.candidates)))

    def see(self, event: Event) -> None:
        """Take one event in."""
        self.stories.see(event)
        match event:
            case SearchStarted():
                self.query, self.settings = event.query, {**event.settings, "seed": event.seed}
            case Rewritten() if event.complete:
                self.rewritten = event
            case Retrieved():
                self.candidates, self.note = {c.id: c for c in event.candidates}, event.note
            case Shortened():
                self.note = ". ".join(part for part in (self.note, event.of_query, event.of_documents) if part)
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
    """Return the fold over a whole search."""
    fold = Fold()
    for event in events:
        fold.see(event)
    return fold


def result(fold: Fold) -> dict[str, Any]:
    """Return the promised object. Its `state` is `finished`, `stopped`, `failed` (then `message` says why) or
    `running`; `reasons` of a document are verbatim sentences of the answers, with the call they are from; `notes` are
    in our own words."""
    spoken: dict[str, list[dict[str, Any]]] = {document: [] for document in fold.candidates}
    for call, finished in fold.finished.items():
        for document, reason in spoken_in(finished, fold):
            spoken[document].append({"call": call, **reason})
    end = fold.end
    return {
        "query": fold.query,
        "state": {SearchFinished: "finished", SearchStopped: "stopped", SearchFailed: "failed"}.get(
            type(end), "running"
        ),
        **({"message": end.message} if isinstance(end, SearchFailed) else {}),
        "note": fold.note,
        "rewritten": rewritten_object(fold.rewritten) if fold.rewritten else None,
        "settings": fold.settings,
        "ranking": [
            {
                "rank": rank,
                "id": document,
                "title": fold.candidates[document].title,
                "settled": document in fold.settled,
                "first_stage_rank": fold.candidates[document].rank,
                "first_stage_score": fold.candidates[document].score,
                "sources": [asdict(source) for source in fold.candidates[document].sources],
                "place": asdict(place) if (place := fold.candidates[document].place) else None,
                "score": fold.settled[document].score if document in fold.settled else None,
                "score_name": fold.settled[document].score_name if document in fold.settled else "",
                "reasons": spoken[document],
                "notes": list(fold.stories.of(document).notes),
                "deciding_calls": list(fold.settled[document].calls) if document in fold.settled else [],
            }
            for rank, document in enumerate(fold.order, 1)
        ],
        "calls": [call_object(fold, call) for call in fold.started],
        "totals": asdict(end.totals if end else Totals()),
    }


def rewritten_object(event: Rewritten) -> dict[str, Any]:
    """Return what a query became."""
    return {
        "query": event.query,
        "by": event.by,
        "terms": [asdict(term) for term in event.terms],
        "documents": list(event.documents),
        "text": event.text,
        "note": event.note,
        "seconds": event.seconds,
    }


def spoken_in(finished: CallFinished, fold: Fold) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each document that an answer speaks of with the sentence, its outcome in the call, and where in the
    sentence `labels` of documents stand."""
    documents = fold.started[finished.call].documents
    titles = {document: fold.candidates[document].title for document in documents}
    marks = list(labels(finished.text, documents, titles, finished.thought))
    for reason in fold.stories.reasons[finished.call]:
        within = [
            {"document": document, "start": start - reason.start, "end": end - reason.start}
            for document, start, end in marks
            if reason.start <= start and end <= reason.end
        ]
        yield reason.document, {"text": reason.text, "outcome": reason.outcome, "labels": within}


def call_object(fold: Fold, call: int) -> dict[str, Any]:
    """Return one call; `status` is `unfinished` where the search ended first."""
    started, finished = fold.started[call], fold.finished.get(call)
    return {
        "id": call,
        "round": started.round,
        "kind": started.kind,
        "purpose": started.purpose,
        "documents": list(started.documents),
        "text": finished.text if finished else "",
        "answer": list(finished.answer) if finished else [],
        "order": list(finished.order) if finished else [],
        "status": finished.status if finished else "unfinished",
        "finish_reason": finished.finish_reason if finished else "",
        "error": finished.error if finished else "",
        "usage": asdict(finished.usage) if finished else {},
        "seconds": finished.seconds if finished else None,
        "scores": list(finished.scores) if finished else [],
        "score_name": finished.score_name if finished else "",
        "feedback": finished.feedback if finished else 0,
        "nearest": [[asdict(each) for each in near] for near in finished.nearest] if finished else [],
        "cached": asdict(finished.cached) if finished and finished.cached else None,
    }

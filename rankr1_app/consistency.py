"""Whether events fit together, so that no reader of a recording has to ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .errors import Problem, shown
from .events import (
    Answered,
    CallFinished,
    CallStarted,
    End,
    Event,
    RankSettled,
    ReasoningDelta,
    Retrieved,
    Rewritten,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Shortened,
)

LONGEST = 1e9
"""Seconds that no search takes."""


def consistent(events: Iterable[Event], source: str) -> Iterator[Event]:
    """Pass events on as long as they fit those before them. Raises `Problem`, which names `source`."""
    seen = Seen(source)
    for number, event in enumerate(events, 1):
        seen.check(event, number)
        yield event


@dataclass
class Seen:
    """What a search has said so far."""

    source: str
    number: int = 0
    started: bool = False
    ended: bool = False
    candidates: set[str] | None = None
    calls: dict[int, tuple[str, ...]] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    ranks: set[int] = field(default_factory=set)

    def check(self, event: Event, number: int) -> None:
        """Take an event in. Raises `Problem` if it does not fit."""
        self.number = number
        self.need(0 <= event.at <= LONGEST, f"at {event.at} s is not a time of a search")
        self.need(not self.ended, "the search had ended before")
        match event:
            case SearchStarted():
                self.need(not self.started and self.candidates is None, "the search had started before")
                self.started = True
            case Rewritten():
                self.need(self.candidates is None, "the query is rewritten after the first stage")
            case Retrieved():
                self.retrieved(event)
            case Shortened():
                self.among(event.documents, self.candidates or (), "a candidate")
            case CallStarted():
                self.call_started(event)
            case ReasoningDelta():
                self.running(event.call)
            case CallFinished():
                self.call_finished(event)
            case RankSettled():
                self.rank_settled(event)
            case Answered():
                self.answered(event)
            case SearchFinished() | SearchStopped() | SearchFailed():
                self.end(event)
            case _:
                pass

    def need(self, holds: bool, what: str) -> None:
        """Raise `Problem` unless it holds."""
        if not holds:
            raise Problem(f"{self.source} event {self.number} does not fit those before it: {what}")

    def among(self, documents: Iterable[str], allowed: Iterable[str], of: str) -> None:
        """Raise `Problem` unless each document is there, and none twice."""
        left = set(allowed)
        for document in documents:
            self.need(document in left, f"document {shown(document, 40)} is not {of}, or is there twice")
            left.remove(document)

    def retrieved(self, event: Retrieved) -> None:
        """Check the candidates."""
        self.need(self.candidates is None, "the first stage had ended before")
        ids = [candidate.id for candidate in event.candidates]
        self.among(ids, ids, "a candidate once")
        for candidate in event.candidates:
            self.need(candidate.rank > 0, f"candidate {shown(candidate.id, 40)} has rank {candidate.rank}")
        self.candidates = set(ids)

    def call_started(self, event: CallStarted) -> None:
        """Check the start of a call."""
        self.need(event.call not in self.calls, f"call {event.call} had started before")
        self.among(event.documents, self.candidates or (), "a candidate")
        self.need(event.repeats is None or event.repeats in self.calls, f"call {event.repeats} did not start")
        self.calls[event.call] = event.documents

    def running(self, call: int) -> None:
        """Raise `Problem` unless the call has started and not finished."""
        self.need(call in self.calls, f"call {call} did not start")
        self.need(call not in self.finished, f"call {call} had finished before")

    def call_finished(self, event: CallFinished) -> None:
        """Check the end of a call."""
        self.running(event.call)
        documents = self.calls[event.call]
        for named in (event.answer, event.order):
            self.among(named, documents, f"in call {event.call}")
        self.need(
            len(event.scores) in (0, len(documents)), f"{len(event.scores)} scores for {len(documents)} documents"
        )
        self.need(
            len(event.nearest) in (0, len(documents)),
            f"{len(event.nearest)} neighbourhoods for {len(documents)} documents",
        )
        for near in event.nearest:
            self.among((each.document for each in near), documents[: max(0, event.feedback)], "in the pseudo-query")
        self.need(0 <= event.thought <= len(event.text), f"thought is {event.thought} of {len(event.text)} characters")
        self.finished.add(event.call)

    def rank_settled(self, event: RankSettled) -> None:
        """Check a document's place."""
        self.among((event.document,), (self.candidates or set()) - self.settled, "a candidate without a rank")
        self.need(event.rank > 0 and event.rank not in self.ranks, f"rank {event.rank} was settled before, or is none")
        self.need(all(call in self.calls for call in event.calls), "a call that decided it did not start")
        self.settled.add(event.document)
        self.ranks.add(event.rank)

    def answered(self, event: Answered) -> None:
        """Check an answer with its citations."""
        for citation in event.citations:
            self.among((citation.document,), self.candidates or (), "a candidate")
            self.need(0 <= citation.start <= citation.end <= len(event.text), "a citation is outside of the answer")

    def end(self, event: End) -> None:
        """Check the ranking: every candidate once, or fewer where the search failed."""
        allowed = self.candidates or set()
        self.among(event.ranking, allowed, "a candidate")
        whole = isinstance(event, SearchFailed) or len(event.ranking) == len(allowed)
        self.need(whole, f"the ranking has {len(event.ranking)} of {len(allowed)} candidates")
        self.need(0 <= event.settled <= len(event.ranking), f"{event.settled} ranks are settled")
        self.ended = True

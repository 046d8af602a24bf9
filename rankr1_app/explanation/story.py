"""What is true of one document of a search, said once: page, command line, API and report show the same.

A story is a fold over the events: where the document stands and which call decided that, which answers speak of it,
and, in our own words, what a reader has to know beside the model's (`notes`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..events import (
    CallFinished,
    CallStarted,
    End,
    Event,
    RankSettled,
    Retrieved,
    SearchFailed,
    SearchFinished,
    SearchStopped,
)
from .reasons import Reason, reasons


@dataclass(frozen=True)
class Story:
    """One document: its `rank` if it is settled, the call that `decided` it finally, the calls whose answers
    speak of it (`mentions`), and `notes` in our own words."""

    document: str
    rank: int | None
    decided: int | None
    mentions: tuple[int, ...]
    notes: tuple[str, ...]

    @property
    def main(self) -> int | None:
        """The call whose words stand first: the one that decided the rank, if its answer speaks of the document;
        before there is one, the last that does."""
        if self.rank is None:
            return self.mentions[-1] if self.mentions else None
        return self.decided if self.decided in self.mentions else None


@dataclass
class Stories:
    """The stories of all documents of a search, as far as its events were seen."""

    titles: dict[str, str] = field(default_factory=dict)
    started: dict[int, CallStarted] = field(default_factory=dict)
    finished: dict[int, CallFinished] = field(default_factory=dict)
    reasons: dict[int, list[Reason]] = field(default_factory=dict)
    mentions: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    settled: dict[str, RankSettled] = field(default_factory=dict)
    end: End | None = None

    def see(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case Retrieved():
                self.titles = {candidate.id: candidate.title for candidate in event.candidates}
            case CallStarted():
                self.started[event.call] = event
            case CallFinished() if event.call in self.started:
                self.finish(event)
            case RankSettled():
                self.settled[event.document] = event
            case SearchFinished() | SearchStopped() | SearchFailed():
                self.end = event
            case _:
                pass

    def finish(self, event: CallFinished) -> None:
        """Find out of which documents an answer speaks."""
        documents = self.started[event.call].documents
        titles = {document: self.titles.get(document, "") for document in documents}
        self.finished[event.call] = event
        self.reasons[event.call] = reasons(event.text, documents, event.winner, titles, event.thought)
        for document in dict.fromkeys(reason.document for reason in self.reasons[event.call]):
            self.mentions[document].append(event.call)

    def changed(self, event: Event) -> tuple[str, ...]:
        """Return the documents whose stories an event may have changed, once it was seen."""
        match event:
            case CallFinished():
                return tuple(dict.fromkeys(reason.document for reason in self.reasons.get(event.call, ())))
            case RankSettled():
                return (event.document,)
            case SearchFinished() | SearchStopped() | SearchFailed():
                return tuple(self.titles)
            case _:
                return ()

    def of(self, document: str) -> Story:
        """Return the story of a document."""
        settled = self.settled.get(document)
        decided = settled.calls[-1] if settled and settled.calls else None
        return Story(
            document,
            settled.rank if settled else None,
            decided,
            tuple(self.mentions.get(document, ())),
            tuple(self.notes(document, settled, decided)),
        )

    def notes(self, document: str, settled: RankSettled | None, decided: int | None) -> Iterator[str]:
        """Yield what a reader has to know of a document beside the model's words."""
        mentioned = self.mentions.get(document, ())
        if settled is not None:
            yield from self.of_place(settled, decided)
        elif self.started and self.end is not None:
            finished = isinstance(self.end, SearchFinished)
            yield (
                "Not reached: kept in first-stage order."
                if finished
                else "Not settled when the search ended: first-stage order."
            )
        asked_for_words = any(self.started[call].kind != "score" for call in self.finished)
        if not mentioned and asked_for_words and (settled or self.end):
            yield "No answer mentioned this document."

    def of_place(self, settled: RankSettled, decided: int | None) -> Iterator[str]:
        """Yield how a document came to its rank, where the model's own words do not say it."""
        call = self.finished.get(decided) if decided is not None else None
        if settled.score is not None:
            name = settled.score_name[:1].upper() + settled.score_name[1:]
            yield f"{name}: {settled.score:.3f}. This method gives no reasons."
        elif call is None:
            yield "Nothing was left to compare it with."
        elif call.status == "failed":
            broken = "got no answer" if call.finish_reason == "error" else "got an answer that could not be read"
            yield f"Comparison {call.call} {broken}: first-stage order put it here."
        elif self.started[call.call].kind == "order" and call.winner != settled.document:
            yield f"Comparison {call.call} put it here by {call.score_name or 'its order'}."
        elif decided not in (mentions := self.mentions.get(settled.document, [])):
            silent = " without saying anything about it" if mentions else ""
            yield f"The model chose it in comparison {call.call}{silent}."

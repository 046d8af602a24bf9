"""What is true of one document of a search, said once: page, command line, API and report show the same.

A story is a fold over the events: where the document stands and which call decided that, which answers speak of it,
and, in our own words, what a reader has to know beside the model's (`notes`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..events import (
    CallFinished,
    CallStarted,
    Candidate,
    End,
    Event,
    RankSettled,
    Retrieved,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Shortened,
)
from .denials import Found, contradiction, forms, invented
from .doubts import doubts, reversed_choices
from .reasons import Reason, reasons
from .thought import in_words

CHAIN = re.compile(r"\[\d+\]\s*>\s*\[\d+\]")
TITLE = 60
"""Characters of a title that are told where several are."""
WORDLESS = "This method gives no reasons."


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

    query: str | None = None
    candidates: dict[str, Candidate] = field(default_factory=dict)
    read: dict[str, int] = field(default_factory=dict)
    """How many characters the model was shown of documents that it did not read whole."""
    forms: dict[str, dict[str, Found]] = field(default_factory=dict)
    """The words of documents, of those that were looked through."""
    started: dict[int, CallStarted] = field(default_factory=dict)
    finished: dict[int, CallFinished] = field(default_factory=dict)
    reasons: dict[int, list[Reason]] = field(default_factory=dict)
    mentions: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    settled: dict[str, RankSettled] = field(default_factory=dict)
    worded: bool | None = None
    """Whether any answer has words of its own; None before there is an answer that says anything."""
    beaten: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    end: End | None = None

    @property
    def titles(self) -> dict[str, str]:
        """Return the title of every candidate."""
        return {document: candidate.title for document, candidate in self.candidates.items()}

    def title(self, document: str) -> str:
        """Return the title of a document, its id where it has none."""
        candidate = self.candidates.get(document)
        return (candidate and candidate.title) or document

    def see(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case SearchStarted():
                self.query = event.query
            case Retrieved():
                self.candidates = {candidate.id: candidate for candidate in event.candidates}
            case Shortened():
                self.read = event.documents
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
        every = self.titles
        titles = {document: every.get(document, "") for document in documents}
        self.finished[event.call] = event
        worded = bool(event.thought) or in_words(event.text)
        if event.text.strip():
            self.worded = bool(self.worded) or worded
        listed = self.started[event.call].kind == "order"
        # Where all are put in order, a document has a place, and has not won or lost.
        winner = None if listed and not event.scores else event.winner
        found = reasons(event.text, documents, winner, titles, event.thought) if worded else []
        if listed:
            # The order itself is no reason of any document in it.
            found = [reason for reason in found if not CHAIN.search(reason.text)]
        self.reasons[event.call] = found
        for document in dict.fromkeys(reason.document for reason in self.reasons[event.call]):
            self.mentions[document].append(event.call)
        compared = self.started[event.call].kind in ("choose", "order")
        if compared and event.winner is not None and event.status in ("ok", "repaired"):
            for other in documents:
                if other != event.winner:
                    self.beaten[event.winner].setdefault(other, event.call)

    def changed(self, event: Event) -> tuple[str, ...]:
        """Return the documents whose stories an event may have changed, once it was seen."""
        match event:
            case CallFinished():
                return tuple(dict.fromkeys(reason.document for reason in self.reasons.get(event.call, ())))
            case RankSettled():
                return (event.document,)
            case SearchFinished() | SearchStopped() | SearchFailed():
                return tuple(self.candidates)
            case _:
                return ()

    def of(self, document: str) -> Story:
        """Return the story of a document."""
        settled = self.settled.get(document)
        decided = settled.calls[-1] if settled and settled.calls else None
        rank, mentions = settled.rank if settled else None, tuple(self.mentions.get(document, ()))
        story = Story(document, rank, decided, mentions, tuple(self.notes(document, settled, decided)))
        return replace(story, notes=(*story.notes, *self.denied(document, story.main)))

    def denied(self, document: str, call: int | None) -> Iterator[str]:
        """Yield that the answer that speaks of a document first looks for words that the query does not have, and that
        the document has words which it says are missing."""
        candidate = self.candidates.get(document)
        if call is None or candidate is None:
            return
        if document not in self.forms:
            self.forms[document] = forms(candidate.title, candidate.text)
        reasons = [reason for reason in self.reasons[call] if reason.document == document]
        if self.query is not None:
            yield from invented(call, reasons, self.query)
        yield from contradiction(call, reasons, self.finished[call].text, self.forms[document], self.read.get(document))

    def notes(self, document: str, settled: RankSettled | None, decided: int | None) -> Iterator[str]:
        """Yield what a reader has to know of a document beside the model's words."""
        mentioned = self.mentions.get(document, ())
        if settled is not None:
            yield from self.of_place(settled, decided)
            yield from self.against(document, decided)
        elif self.started and self.end is not None:
            finished = isinstance(self.end, SearchFinished)
            yield (
                "Not ranked by the model: in first-stage order."
                if finished
                else "Not settled when the search ended: first-stage order."
            )
        yield from self.ties(document)
        yield from self.near(document)
        if mentioned or not self.finished or not (settled or self.end):
            return
        if self.worded is False or (self.worded is None and settled is not None and settled.score is not None):
            yield WORDLESS
        elif any(self.started[call].kind != "score" or self.worded for call in self.finished):
            yield "No answer mentioned this document."

    def ties(self, document: str) -> Iterator[str]:
        """Yield which verdicts about a document disagree: it was judged in both orders, and each took another."""
        pairs: dict[frozenset[str], CallFinished] = {}
        for call, finished in self.finished.items():
            started = self.started[call]
            if started.kind != "judge" or document not in started.documents or finished.winner is None:
                continue
            pair = frozenset(started.documents)
            before = pairs.setdefault(pair, finished)
            if before.winner != finished.winner:
                (other,) = pair - {document}
                title = self.title(other)
                yield (
                    f"Comparisons {before.call} and {call} disagree between it and “{title}”: a tie, so that "
                    "first-stage order decided."
                )

    def near(self, document: str) -> Iterator[str]:
        """Yield which documents of a pseudo-query are nearest to a document, by the vectors that ranked it."""
        for call, finished in self.finished.items():
            documents = self.started[call].documents
            places = zip(documents, finished.nearest, strict=False)
            if not (found := next((near for each, near in places if each == document), ())):
                continue
            inside = document in documents[: finished.feedback]
            number = finished.feedback - inside
            of = f"{number} {'other ' if inside else ''}document{'' if number == 1 else 's'}"
            beginning = "It is in the pseudo-query itself. " if inside else ""
            named = ", ".join(f"“{self.short(each.document)}” {each.cosine:.3f}" for each in found)
            yield f"{beginning}Nearest to it in the pseudo-query, of {of}, by the model's cosine: {named}."

    def short(self, document: str) -> str:
        """Return the title of a document, its beginning where it is long."""
        title = self.title(document)
        return title if len(title) <= TITLE else f"{title[:TITLE].rstrip()}…"

    def against(self, document: str, decided: int | None) -> Iterator[str]:
        """Yield what in the model's own words speaks against the place of a document."""
        call = self.finished.get(decided) if decided is not None else None
        if call is not None and call.winner == document and call.status in ("ok", "repaired"):
            yield from doubts(call.call, document, self.reasons.get(call.call, ()), self.titles)
        yield from reversed_choices(document, self.beaten, self.titles)

    def of_place(self, settled: RankSettled, decided: int | None) -> Iterator[str]:
        """Yield how a document came to its rank, where the model's own words do not say it."""
        call = self.finished.get(decided) if decided is not None else None
        if settled.score is not None:
            name = settled.score_name[:1].upper() + settled.score_name[1:]
            yield f"{name}: {settled.score:.3f}."
        elif call is None:
            yield "No other candidate was left to compare it with."
        elif call.status == "failed":
            broken = "got no answer" if call.finish_reason == "error" else "got an answer that could not be read"
            listed = self.started[call.call].kind == "order"
            decided_by = "the order before it stands" if listed else "first-stage order put it here"
            yield f"Comparison {call.call} {broken}: {decided_by}."
        elif self.started[call.call].kind == "order" and call.winner != settled.document:
            yield f"Comparison {call.call} put it here by {call.score_name or 'its order'}."
        elif decided not in (mentions := self.mentions.get(settled.document, [])):
            silent = " without saying anything about it" if mentions else ""
            yield f"The model chose it in comparison {call.call}{silent}."

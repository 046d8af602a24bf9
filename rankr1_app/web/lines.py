"""Events as the page receives them: one JSON object a line, without what the page has or asks for later.

Differences from a recording: a first line `run` with the search's id; deltas of all running calls gathered
into `said`; no `messages`, no `text` of finished calls; long documents cut; and after every call
`explained`, where in its text documents are spoken of, and which bracketed numbers in it are labels; and
`notes`, what a reader has to know of documents in our own words, whenever that changes; `judged`, the grades of
candidates where the query was judged; a `note` in words where the query was shortened.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import Problem
from ..events import (
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    ReasoningDelta,
    Retrieved,
    Rewritten,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Shortened,
    to_dict,
)
from ..explanation.evidence import evidence
from ..explanation.reasons import Reason, labels
from ..explanation.story import Stories
from ..explanation.thought import parts
from ..judgements import CUTOFF, Judgements, demo, ideal
from ..recorder import Unrecorded
from .http import dumps

Line = dict[str, Any]


@dataclass(frozen=True)
class Queued:
    """A search waits for its turn."""


END = (SearchFinished, SearchStopped, SearchFailed)
Item = Event | Queued | Problem
"""What comes of a running search; a `Problem` when it broke outside the stream."""
Arriving = asyncio.Queue[Item | None]
"""What came and is not read yet; None at its end."""
GATHER = 0.12
"""Seconds of deltas that make one line."""
HEARTBEAT = 10.0
"""Seconds of silence after which an empty line tells proxies that the search lives."""
LONGEST = 4000
"""Characters of a document that are sent; `characters` says how many it has."""
SEARCHED = 20_000
"""Characters of a document in which quotations are looked for, more than any model is shown."""


@dataclass
class Writer:
    """Turns the events of one search into lines."""

    candidates: dict[str, Candidate] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    since: float = 0.0
    stories: Stories = field(default_factory=Stories)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    judgements: Judgements = field(default_factory=demo)
    query: str = ""

    def feed(self, event: Event) -> Iterator[Line]:
        """Yield the lines of one event; deltas may wait for more of their kind."""
        if isinstance(event, ReasoningDelta):
            if self.said and event.at - self.since >= GATHER:
                yield from self.flush()
            self.since = self.since if self.said else event.at
            self.said[str(event.call)] = self.said.get(str(event.call), "") + event.text
            return
        yield from self.flush()
        if isinstance(event, END):
            # The end is the last line.
            yield from self.noted(event)
            yield slim(event)
            return
        yield slim(event)
        notes = self.noted(event)
        if isinstance(event, SearchStarted):
            self.query = event.query
        elif isinstance(event, Retrieved):
            self.candidates = {candidate.id: candidate for candidate in event.candidates}
            yield from self.judged(event)
        elif isinstance(event, CallFinished) and event.call in self.stories.started:
            documents, found = self.stories.started[event.call].documents, self.stories.reasons[event.call]
            yield explained(event, documents, self.candidates, found)
        yield from notes

    def judged(self, event: Retrieved) -> Iterator[Line]:
        """Yield the grades of the candidates, where somebody judged documents for this query."""
        for judgements in (self.judgements, demo()):
            if grades := judgements.of(event.index, self.query):
                found = {document: grades[document] for document in self.candidates if document in grades}
                about = {"highest": judgements.highest, "cutoff": CUTOFF, "ideal": ideal(grades)}
                yield {"type": "judged", "grades": found, **about}
                return

    def noted(self, event: Event) -> list[Line]:
        """Return the notes that an event changed."""
        self.stories.see(event)
        notes = {document: self.stories.of(document).notes for document in self.stories.changed(event)}
        changed = {document: each for document, each in notes.items() if each != self.notes.get(document, ())}
        self.notes |= changed
        return [{"type": "notes", "documents": changed}] if changed else []

    def beside(self, item: Queued | Problem) -> Line:
        """Return what befell the search beside its events."""
        return beside(item)

    def flush(self) -> Iterator[Line]:
        """Yield what was said since the last line of its kind."""
        if self.said:
            yield {"type": "said", "at": round(self.since, 3), "calls": self.said}
            self.said = {}


def slim(event: Event) -> Line:
    """Return the event as a dict, without its version and without what is asked for later."""
    line = to_dict(event)
    del line["version"]
    match event:
        case Retrieved():
            for candidate in line["candidates"]:
                candidate["characters"] = len(candidate["text"])
                candidate["text"] = candidate["text"][:LONGEST]
                candidate["title"] = candidate["title"][:LONGEST]
        case CallStarted() | Rewritten():
            del line["messages"]
        case Shortened():
            line["note"] = event.of_query
        case CallFinished():
            del line["text"]
        case _:
            pass
    return line


def explained(
    event: CallFinished, documents: tuple[str, ...], candidates: Mapping[str, Candidate], spoken: Iterable[Reason]
) -> Line:
    """Return where the answer speaks of which document, where in the document the words stand that it quotes, its
    labels, and the stretches of `thought`, without what marks it. Positions count UTF-16 units, as a browser does."""
    titles = {document: candidates[document].title for document in documents if document in candidates}
    answer = Units(event.text)
    found = []
    for reason in spoken:
        line: Line = {"document": reason.document, "start": answer.at(reason.start), "end": answer.at(reason.end)}
        if reason.document in candidates and (quotes := quoted(reason, candidates[reason.document], answer)):
            line["quotes"] = quotes
        found.append(line | {"outcome": reason.outcome})
    # Start, end and the document's place in the call: there are many.
    marks = [
        [answer.at(start), answer.at(end), documents.index(document)]
        for document, start, end in labels(event.text, documents, titles, event.thought)
    ]
    thought = [[answer.at(start), answer.at(end)] for start, end in parts(event.text, event.thought).thought]
    return {"type": "explained", "call": event.call, "reasons": found, "labels": marks, "thought": thought}


def quoted(reason: Reason, candidate: Candidate, answer: Units) -> list[Line]:
    """Return what a reason quotes of its document: where it says so, and `in` which field it stands, `null` for
    none."""
    title, text = candidate.title, candidate.text[:SEARCHED]
    whole = f"{title} {text}"
    lines = []
    for each in evidence(reason.text, whole):
        line: Line = {"start": answer.at(reason.start + each.start), "end": answer.at(reason.start + each.end)}
        if each.found is None:
            line["in"] = None
        else:
            start, end = each.found
            shift = 0 if end <= len(title) else len(title) + 1
            field_ = Units(text if shift else title)
            line |= {"in": "text" if shift else "title", "exact": each.exact}
            line |= {"from": field_.at(max(0, start - shift)), "to": field_.at(end - shift)}
        lines.append(line)
    return lines


@dataclass(frozen=True)
class Units:
    """Positions in a text, in UTF-16 units."""

    text: str

    def at(self, place: int) -> int:
        """Return the position of the character at `place`."""
        return place if self.text.isascii() else len(self.text[:place].encode("utf-16-le", "replace")) // 2


def made(events: Iterable[Event]) -> list[Line]:
    """Return the lines of some events."""
    writer = Writer()
    found = [line for event in events for line in writer.feed(event)]
    return [*found, *writer.flush()]


def recorded(
    run: str, events: Iterable[Event], judgements: Judgements | None = None, kind: type[Writer] = Writer
) -> Iterator[bytes]:
    """Yield the lines of a recording."""
    writer = kind(judgements=judgements or demo())
    yield dumps({"type": "run", "id": run})
    for event in events:
        yield from map(dumps, writer.feed(event))
    yield from map(dumps, writer.flush())


async def live(
    run: str, reader: int, arriving: Arriving, judgements: Judgements | None = None, kind: type[Writer] = Writer
) -> AsyncIterator[bytes]:
    """Yield the lines of a search while it runs; the first one says who reads them."""
    writer = kind(judgements=judgements or demo())
    yield dumps({"type": "run", "id": run, "reader": reader})
    quiet = 0.0
    while True:
        try:
            event = await asyncio.wait_for(arriving.get(), GATHER)
        except TimeoutError:
            yield b"".join(map(dumps, writer.flush()))
            quiet += GATHER
            if quiet >= HEARTBEAT:
                quiet = 0.0
                yield b"\n"
            continue
        quiet = 0.0
        if isinstance(event, Queued | Problem):
            yield dumps(writer.beside(event))
        elif event is None:
            return
        elif isinstance(event, LONG):
            yield await asyncio.to_thread(written, writer, event)
        else:
            yield written(writer, event)


def beside(item: Queued | Problem) -> Line:
    """Return what befell a search beside its events."""
    if isinstance(item, Queued):
        return {"type": "queued"}
    return {"type": "unrecorded" if isinstance(item, Unrecorded) else "problem", "message": str(item)}


def written(writer: Writer, event: Event) -> bytes:
    """Return the lines of one event."""
    return b"".join(map(dumps, writer.feed(event)))


LONG = (Retrieved, CallFinished, *END)
"""Events whose lines take long to make: they are made in a thread."""

"""A search without what tells whose it is: its ranking at its end, and nothing of how it came to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..errors import Problem
from ..events import Candidate, Event, Retrieved, SearchFailed, SearchFinished, SearchStarted, SearchStopped, to_dict
from .lines import Line, Queued, Writer, beside, slim

SAME = ("index", "depth", "k")
"""Settings that are the same for all that are compared."""
FAILED = "this ranking was not finished; why is shown after the vote"


@dataclass
class Blind(Writer):
    """Writes the documents as soon as they are found, in the order of their ids, and at the end in that of the
    ranking."""

    found: Retrieved | None = None
    by_id: dict[str, Candidate] = field(default_factory=dict)

    def feed(self, event: Event) -> Iterator[Line]:
        """Yield the lines of one event."""
        match event:
            case SearchStarted():
                self.query = event.query
                settings = {name: event.settings[name] for name in SAME if name in event.settings}
                yield {"type": "search_started", "query": event.query, "settings": settings, "seed": 0, "started": ""}
            case Retrieved():
                self.found = event
                self.by_id = self.candidates = {each.id: each for each in event.candidates}
                yield self.listed(sorted(self.by_id))
                yield from self.judged(event)
            case SearchFinished() | SearchStopped() | SearchFailed():
                if self.found is not None:
                    yield self.listed([each for each in event.ranking if each in self.by_id])
                yield {"type": to_dict(event)["type"]} | (
                    {"message": FAILED} if isinstance(event, SearchFailed) else {}
                )
            case _:
                pass

    def listed(self, order: Sequence[str]) -> Line:
        """Return the documents in an order, without scores."""
        assert self.found is not None
        bare = [
            replace(self.by_id[document], rank=rank, score=0.0, sources=()) for rank, document in enumerate(order, 1)
        ]
        line = slim(
            replace(self.found, at=0.0, retriever="", score_name="", candidates=tuple(bare), seconds=0.0, note="")
        )
        del line["at"]
        return line

    def beside(self, item: Queued | Problem) -> Line:
        """Return what befell the search beside its events, without the words of its fault."""
        line = beside(item)
        return line | {"message": FAILED} if "message" in line else line

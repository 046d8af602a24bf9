"""What calls take on this machine, learnt from the searches that were finished here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..events import CallFinished, CallStarted, Event, SearchFinished

WEIGHT = 0.3
"""Of the latest search in what a call takes."""
USUAL, FEWEST = 0.75, 0.4
"""Of what a call takes, the part that is its documents': where all calls had as many, and at least."""
LEAST = 0.05
"""Variance of the documents of a call from which on it says which part is theirs."""


@dataclass
class Line:
    """A straight line through what was seen, the latest weighing most: a part that every call has, and one of each
    document in it."""

    weight: float = 0.0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    def see(self, points: list[tuple[int, float]]) -> None:
        """Take in the calls of one search, each with its documents and what it took."""
        share, fade = (WEIGHT, 1 - WEIGHT) if self.weight else (1.0, 0.0)
        means = [
            sum(values) / len(points) for values in zip(*((1, x, y, x * x, x * y) for x, y in points), strict=True)
        ]
        before = (self.weight, self.x, self.y, self.xx, self.xy)
        self.weight, self.x, self.y, self.xx, self.xy = (
            fade * old + share * new for old, new in zip(before, means, strict=True)
        )

    def at(self, documents: float) -> float:
        """Return what a call of so many documents takes."""
        whole = self.y / self.x
        spread = self.xx - self.x * self.x
        slope = (self.xy - self.x * self.y) / spread if spread > LEAST else USUAL * whole
        return self.y + min(whole, max(FEWEST * whole, slope)) * (documents - self.x)


@dataclass
class Pace:
    """What a call takes by its documents: tokens `read` and `written`, and seconds; how many calls run at once, and
    how full they are."""

    read: Line = field(default_factory=Line)
    written: Line = field(default_factory=Line)
    seconds: Line = field(default_factory=Line)
    at_once: float | None = None
    full: float | None = None

    def watch(self, docs_per_call: int) -> Watch:
        """Return what takes in the events of one search."""
        return Watch(self, docs_per_call)

    def of(self, calls: int, docs_per_call: int, max_tokens: int) -> dict[str, Any]:
        """Return tokens and seconds of so many calls, which write `max_tokens` at most; None before there was one.
        Writing is what takes the time."""
        if self.at_once is None or self.full is None:
            return {"tokens": None, "seconds": None}
        documents = docs_per_call * self.full
        wanted = self.written.at(documents)
        written = min(wanted, max_tokens)
        seconds = self.seconds.at(documents) * (written / wanted if wanted else 1)
        return {
            "tokens": round(calls * (self.read.at(documents) + written)),
            "seconds": calls * seconds / self.at_once,
        }


@dataclass
class Watch:
    """Collects the calls of one search. Several searches at once make each other slower, and so the estimate."""

    pace: Pace
    docs_per_call: int
    started: dict[int, int] = field(default_factory=dict)
    finished: list[tuple[int, CallFinished]] = field(default_factory=list)

    def see(self, event: Event) -> None:
        """Take in an event. A search that asked the model nothing new, or whose tokens are not known, says nothing."""
        if isinstance(event, CallStarted):
            self.started[event.call] = len(event.documents)
        elif isinstance(event, CallFinished):
            if event.usage.known and not event.cached:
                self.finished.append((self.started[event.call], event))
        elif isinstance(event, SearchFinished) and self.finished and not event.totals.uncounted:
            self.learn(event.totals.seconds)

    def learn(self, seconds: float) -> None:
        """Update the pace by what this search took."""
        pace, calls = self.pace, self.finished
        pace.read.see([(documents, call.usage.prompt_tokens or 0) for documents, call in calls])
        pace.written.see([(documents, call.usage.completion_tokens or 0) for documents, call in calls])
        pace.seconds.see([(documents, call.seconds) for documents, call in calls])
        together = sum(call.seconds for _, call in calls)
        pace.at_once = blend(pace.at_once, together / seconds if seconds and together else 1.0)
        documents = sum(number for number, _ in calls) / len(calls)
        pace.full = blend(pace.full, documents / self.docs_per_call)


def blend(before: float | None, now: float) -> float:
    """Return the moving average, in which the newest value weighs `WEIGHT`."""
    return now if before is None else (1 - WEIGHT) * before + WEIGHT * now

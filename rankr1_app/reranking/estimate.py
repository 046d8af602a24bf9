"""What a search will take: how many calls, found by running its sort on imagined documents, and how long they are."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass
from typing import Any

from ..events import Event, SearchFinished
from .sorts import SORTS, select

TRIES = 8
WEIGHT = 0.3
"""Of the latest search in what a call takes."""


@dataclass
class Pace:
    """What one label of a call takes on this machine, by the searches that were finished here: tokens `read` and
    `written`, and seconds."""

    read: float | None = None
    written: float | None = None
    seconds: float | None = None

    def see(self, event: Event, docs_per_call: int) -> None:
        """Take in how a search ended. Several searches at once make each other slower, and so the estimate."""
        if (
            isinstance(event, SearchFinished)
            and event.totals.calls
            and not (event.totals.cached or event.totals.uncounted)
        ):
            totals, labels = event.totals, event.totals.calls * docs_per_call
            self.read = blend(self.read, totals.prompt_tokens / labels)
            self.written = blend(self.written, totals.completion_tokens / labels)
            self.seconds = blend(self.seconds, totals.seconds / labels)

    def of(self, calls: int, docs_per_call: int, max_tokens: int) -> dict[str, Any]:
        """Tokens and seconds of so many calls, which write `max_tokens` at most; None before there was one. Writing
        is what takes the time."""
        if self.read is None or self.written is None or self.seconds is None:
            return {"tokens": None, "seconds": None}
        wanted = docs_per_call * self.written
        written = min(wanted, max_tokens)
        return {
            "tokens": round(calls * (docs_per_call * self.read + written)),
            "seconds": calls * docs_per_call * self.seconds * (written / wanted if wanted else 1),
        }


def blend(before: float | None, now: float) -> float:
    """The mean that forgets."""
    return now if before is None else (1 - WEIGHT) * before + WEIGHT * now


@functools.lru_cache(maxsize=256)
def expected_calls(sort: str, documents: int, k: int, docs_per_call: int, speculation: int) -> int:
    """The mean number of comparisons over a few random orders; 0 where nothing is compared."""
    if sort not in SORTS or documents < 2 or k < 1 or docs_per_call < 2:
        return 0
    return round(sum(calls(sort, documents, k, docs_per_call, speculation, seed) for seed in range(TRIES)) / TRIES)


def calls(sort: str, documents: int, k: int, docs_per_call: int, speculation: int, seed: int) -> int:
    """Comparisons for documents whose true order is a shuffle: the smallest number wins."""
    values = list(range(documents))
    random.Random(seed).shuffle(values)
    # The first stage is better than chance: half way between its order and none.
    truth = {str(place): place + value for place, value in enumerate(values)}
    selection = select(sort, list(truth), k, docs_per_call, speculation)
    count = 0
    while True:
        for _ in selection.settled():
            pass
        wanted = selection.wanted()
        if not wanted:
            return count
        count += len(wanted)
        for comparison in wanted:
            selection.tell(comparison.documents, tuple(sorted(comparison.documents, key=truth.__getitem__)))

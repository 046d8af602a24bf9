"""What a recorded search shows, in a few words that are true of its events and of the judgements there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .events import CallStarted, Event, Retrieved, SearchFailed, SearchFinished, SearchStarted, SearchStopped
from .judgements import CUTOFF, Grades, demo, gain, ideal

RIGHT = 2
"""The lowest grade of a passage that answers at least a part of the query."""


@dataclass(frozen=True)
class Caption:
    """`text` in words; of several the one of most `worth` is to be shown first."""

    text: str
    worth: float


def caption(events: Iterable[Event]) -> Caption:
    """Return what a search shows."""
    query, calls, found = "", 0, dict[str, int]()
    ranking: tuple[str, ...] = ()
    grades: Grades = {}
    for event in events:
        match event:
            case SearchStarted():
                query = event.query
            case Retrieved():
                found = {candidate.id: candidate.rank for candidate in event.candidates}
                grades = demo().of(event.index, query)
            case CallStarted():
                calls += 1
            case SearchFinished() | SearchStopped() | SearchFailed():
                ranking = event.ranking
            case _:
                pass
    if not ranking or not found or not grades or not ideal(grades):
        return Caption(f"{len(found)} passages, {calls} comparisons", 0.0)
    before, after = (gain(grades, order) / ideal(grades) for order in (tuple(found), ranking))
    first = ranking[0]
    measure = f"nDCG@{CUTOFF} {short(before)} → {short(after)}"
    if grades.get(first, 0) < RIGHT:
        return Caption(f"the model is wrong about the first one; {measure}", after - before - 2)
    if found[first] > 1:
        return Caption(f"moves the right passage from {ordinal(found[first])} to 1st; {measure}", after - before + 1)
    return Caption(f"the right passage stays first; {measure}", after - before)


def short(value: float) -> str:
    """Return a share of one with two digits."""
    return f"{value:.2f}".removeprefix("0")


def ordinal(number: int) -> str:
    """Return `3rd` for 3."""
    tail = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"

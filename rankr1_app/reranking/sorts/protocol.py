"""Sorts that ask a model which of a few documents is best. They know neither models nor time, so they can be
tested exactly.

A sort may be a plain generator: it yields `Round`s (comparisons that may be asked at once) and receives for
each the documents best first, or the best alone; it yields `Settled` as soon as a rank is certain and receives
nothing. Who drives a sort sees a `Selection`; `Steps` makes one of a generator.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Order = tuple[str, ...]
"""Documents best first, or the best alone."""


@dataclass(frozen=True)
class Comparison:
    """Documents to choose the best from, two or more, and in words why."""

    documents: tuple[str, ...]
    purpose: str


@dataclass(frozen=True)
class Round:
    """Comparisons that do not depend on each other."""

    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class Settled:
    """`document` holds `rank` (from 1) for good. `through` are the comparisons that put it there, as the sets
    of their documents, the deciding one last; None stands for all that it won."""

    rank: int
    document: str
    through: tuple[frozenset[str], ...] | None = None


class Selection(Protocol):
    """A sort as its driver sees it. What is wanted is asked at once; every answer is told as it comes."""

    def settled(self) -> Iterator[Settled]:
        """Yield the ranks that became certain since the last time."""

    def wanted(self, room: int | None = None) -> list[Comparison]:
        """Return the comparisons to ask now, the most needed first; none when all is settled. They make a round: what
        its answers make wanted is asked in the next one. Comparisons that may turn out not to be needed are
        among them only while all together are at most `room`."""

    def tell(self, documents: Sequence[str], order: Order, shares: Mapping[str, float] | None = None) -> None:
        """Take in the answer to the comparison of `documents`: the best first, and the others if it orders them.
        `shares` are the probabilities of its documents as the answer, where the engine told them; they may change what
        is asked next, never what is settled."""

    def obsolete(self, documents: Sequence[str]) -> bool:
        """Return whether the answer to a comparison that was wanted can no longer matter."""


Sort = Generator[Round | Settled, list[Order] | None, None]


@dataclass
class Steps:
    """A generator as a `Selection`."""

    sort: Sort

    def __post_init__(self) -> None:
        self.step = next(self.sort, None)
        self.orders: dict[frozenset[str], Order] = {}

    def settled(self) -> Iterator[Settled]:
        """Yield what the generator says next, as far as it needs no answer."""
        while isinstance(self.step, Settled):
            yield self.step
            self.step = next(self.sort, None)

    def wanted(self, room: int | None = None) -> list[Comparison]:
        """Return what is not answered yet of this round; all of it is needed."""
        if not isinstance(self.step, Round):
            return []
        return [c for c in self.step.comparisons if frozenset(c.documents) not in self.orders]

    def obsolete(self, documents: Sequence[str]) -> bool:
        """Return False: nothing is asked that is not needed."""
        return False

    def tell(self, documents: Sequence[str], order: Order, shares: Mapping[str, float] | None = None) -> None:
        """Go on when the round is complete."""
        assert isinstance(self.step, Round)
        self.orders[frozenset(documents)] = order
        if not self.wanted():
            orders = [self.orders[frozenset(c.documents)] for c in self.step.comparisons]
            self.orders.clear()
            try:
                self.step = self.sort.send(orders)
            except StopIteration:
                self.step = None

"""Sorts that ask a model which of a few documents is best. They know neither models nor time, so they can be
tested exactly.

A sort may be a plain generator: it yields `Round`s (comparisons that may be asked at once) and receives for
each the documents best first, or the best alone; it yields `Settled` as soon as a rank is certain and receives
nothing. Who drives a sort sees a `Selection`; `Steps` makes one of a generator.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
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
        """The ranks that became certain since the last time."""

    def wanted(self, room: int | None = None) -> list[Comparison]:
        """The comparisons to ask now, the most needed first; none when all is settled. They make a round: what
        its answers make wanted is asked in the next one. Comparisons that may turn out not to be needed are
        among them only while all together are at most `room`."""

    def tell(self, documents: Sequence[str], order: Order) -> None:
        """Take in the answer to the comparison of `documents`: the best first, and the others if it orders them."""

    def needless(self, documents: Sequence[str]) -> bool:
        """Whether the answer to a comparison that was wanted can no longer matter."""


Sort = Generator[Round | Settled, list[Order] | None, None]
Sift = Generator[tuple[int, ...], int, None]


def heapsort(documents: Sequence[str], k: int, docs_per_call: int) -> Sort:
    """The top `k` by a heap whose nodes have `docs_per_call - 1` children, as the Setwise paper (Zhuang et
    al., SIGIR 2024) and the published Rank-R1 code do it: same comparisons, same count. Unlike there,
    comparisons of the build phase that do not depend on each other share a round, and a rank is settled as
    soon as its own comparison is, while the heap is still being mended."""
    heap = list(documents)
    if not heap:
        return
    yield from build(heap, docs_per_call - 1)
    yield Settled(1, heap[0])
    for rank in range(2, min(k, len(documents)) + 1):
        last = heap.pop()
        heap[0] = last
        yield from mend(heap, docs_per_call - 1, rank)


def build(heap: list[str], children: int) -> Sort:
    """Make `heap` a heap, bottom up. A node waits only for its own children."""
    inner = [node for node in range((len(heap) - 1) // children + 1) if node * children + 1 < len(heap)]
    waiting = set(inner)
    running: dict[int, tuple[Sift, tuple[int, ...]]] = {}
    while waiting or running:
        blocked = waiting | set(running)
        for node in sorted(waiting):
            if not any(child in blocked for child in offspring(node, children, len(heap))):
                sift = sifting(heap, node, children)
                running[node] = (sift, next(sift))
        waiting -= set(running)
        order = sorted(running, reverse=True)
        winners = yield Round(
            tuple(
                Comparison(tuple(heap[i] for i in running[node][1]), f"building the heap, node {node + 1}")
                for node in order
            )
        )
        assert winners is not None
        for node, (winner, *_) in zip(order, winners, strict=True):
            sift, places = running.pop(node)
            best = next(i for i in places if heap[i] == winner)
            try:
                running[node] = (sift, sift.send(best))
            except StopIteration:
                continue


def mend(heap: list[str], children: int, rank: int) -> Sort:
    """Sift the new root down. Its first comparison decides `rank`; the others mend the heap below."""
    sift = sifting(heap, 0, children)
    places = next(sift, None)
    if places is None:
        yield Settled(rank, heap[0])
    purpose = f"finding rank {rank}"
    while places:
        winners = yield Round((Comparison(tuple(heap[i] for i in places), purpose),))
        assert winners is not None
        winner = winners[0][0]
        if places[0] == 0:
            yield Settled(rank, winner)
            purpose = f"mending the heap after rank {rank}"
        best = next(i for i in places if heap[i] == winner)
        try:
            places = sift.send(best)
        except StopIteration:
            return


def sifting(heap: list[str], node: int, children: int) -> Sift:
    """Sift `node` down: yields the places to compare, receives the best of them."""
    while family := offspring(node, children, len(heap)):
        best = yield (node, *family)
        if best == node:
            return
        heap[node], heap[best] = heap[best], heap[node]
        node = best


def offspring(node: int, children: int, size: int) -> range:
    """The places of the children of `node`."""
    return range(min(size, node * children + 1), min(size, node * children + children + 1))


@dataclass
class Steps:
    """A generator as a `Selection`."""

    sort: Sort

    def __post_init__(self) -> None:
        self.step = next(self.sort, None)
        self.orders: dict[frozenset[str], Order] = {}

    def settled(self) -> Iterator[Settled]:
        """What the generator says next, as far as it needs no answer."""
        while isinstance(self.step, Settled):
            yield self.step
            self.step = next(self.sort, None)

    def wanted(self, room: int | None = None) -> list[Comparison]:
        """What is not answered yet of this round; all of it is needed."""
        if not isinstance(self.step, Round):
            return []
        return [c for c in self.step.comparisons if frozenset(c.documents) not in self.orders]

    def needless(self, documents: Sequence[str]) -> bool:
        """Never: nothing is asked that is not needed."""
        return False

    def tell(self, documents: Sequence[str], order: Order) -> None:
        """Goes on when the round is complete."""
        assert isinstance(self.step, Round)
        self.orders[frozenset(documents)] = order
        if not self.wanted():
            orders = [self.orders[frozenset(c.documents)] for c in self.step.comparisons]
            self.orders.clear()
            try:
                self.step = self.sort.send(orders)
            except StopIteration:
                self.step = None

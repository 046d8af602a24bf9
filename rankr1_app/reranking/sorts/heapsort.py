"""Heapsort of the Setwise paper, comparison for comparison."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from .protocol import Comparison, Round, Settled, Sort, Steps

Sift = Generator[tuple[int, ...], int, None]


def create(documents: Sequence[str], k: int, docs_per_call: int, ahead: int) -> Steps:
    """Return the sort as a `Selection`. It never looks ahead."""
    return Steps(heapsort(documents, k, docs_per_call))


def heapsort(documents: Sequence[str], k: int, docs_per_call: int) -> Sort:
    """Return the top `k` by a heap whose nodes have `docs_per_call - 1` children, as the Setwise paper (Zhuang et
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
            purpose = f"heap repair after rank {rank}"
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
    """Return the places of the children of `node`."""
    return range(min(size, node * children + 1), min(size, node * children + children + 1))

"""Heapsort against a perfect judge: right ranks, and the published algorithm's number of calls."""

from __future__ import annotations

import random

import pytest

from rankr1_app.reranking.sorts.heapsort import heapsort
from rankr1_app.reranking.sorts.protocol import Comparison, Order, Round, Settled


def run(documents: list[str], k: int, docs_per_call: int) -> tuple[list[str], list[list[Comparison]]]:
    """Ranks and rounds under a judge who prefers the larger number."""
    sort, rounds, settled = heapsort(documents, k, docs_per_call), [], []
    step = next(sort, None)
    try:
        while step is not None:
            if isinstance(step, Settled):
                settled.append(step)
                step = next(sort, None)
                continue
            rounds.append(list(step.comparisons))
            step = sort.send([(max(c.documents, key=int),) for c in step.comparisons])
    except StopIteration:
        pass
    assert [s.rank for s in settled] == list(range(1, len(settled) + 1))
    return [s.document for s in settled], rounds


def published_calls(values: list[int], k: int, docs_per_call: int) -> int:
    """Comparisons of the recursive heapsort that the Setwise paper describes, under the same judge."""
    heap, children, calls = list(values), docs_per_call - 1, 0

    def sift(size: int, node: int) -> None:
        nonlocal calls
        family = [node, *range(children * node + 1, min(size, children * node + children + 1))]
        if len(family) == 1:
            return
        calls += 1
        best = max(family, key=lambda i: heap[i])
        if best != node:
            heap[node], heap[best] = heap[best], heap[node]
            sift(size, best)

    for node in range(len(heap) // children, -1, -1):
        sift(len(heap), node)
    for ranked, end in enumerate(range(len(heap) - 1, 0, -1), 1):
        heap[end], heap[0] = heap[0], heap[end]
        if ranked == k:
            break
        sift(end, 0)
    return calls


@pytest.mark.parametrize("n", [1, 2, 9, 10, 19, 20, 21, 43, 100, 333])
@pytest.mark.parametrize("docs_per_call", range(2, 21))
def test_right_top_ten_with_the_published_calls(n: int, docs_per_call: int) -> None:
    values = list(range(n))
    random.Random(n * 100 + docs_per_call).shuffle(values)
    ranks, rounds = run([str(v) for v in values], 10, docs_per_call)
    assert ranks == [str(v) for v in sorted(values, reverse=True)[:10]]
    calls = [c for comparisons in rounds for c in comparisons]
    assert len(calls) == published_calls(values, 10, docs_per_call)
    assert all(2 <= len(set(c.documents)) == len(c.documents) <= docs_per_call for c in calls)


def test_call_counts_of_the_paper() -> None:
    for seed in range(50):
        values = [str(v) for v in range(100)]
        random.Random(seed).shuffle(values)
        assert 20 <= sum(len(r) for r in run(values, 10, 20)[1]) <= 25
        assert sum(len(r) for r in run(values[:20], 10, 20)[1]) == 10


def test_build_asks_at_once_what_does_not_depend() -> None:
    _, rounds = run([str(v) for v in range(100)], 1, 20)
    # Five inner nodes below the root share the first round.
    assert len(rounds[0]) == 5


def test_nothing_to_sort() -> None:
    assert run([], 10, 20) == ([], [])
    assert run(["7"], 10, 20) == (["7"], [])


def test_rank_settles_before_the_heap_is_mended() -> None:
    sort = heapsort([str(v) for v in range(100)], 10, 20)
    steps: list[Round | Settled] = []
    step = next(sort)
    while len(steps) < 30:
        steps.append(step)
        winners: list[Order] | None = None
        if isinstance(step, Round):
            winners = [(max(c.documents, key=int),) for c in step.comparisons]
        try:
            step = sort.send(winners)
        except StopIteration:
            break
    kinds = "".join("R" if isinstance(s, Round) else "S" for s in steps)
    assert "RSR" in kinds

"""A perfect judge whose every fifth answer breaks, in every way one can: nearly the perfect order, no document lost, of
a whole search (setwise, its sorts, asking, the pipeline) together."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from rankr1_app.engines.protocol import Fault
from rankr1_app.events import SearchFinished
from rankr1_app.pipeline import Search, search

from ..doubles import Fixed, Scripted, best, candidates, setwise

BROKEN = {
    "no tags": "I would say that the third one is best.",
    "out of range": "<think> It is clear. </think>\n<answer>[99]</answer>",
    "cut short": "<think> The first one holds",
    "HTTP 500": "",
    "dropped": "",
}
SEARCHES = 15


def gain(ranking: Sequence[str]) -> float:
    """Discounted, of grades as qrels have them: 3 for the best five, 2 for the next five, 1 for the next."""
    grades = (min(3, max(0, (int(d[1:]) - 80) // 5)) for d in ranking)
    return sum(grade / math.log2(place + 2) for place, grade in enumerate(grades))


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("sort", ["tournament", "heapsort"])
async def test_a_fifth_of_broken_answers(how: str, sort: str) -> None:
    dice, found, broken, calls = random.Random(5), 0.0, 0, 0

    def judge(texts: list[str]) -> str:
        if dice.random() >= 0.2:
            return best(texts)
        if BROKEN[how]:
            return BROKEN[how]
        raise Fault(how)

    for seed in range(SEARCHES):
        noise = random.Random(seed)
        values = sorted(range(100), key=lambda v: -v + noise.gauss(0, 15))
        reranker = replace(setwise(Scripted(judge=judge), docs_per_call=20), sort=sort)
        asked = Search(
            query="largest", retriever=Fixed(candidates(values)), reranker=reranker, depth=100, k=10, seed=929
        )
        end = [event async for event in search(asked)][-1]
        assert isinstance(end, SearchFinished)
        assert sorted(end.ranking) == sorted(f"d{v}" for v in range(100))
        found += gain(end.ranking[:10]) / gain([f"d{v}" for v in range(99, 89, -1)])
        broken, calls = broken + end.totals.unreadable + end.totals.faults, calls + end.totals.calls
        assert not (end.totals.unreadable if not BROKEN[how] else end.totals.faults)
    assert found / SEARCHES >= 0.97
    assert 0.17 < broken / calls < 0.23

"""The quickest sort is chosen, and what is reckoned of each is near what it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rankr1_app.reranking.choice import INSIDE, PROCESSOR, SERVER, Costs, Effort, choose, efforts
from rankr1_app.reranking.estimate import expected_calls
from rankr1_app.reranking.sorts import select

from .sorts.test_chain import Judge, first_stage, perfect, run, silent

SIZES = [(20, 20), (50, 20), (100, 20), (20, 10), (50, 10), (100, 10)]
ENGINES = [SERVER, replace(SERVER, tells=False), replace(SERVER, room=False), INSIDE, PROCESSOR]


def counted(sort: str, documents: int, docs_per_call: int, judge: Judge, room: int | None) -> Effort:
    """What a sort takes in the mean over some searches."""
    found = []
    for seed in range(3):
        selection = select(sort, first_stage(documents, seed), 10, docs_per_call, 0 if sort == "heapsort" else 1)
        rounds = run(selection, judge, room)[1]
        calls = [comparison for each in rounds for comparison in each]
        sizes = [len(c.documents) for c in calls]
        found.append((len(calls), len(rounds), sum(sizes), max(sizes)))
    return Effort(*(sum(column) / len(found) for column in zip(*found, strict=True)))


@pytest.mark.parametrize("costs", ENGINES)
@pytest.mark.parametrize(("documents", "docs_per_call"), SIZES)
def test_what_is_reckoned_is_near_what_is_taken(costs: Costs, documents: int, docs_per_call: int) -> None:
    judge, room = perfect if costs.tells else silent, None if costs.room else 0
    for sort, effort in efforts(costs, documents, 10, docs_per_call, 1):
        taken = counted(sort, documents, docs_per_call, judge, room).seconds(costs)
        assert 0.6 * taken <= effort.seconds(costs) <= 1.7 * taken, sort


@pytest.mark.parametrize("costs", ENGINES)
@pytest.mark.parametrize(("documents", "docs_per_call"), [(20, 20), (20, 10), (10, 10), (6, 5)])
def test_with_few_candidates_it_never_loses_to_the_heapsort(costs: Costs, documents: int, docs_per_call: int) -> None:
    judge, room = perfect if costs.tells else silent, None if costs.room else 0
    best = choose(costs, documents, 10, docs_per_call, 1)
    ours = counted(best, documents, docs_per_call, judge, room)
    published = counted("heapsort", documents, docs_per_call, judge, room)
    assert ours.seconds(costs) <= 1.001 * published.seconds(costs)


def test_the_choice_depends_on_the_costs() -> None:
    assert choose(SERVER, 20, 10, 20, 1) == "chain"
    assert choose(SERVER, 100, 10, 10, 1) == "chain"
    assert choose(PROCESSOR, 100, 10, 10, 1) == "short-chain"
    waiting = replace(PROCESSOR, alone=1.0, writing=0.0)
    assert choose(waiting, 100, 10, 10, 1) == "chain"
    assert choose(replace(waiting, writing=0.5), 100, 10, 10, 1) == "short-chain", "a round lasts as its longest call"
    reading = Costs(alone=0.0, beside=0.0, token=0.001, room=False)
    assert choose(reading, 20, 10, 20, 1) == "short-chain"
    assert {choose(costs, 1, 1, 2, 1) for costs in ENGINES} <= {"chain", "short-chain", "tournament"}
    assert expected_calls(choose(SERVER, 1000, 1000, 2, 0), 1000, 1000, 2, 0) > 1000

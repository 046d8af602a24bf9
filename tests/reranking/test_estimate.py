"""Reckoned calls are near what the sorts take, and cost nothing."""

from __future__ import annotations

import random
import time

import pytest

from rankr1_app.reranking.estimate import expected_calls
from rankr1_app.reranking.sorts import SORTS, select

TRIES = 8
USUAL = [(20, 10, 4), (20, 10, 10), (20, 10, 20), (50, 10, 10), (100, 10, 20), (50, 20, 20), (100, 3, 8)]


def calls(sort: str, documents: int, k: int, docs_per_call: int, ahead: int, seed: int) -> int:
    """Calls over documents whose true order is half way between the first stage's and none."""
    values = list(range(documents))
    random.Random(seed).shuffle(values)
    truth = {str(place): place + value for place, value in enumerate(values)}
    selection = select(sort, list(truth), k, docs_per_call, ahead)
    count = 0
    while True:
        list(selection.settled())
        wanted = selection.wanted()
        if not wanted:
            return count
        count += len(wanted)
        for comparison in wanted:
            selection.tell(comparison.documents, tuple(sorted(comparison.documents, key=truth.__getitem__)))


@pytest.mark.parametrize(("documents", "k", "docs_per_call"), USUAL)
@pytest.mark.parametrize(("sort", "ahead"), [*((sort, 0) for sort in SORTS), ("tournament", 1), ("tournament", 2)])
def test_reckoned_calls_are_within_a_tenth(sort: str, ahead: int, documents: int, k: int, docs_per_call: int) -> None:
    counted = sum(calls(sort, documents, k, docs_per_call, ahead, seed) for seed in range(TRIES)) / TRIES
    reckoned = expected_calls(sort, documents, k, docs_per_call, ahead)
    assert reckoned == pytest.approx(counted, rel=0.1, abs=1)


@pytest.mark.parametrize("sort", SORTS)
def test_the_largest_settings_are_reckoned_at_once(sort: str) -> None:
    began = time.process_time()
    for docs_per_call in (2, 3, 20):
        for ahead in (0, 1, 2):
            assert expected_calls(sort, 1000, 1000, docs_per_call, ahead) > 1000 / docs_per_call
    assert time.process_time() - began < 0.2


def test_nothing_to_compare_takes_no_calls() -> None:
    assert expected_calls("tournament", 1, 10, 10, 0) == 0
    assert expected_calls("tournament", 20, 0, 10, 0) == 0
    assert expected_calls("unheard", 20, 10, 10, 0) == 0

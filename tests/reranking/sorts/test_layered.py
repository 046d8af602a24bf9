"""Top k from whole orders: groups, then a final, and every rank once whatever the sizes."""

from __future__ import annotations

import random

import pytest

from rankr1_app.reranking.sorts.layered import advancing, create, heads
from rankr1_app.reranking.sorts.protocol import Comparison, Settled

from .judges import run as judged


def run(documents: list[str], k: int, docs_per_call: int) -> tuple[list[Settled], list[list[Comparison]]]:
    """Ranks and rounds under a judge whose whole order is right."""
    return judged(documents, k, docs_per_call, 0, "logits")


@pytest.mark.parametrize("n", [1, 2, 9, 10, 19, 20, 21, 43, 100, 333])
@pytest.mark.parametrize("docs_per_call", [2, 3, 5, 10, 20])
@pytest.mark.parametrize("k", [1, 10, 400])
def test_every_rank_once(n: int, docs_per_call: int, k: int) -> None:
    documents = [str(v) for v in random.Random(n).sample(range(n), n)]
    settled, rounds = run(documents, k, docs_per_call)
    assert [s.rank for s in settled] == list(range(1, min(n, k) + 1))
    assert len({s.document for s in settled}) == len(settled)
    assert settled[0].document == str(n - 1), "the best is best in every order"
    calls = [frozenset(c.documents) for each in rounds for c in each]
    assert len(calls) == len(set(calls))
    assert all(2 <= len(call) <= docs_per_call for call in calls)
    for each in settled:
        assert each.through is not None
        assert set(each.through) <= set(calls)
        assert all(each.document in call for call in each.through)


def test_top_ten_of_a_hundred_in_two_rounds() -> None:
    right = 0
    for seed in range(40):
        # A first stage that is good, not perfect: the dealt groups share its best.
        noise = random.Random(seed)
        documents = sorted(range(100), key=lambda v: -v + noise.gauss(0, 25))
        settled, rounds = run([str(v) for v in documents], 10, 20)
        assert len(rounds) == 2
        assert sum(map(len, rounds)) == 6
        right += len({int(s.document) for s in settled} & set(range(90, 100)))
    assert right / 400 >= 0.95


def test_groups_are_dealt_so_that_each_has_its_share_of_the_first_stage() -> None:
    _, rounds = run([str(v) for v in range(6)], 1, 4)
    assert [(c.documents, c.purpose) for c in rounds[0]] == [
        (("0", "2", "4"), "ordering group 1"),
        (("1", "3", "5"), "ordering group 2"),
    ]
    assert [(c.documents, c.purpose) for c in rounds[1]] == [(("4", "5", "2", "3"), "ordering the final")]


@pytest.mark.parametrize(
    ("groups", "size", "keep"), [(2, 20, 10), (5, 20, 4), (10, 20, 2), (11, 20, 5), (2, 3, 2), (2, 2, 1)]
)
def test_as_many_of_a_group_go_on_as_fit_in_a_final(groups: int, size: int, keep: int) -> None:
    assert advancing(groups, size) == keep


def test_the_first_of_every_group_come_before_the_second_of_any() -> None:
    assert list(heads([("a", "b", "c"), ("d",), ("e", "f")], 2)) == ["a", "d", "e", "b", "f"]


def test_nothing_is_asked_of_none_or_one() -> None:
    for documents in ([], ["a"]):
        steps = create(documents, 10, 5, 1)
        assert steps.wanted() == []
        assert [each.document for each in steps.settled()] == documents

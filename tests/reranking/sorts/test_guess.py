"""Guesses of the order of documents: as good as the answers tell, and the same however they came."""

from __future__ import annotations

import math
import random

import pytest

from rankr1_app.reranking.sorts.guess import WIDE, Guesses, Outcome, beaten, mend, offset_of, residual

DOCUMENTS = [f"d{n}" for n in range(12)]
STRENGTHS = {document: -0.7 * ((5 * n) % 12) for n, document in enumerate(DOCUMENTS)}


def shares(documents: list[str]) -> dict[str, float]:
    """Return the share of each document, as a perfect judge tells it."""
    weights = {document: math.exp(STRENGTHS[document]) for document in sorted(documents)}
    return {document: weight / sum(weights.values()) for document, weight in weights.items()}


def tell(guesses: Guesses, documents: list[str], told: dict[str, float] | None = None) -> frozenset[str]:
    guesses.tell(documents, max(documents, key=STRENGTHS.__getitem__), shares(documents) if told is None else told)
    return frozenset(documents)


def test_before_anything_is_told_the_first_stage_is_guessed_with_wide_errors() -> None:
    guesses = Guesses(DOCUMENTS)
    strengths, errors = guesses.fit([])
    assert sorted(DOCUMENTS, key=lambda d: -strengths[d]) == DOCUMENTS
    assert set(errors.values()) == {WIDE}
    first = [max(order, key=order.__getitem__) for order in guesses.orders([], set())]
    assert len(first) == 64
    assert 1 < len(set(first)) < 12
    assert max(set(first), key=first.count) in DOCUMENTS[:3]


def test_shares_of_calls_that_overlap_make_one_order_of_all() -> None:
    guesses = Guesses(DOCUMENTS)
    calls = [tell(guesses, DOCUMENTS[start : start + 6]) for start in (0, 3, 6)]
    right = sorted(DOCUMENTS, key=lambda d: -STRENGTHS[d])
    for order in guesses.orders(calls, set()):
        guessed = sorted(order, key=lambda d: -order[d])
        assert sum(abs(guessed.index(d) - right.index(d)) for d in DOCUMENTS) <= 6


def test_the_same_answers_give_the_same_orders_whenever_they_came() -> None:
    found = []
    for seed in range(3):
        guesses, calls = Guesses(DOCUMENTS, 5), [DOCUMENTS[0:5], DOCUMENTS[4:9], DOCUMENTS[7:12]]
        random.Random(seed).shuffle(calls)
        keys = [tell(guesses, call[::-1] if seed else call) for call in calls]
        found.append(list(guesses.orders(keys, {"d3"})))
    assert found[0] == found[1] == found[2]


def test_who_has_gone_is_in_no_order() -> None:
    guesses = Guesses(DOCUMENTS, 3)
    call = tell(guesses, DOCUMENTS[:6])
    gone = {"d0", "d7"}
    assert all(set(order) == set(DOCUMENTS) - gone for order in guesses.orders([call], gone))


@pytest.mark.parametrize("told", [{}, dict.fromkeys(DOCUMENTS[:4], 0.25)])
def test_shares_that_are_all_the_same_say_no_more_than_who_won(told: dict[str, float]) -> None:
    guesses = Guesses(DOCUMENTS, 200)
    call = tell(guesses, DOCUMENTS[:4], told)
    assert guesses.answers[call].shares == {}
    winner = guesses.answers[call].winner
    for order in guesses.orders([call], set()):
        assert max(DOCUMENTS[:4], key=order.__getitem__) == winner


def test_a_document_whose_label_was_not_told_is_far_behind() -> None:
    guesses = Guesses(DOCUMENTS)
    guesses.tell(["d1", "d0"], "d1", {"d1": 1.0})
    assert guesses.answers[frozenset({"d0", "d1"})].shares["d0"] == pytest.approx(math.log(1e-9))


def test_winners_trade_strengths_with_the_strongest_they_won_over() -> None:
    order = {"a": 1.0, "b": 3.0, "c": 2.0, "d": 0.0}
    mend(order, [("a", ("b", "c")), ("d", ("c",))])
    assert sorted(order.values()) == [0.0, 1.0, 2.0, 3.0]
    assert order["a"] > max(order["b"], order["c"])
    assert order["d"] > order["c"]


def test_judges_that_contradict_themselves_end_all_the_same() -> None:
    order = {"a": 1.0, "b": 2.0}
    mend(order, [("a", ("b",)), ("b", ("a",))])
    assert sorted(order.values()) == [1.0, 2.0]


def test_those_a_winner_was_chosen_over_are_gathered_from_all_of_its_calls() -> None:
    history = [
        Outcome(("a", "b", "c"), "a", {}),
        Outcome(("a", "d"), "a", {}),
        Outcome(("e", "b"), "e", {}),
        Outcome(("f", "g"), "f", {}),
    ]
    assert beaten(history, {"c", "f"}) == [("e", ("b",)), ("a", ("b", "d"))]
    assert beaten(history, {"b", "e", "f"}) == [("a", ("c", "d"))]


def test_the_offset_of_an_answer_and_what_the_fit_leaves() -> None:
    strengths = {"a": 1.0, "b": 0.0}
    assert offset_of(strengths, {"a": -1.0, "b": -2.0}) == 2.0
    assert residual(strengths, [{"a": -1.0, "b": -2.0}]) == 0.0
    assert residual(strengths, [{"a": -1.0, "b": -4.0}]) == pytest.approx(1.0)

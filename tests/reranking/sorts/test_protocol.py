"""A generator as a sort that is driven: rounds wait for all of their answers, ranks for none."""

from __future__ import annotations

import pytest

from rankr1_app.reranking.sorts.protocol import Comparison, Order, Round, Settled, Sort, Steps

AB, CD = Comparison(("a", "b"), "first"), Comparison(("c", "d"), "second")
AC = Comparison(("a", "c"), "final")


def two_rounds(got: list[list[Order]]) -> Sort:
    """Ask two at once, then one, settling as it goes."""
    orders = yield Round((AB, CD))
    assert orders is not None
    got.append(orders)
    yield Settled(1, "a")
    yield Settled(2, "b")
    orders = yield Round((AC,))
    assert orders is not None
    got.append(orders)
    yield Settled(3, "c")


def test_a_round_goes_on_when_all_of_it_is_answered_in_whatever_order() -> None:
    got: list[list[Order]] = []
    steps = Steps(two_rounds(got))
    assert steps.wanted() == [AB, CD]
    assert list(steps.settled()) == []
    steps.tell(("d", "c"), ("d",))
    assert steps.wanted() == [AB]
    assert got == []
    steps.tell(("a", "b"), ("a", "b"))
    assert got == [[("a", "b"), ("d",)]], "as they were asked"


def test_ranks_are_settled_once_and_what_is_wanted_comes_after_them() -> None:
    steps = Steps(two_rounds([]))
    for comparison in steps.wanted():
        steps.tell(comparison.documents, comparison.documents)
    assert steps.wanted() == [], "ranks come first"
    assert [each.document for each in steps.settled()] == ["a", "b"]
    assert list(steps.settled()) == []
    assert steps.wanted() == [AC]
    steps.tell(("a", "c"), ("a",))
    assert [each.rank for each in steps.settled()] == [3]
    assert not steps.wanted()
    assert not list(steps.settled())


def test_room_changes_nothing_and_nothing_becomes_obsolete() -> None:
    steps = Steps(two_rounds([]))
    assert steps.wanted(0) == steps.wanted(99) == [AB, CD]
    assert not steps.obsolete(("a", "b"))


def test_what_is_asked_once_more_has_to_be_answered_once_more() -> None:
    def again() -> Sort:
        yield Round((AB,))
        yield Round((AB,))

    steps = Steps(again())
    steps.tell(("a", "b"), ("a",))
    assert steps.wanted() == [AB]


def test_a_sort_that_asks_nothing_is_done_at_once() -> None:
    def none() -> Sort:
        return
        yield

    steps = Steps(none())
    assert not steps.wanted()
    assert not list(steps.settled())


def test_an_answer_that_nobody_asked_for_is_a_fault_of_the_driver() -> None:
    steps = Steps(two_rounds([]))
    for comparison in steps.wanted():
        steps.tell(comparison.documents, comparison.documents)
    with pytest.raises(AssertionError):
        steps.tell(("x", "y"), ("x",))

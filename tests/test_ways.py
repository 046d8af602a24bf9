"""What is searched for, given what a model wrote of a query."""

from __future__ import annotations

from rankr1_app.ways import LONGEST, queries, ways


def test_lines_are_queries_without_the_marks_of_a_list_each_once() -> None:
    assert queries("1) a b\n\n2) “c”\n3) a b\n12 monkeys") == ["a b", "c", "12 monkeys"]


def test_what_is_searched_for_is_bounded() -> None:
    assert all(len(way.searched("q", "x" * 20_000)) <= LONGEST for way in ways().values())
    assert len(ways()["hyde"].searched("q", "x" * 20_000)) == LONGEST


def test_a_thought_is_not_searched_for_and_nothing_is_nothing() -> None:
    way = ways()["hyde"]
    assert "hidden" not in way.searched("q", "<think>hidden</think>the moon pulls")
    assert way.searched("q", "<think>hidden") == ""
    assert way.searched("q", "  \n") == ""

"""Candidates of one search in another retriever's order: each once, whatever that one finds."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.retrieval.among import Among, ordered

from ..doubles import Fixed, candidates

NUMBERS = st.lists(st.integers(0, 30), unique=True, max_size=20)


@settings(max_examples=500)
@given(NUMBERS, NUMBERS)
def test_every_candidate_stays_once(given_here: list[int], found: list[int]) -> None:
    here = candidates(given_here)
    result = ordered(here, candidates(found))
    assert sorted(each.id for each in result) == sorted(each.id for each in here)
    assert [each.rank for each in result] == list(range(1, len(here) + 1))
    assert [each.id for each in result] == [
        *(f"d{n}" for n in found if n in given_here),
        *(f"d{n}" for n in given_here if n not in found),
    ]


def test_a_score_is_of_the_retriever_that_orders() -> None:
    here = candidates([3, 1, 2])
    by = Fixed(candidates([9, 2, 3]), name="other", score_name="nearness")
    found = Among(run="r", candidates=here, index="i", found_by="bm25", found_score="BM25", by=by)
    assert (found.name, found.score_name) == ("other", "nearness")
    first, second, last = found.search("query", 10)
    assert [first.id, second.id, last.id] == ["d2", "d3", "d1"]
    assert first.score == 1 / 2
    assert [(each.retriever, each.rank) for each in first.sources] == [("other", 2)]
    assert (last.score, last.sources) == (0.0, ())
    assert found.document("d1") == here[1]


def test_without_another_retriever_they_are_as_they_were_found() -> None:
    here = candidates([3, 1, 2])
    found = Among(run="r", candidates=here, index="i", found_by="bm25", found_score="BM25")
    assert (found.name, found.score_name) == ("bm25", "BM25")
    assert found.search("query", 2) == here[:2]
    assert replace(found, by=None).document("d9") is None

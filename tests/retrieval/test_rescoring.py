"""A text that is not in an index has the scores that it would have there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rankr1_app.retrieval import bm25, dense, hybrid
from rankr1_app.retrieval.protocol import sourced
from rankr1_app.retrieval.rescoring import Rescores, rescore
from tests.doubles import Fixed, candidates

QUERY = "a vehicle and its engine"
NAMES = ("BM25", "cosine similarity")


def test_the_whole_text_has_the_scores_it_was_found_with(texts: Path) -> None:
    retriever = hybrid.open_index(str(texts))
    found = retriever.search(QUERY, 9)
    first = [each.id for each in found]
    assert any(len(each.sources) == 2 for each in found)
    for whole in found:
        again = rescore(retriever, QUERY, first, whole, replace(whole, sources=()), NAMES)
        assert again is not None
        for one, other in zip(again.sources, whole.sources, strict=True):
            assert (one.retriever, one.rank, one.best) == (other.retriever, other.rank, other.best)
            assert one.score == pytest.approx(other.score, abs=1e-5)
            assert one.near == pytest.approx(other.near, abs=1e-5)


def test_lucenes_score_is_that_of_any_text(texts: Path) -> None:
    retriever = bm25.open_index(str(texts))
    for found in retriever.search(QUERY, 9):
        with retriever.reading() as index:
            score = index.score(QUERY, f"{found.title} {found.text}".strip())
        assert score == pytest.approx(found.score, rel=1e-4), "short documents have lengths that Lucene does not round"


def test_a_longer_text_with_the_same_words_has_a_lower_score(texts: Path) -> None:
    retriever = bm25.open_index(str(texts))
    (whole,) = sourced(retriever.search(QUERY, 1), "bm25", "BM25")
    longer = replace(whole, text=f"{whole.text}{' tea' * 20}")
    again = rescore(retriever, QUERY, [], whole, longer, NAMES)
    assert again is not None
    with retriever.reading() as index:
        assert again.sources[0].score == pytest.approx(index.score(QUERY, f"{longer.title} {longer.text}"), rel=1e-4)
    assert again.sources[0].score < 0.8 * whole.score


def test_a_text_without_the_words_of_the_query_is_found_by_meaning_alone(texts: Path) -> None:
    retriever = hybrid.open_index(str(texts))
    found = retriever.search(QUERY, 9)
    whole = next(each for each in found if len(each.sources) == 2)
    other = rescore(retriever, QUERY, [whole.id], whole, replace(whole, title="", text="Tea with milk."), NAMES)
    assert other is not None
    (source,) = other.sources
    (before,) = (each for each in whole.sources if each.retriever == "dense")
    assert source.retriever == "dense"
    assert source.score < before.score
    assert source.near is not None
    assert before.near is not None
    assert source.near < before.near
    alone = dense.open_index(str(texts))
    vector = alone.current.get().encoder.embed(["Tea with milk."], "passage")[0]
    assert source.score == pytest.approx(float(vector @ alone.current.get().embedded(QUERY)))


def test_a_first_stage_that_cannot_say_says_so() -> None:
    retriever = Fixed(candidates([1, 2]))
    assert not isinstance(retriever, Rescores)
    (whole, _) = retriever.search("", 2)
    (whole,) = sourced([whole], retriever.name, "BM25")
    assert rescore(retriever, "q", [], whole, whole, NAMES) is None
    assert rescore(retriever, "q", [], whole, whole, ["another score"]) == replace(whole, sources=())

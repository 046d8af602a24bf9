"""What a search is made of, for the page, the API and Python alike."""

from __future__ import annotations

import pytest

from rankr1_app.retrieval.literal import literal
from rankr1_app.service import Service
from rankr1_app.settings import Settings


def test_documents_handed_in_take_the_place_of_the_first_stage() -> None:
    """They are not said to be found by words, as those of an index without vectors are."""
    service = Service(Settings(reranker="none"))
    given = literal(["Granite is hard.", "Yeast makes dough rise."])
    parts = service.prepare("dough", service.settings, given)
    assert parts.retriever is given
    assert (parts.settings["retriever"], parts.settings["index"]) == (given.name, given.index)
    assert parts.note == ""


def test_an_index_without_vectors_is_searched_by_words_and_that_is_said() -> None:
    service = Service(Settings(reranker="none", index="nowhere"))
    assert "found by words alone (BM25)" in service.prepare("dough", service.settings).note


@pytest.mark.parametrize("query", ["", " ", "a\0b"])
def test_invalid_queries_are_refused_before_anything_opens(query: str) -> None:
    from rankr1_app.errors import Problem

    service = Service(Settings(reranker="none"))
    with pytest.raises(Problem, match="^query "):
        service.prepare(query, service.settings)

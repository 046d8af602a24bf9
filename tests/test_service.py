"""What a search is made of, for the page, the API and Python alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rankr1_app.compare import named
from rankr1_app.errors import Problem
from rankr1_app.retrieval import indexes
from rankr1_app.retrieval.literal import literal
from rankr1_app.service import Service
from rankr1_app.settings import Settings

SERVED = Settings(reranker="rank-r1-7b-v0.1", base_url="http://127.0.0.1:1/v1", model="seven", k=7)


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
    service = Service(Settings(reranker="none"))
    with pytest.raises(Problem, match="^query "):
        service.prepare(query, service.settings)


def test_rerankers_beside_the_one_that_is_served_run_where_they_are() -> None:
    """The encoder and the bundled model need no server, another reranker has its own, and nothing else is open."""
    others = {each.name: each.settings for each in named("rankgpt@http://127.0.0.1:2/v1", SERVED)}
    service = Service(SERVED, others=others)
    assert service.rerankers() == ("rank-r1-7b-v0.1", "rankgpt", "minilm-cosine", "none")
    found = {name: service.allowed({"reranker": name}) for name in service.rerankers()}
    addresses = [(each.base_url, each.model, each.k) for each in found.values()]
    assert addresses == [
        ("http://127.0.0.1:1/v1", "seven", 7),
        ("http://127.0.0.1:2/v1", "", 7),
        ("", "", 7),
        ("http://127.0.0.1:1/v1", "seven", 7),
    ]
    with pytest.raises(Problem, match="reranker 'rank-r1-nano' is unknown"):
        service.allowed({"reranker": "rank-r1-nano"})
    assert Service(Settings()).rerankers() == ("rank-r1-nano", "rank-r1-nano-pairwise", "minilm-cosine", "none")


def test_no_more_documents_are_reckoned_with_than_an_index_has(tmp_path: Path) -> None:
    (tmp_path / "corpus.tsv").write_text("".join(f"d{n}\ttea number {n}\n" for n in range(4)))
    indexes.build(tmp_path / "corpus.tsv", "four")
    service = Service(replace(SERVED, index="four", docs_per_call=2))
    calls = {depth: service.estimate({"depth": depth})["calls"] for depth in (3, 4, 50)}
    assert calls[3] < calls[4] == calls[50]

"""Feedback: what the first search finds says what the second looks for, as Lucene and Pyserini do it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest

from rankr1_app.cli import main
from rankr1_app.events import Retrieved, Rewritten, SearchStarted
from rankr1_app.pipeline import search
from rankr1_app.retrieval import bm25, dense, encoders, feedback, java
from rankr1_app.retrieval.protocol import Rewrites
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import read
from tests.retrieval.conftest import TEXTS

QUERIES = ["salt water", "a vehicle and its engine", "bread in the oven", "hot stones below"]


@pytest.fixture(scope="module")
def with_vectors(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Lucene's index of the same texts with the term vectors that Pyserini asks for."""
    folder = tmp_path_factory.mktemp("vectors")
    rows = [{"id": name, "contents": f"{title} {text}"} for name, (title, text) in TEXTS.items()]
    (folder / "chunks").mkdir()
    (folder / "chunks" / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = {
        "-collection": "JsonCollection",
        "-input": str(folder / "chunks"),
        "-index": str(folder / "lucene"),
        "-generator": "DefaultLuceneDocumentGenerator",
        "-threads": "1",
    }
    arguments = [part for option in options.items() for part in option]
    with java.LOCK:
        collection = java.classes("io.anserini.index.IndexCollection")
        collection.main([*arguments, "-storePositions", "-storeDocvectors", "-storeRaw", "-optimize", "-quiet"])
    return str(folder / "lucene")


@pytest.mark.parametrize("kind", ["bm25+rm3", "bm25+rocchio"])
def test_order_and_scores_are_those_of_an_index_with_term_vectors(texts: Path, with_vectors: str, kind: str) -> None:
    ours = (feedback.open_rm3 if kind == "bm25+rm3" else feedback.open_rocchio)(str(texts))
    with java.LOCK:
        theirs = java.classes("io.anserini.search.SimpleSearcher")(with_vectors)
        theirs.set_bm25(0.9, 0.4)
        if kind == "bm25+rm3":
            theirs.set_rm3(None, 10, 10, 0.5, False, True)
        else:
            theirs.set_rocchio(None, 10, 10, 10, 10, 1.0, 0.75, 0.0, False, False)
    for query in QUERIES:
        found = ours.search(query, 10)
        with java.LOCK:
            expected = [(hit.docid, hit.score) for hit in theirs.search(query, 10)]
        assert [each.id for each in found] == [name for name, _ in expected]
        assert [each.score for each in found] == pytest.approx([score for _, score in expected], abs=1e-4)
        assert len(found) >= len(bm25.open_index(str(texts)).search(query, 10))
    assert ours.name == kind


def test_the_expanded_query_is_told_and_its_parts_add_up(texts: Path) -> None:
    retriever = feedback.open_rm3(str(texts))
    made = retriever.rewrite("salt water")
    assert (made.by, made.documents[0]) == ("RM3", "sea")
    assert {"salt", "water"} <= {term.term for term in made.terms}
    assert made.query.split() == [term.term for term in made.terms]
    for candidate in retriever.search("salt water", 3):
        terms = retriever.terms("salt water", candidate.id)
        assert sum(term.weight for term in terms) == pytest.approx(candidate.score, abs=1e-4)
    assert [word.text for word in retriever.explain("salt water")] == ["salt", "water"]


def test_a_query_without_words_is_not_expanded(texts: Path) -> None:
    retriever = feedback.open_rm3(str(texts))
    assert retriever.search("the of", 3) == ()
    assert retriever.rewrite("the of").terms == ()
    assert "stop words" in retriever.note("the of")


@pytest.mark.parametrize(("method", "own"), [("rocchio", 0.9), ("average", 0.25)])
def test_the_querys_vector_moves(texts: Path, method: str, own: float) -> None:
    encoder = encoders.encoder(encoders.entry(encoders.DEFAULT))
    made: Any = feedback.open_dense_rocchio if method == "rocchio" else feedback.open_dense_average
    retriever = made(str(texts))
    passages = encoder.embed([f"{title} {text}" for title, text in TEXTS.values()], "passage")
    for query in QUERIES:
        vector = encoder.embed([query], "query")[0]
        near = numpy.argsort(-(passages @ vector), kind="stable")[:3]
        moved = own * vector + (1 - own) * passages[near].mean(axis=0)
        scores = dict(zip(TEXTS, (passages @ moved).tolist(), strict=True))
        found = retriever.search(query, 9)
        assert [each.id for each in found] == sorted(scores, key=lambda name: -scores[name])
        assert {each.id: each.score for each in found} == pytest.approx(scores, abs=1e-5)
        assert list(retriever.rewrite(query).documents) == [list(TEXTS)[place] for place in near]
    assert retriever.name == f"dense+{method}"


def test_rankings_of_the_query_joined_with_texts_vote(texts: Path) -> None:
    encoder = encoders.encoder(encoders.entry(encoders.DEFAULT))
    retriever = feedback.open_borda(str(texts))
    passages = encoder.embed([f"{title} {text}" for title, text in TEXTS.values()], "passage")
    names, query = list(TEXTS), QUERIES[1]
    first = numpy.argsort(-(passages @ encoder.embed([query], "query")[0]), kind="stable")
    asked = [query, *(f"{query} {' '.join(TEXTS[names[place]])}" for place in first[:3])]
    votes = dict.fromkeys(names, 0.0)
    for vector in encoder.embed(asked, "query"):
        for rank, place in enumerate(numpy.argsort(-(passages @ vector), kind="stable")):
            votes[names[place]] += 6 - rank
    found = retriever.search(query, 9)
    assert {each.id: each.score for each in found} == votes
    assert [each.rank for each in found] == [1, 2, 3, 4, 5, 6]
    assert list(retriever.rewrite(query).documents) == [names[place] for place in first[:3]]
    assert (retriever.name, retriever.score_name) == ("dense+borda", "Borda votes")


def test_only_feedback_rewrites(texts: Path) -> None:
    assert isinstance(feedback.open_rm3(str(texts)), Rewrites)
    assert not isinstance(bm25.open_index(str(texts)), Rewrites)
    assert not isinstance(dense.open_index(str(texts)), Rewrites)


async def test_a_search_tells_what_the_query_became(texts: Path) -> None:
    service = Service(Settings(index=str(texts), reranker="none", retriever="bm25+rm3"))
    events = [event async for event in search(service.prepare("salt water", service.settings))]
    assert [type(event) for event in events[:3]] == [SearchStarted, Rewritten, Retrieved]
    rewritten = events[1]
    assert isinstance(rewritten, Rewritten)
    assert (rewritten.by, rewritten.documents[0]) == ("RM3", "sea")
    plain = service.settings.changed({"retriever": "bm25"})
    events = [event async for event in search(service.prepare("salt water", plain))]
    assert [type(event) for event in events[:2]] == [SearchStarted, Retrieved]


def test_by_command(texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = tmp_path / "r.jsonl"
    search = ["search", "salt water", "--index", str(texts), "--reranker", "none", "--format", "json"]
    main([*search, "--retriever", "dense+rocchio", "--record", str(record)])
    assert json.loads(capsys.readouterr().out)["ranking"][0]["id"] == "sea"
    rewritten = next(event for event in read(record) if isinstance(event, Rewritten))
    assert (rewritten.query, rewritten.by, rewritten.documents[0]) == ("salt water", "Rocchio", "sea")

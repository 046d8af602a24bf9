"""More like documents that a reader marked: what is searched for, and that it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest

from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.events import Retrieved, Rewritten, SearchStarted
from rankr1_app.inquiry import Inquiry
from rankr1_app.pipeline import search
from rankr1_app.retrieval import bm25, dense, encoders, exact, feedback, hybrid, marked
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from tests.retrieval.conftest import TEXTS

QUERY = "hot stones"


def test_the_words_of_marked_documents_are_searched_for_with_their_weights(texts: Path) -> None:
    plain = bm25.open_index(str(texts))
    found = marked.like(plain, ["sea"])
    assert isinstance(found, marked.Words)
    weights = found.weights(QUERY)
    assert sum(weights.values()) == pytest.approx(1)
    assert {"hot", "stone", "moon", "tide"} <= set(weights)
    assert weights["hot"] == pytest.approx(0.25)
    assert list(weights.values()) == sorted(weights.values(), reverse=True)
    rewritten = found.rewrite(QUERY)
    assert (rewritten.by, rewritten.documents) == ("RM3 with the documents that were marked", ("sea",))
    assert {term.term: term.weight for term in rewritten.terms} == weights
    ranking = found.search(QUERY, 9)
    assert "sea" not in {each.id for each in plain.search(QUERY, 9)}
    assert "sea" in {each.id for each in ranking}
    for each in ranking:
        terms = found.terms(QUERY, each.id)
        assert sum(term.weight for term in terms) == pytest.approx(each.score, abs=1e-4)
    assert len(marked.like(plain, ["sea", "tea"]).search(QUERY, 1)) == 1


def test_without_a_word_of_its_own_the_query_is_that_of_the_documents(texts: Path) -> None:
    found = marked.like(bm25.open_index(str(texts)), ["sea"])
    assert isinstance(found, marked.Words)
    assert sum(found.weights("the of").values()) == pytest.approx(1)
    assert found.search("the of", 1)[0].id == "sea"


def test_a_word_of_many_documents_is_not_taken(texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = marked.like(bm25.open_index(str(texts)), ["sea"])
    assert isinstance(found, marked.Words)
    assert "water" in found.weights("bread")
    monkeypatch.setattr(marked, "LEAST", 1)
    assert "water" not in found.weights("bread")
    assert "water" in found.weights("water")


def test_the_vector_moves_half_way(texts: Path) -> None:
    encoder = encoders.encoder(encoders.entry(encoders.DEFAULT))
    passages = encoder.embed([f"{title} {text}" for title, text in TEXTS.values()], "passage")
    names = list(TEXTS)
    mean = passages[[names.index("sea"), names.index("law")]].mean(axis=0)
    moved = 0.5 * encoder.embed([QUERY], "query")[0] + 0.5 * mean
    moved = moved / numpy.linalg.norm(moved)
    found = marked.like(dense.open_index(str(texts)), ["sea", "law", "sea"])
    scores = dict(zip(names, (passages @ moved).tolist(), strict=True))
    ranking = found.search(QUERY, 9)
    assert {each.id: each.score for each in ranking} == pytest.approx(scores, abs=1e-5)
    assert isinstance(found, marked.Meaning)
    assert found.places(QUERY, ["law"])["law"][1] == pytest.approx(scores["law"], abs=1e-5)
    assert found.rewrite(QUERY).documents == ("sea", "law")


def test_what_cannot_be_marked_is_refused(texts: Path, tmp_path: Path) -> None:
    plain = bm25.open_index(str(texts))
    with pytest.raises(Problem, match="document 'nope' is not in index 'texts'"):
        marked.like(plain, ["sea", "nope"])
    with pytest.raises(Problem, match="21 documents are marked, at most 20 are looked at"):
        marked.like(plain, [str(number) for number in range(21)])
    numpy.savez(
        tmp_path / "v.npz", ids=["sea"], vectors=numpy.ones((1, 2)), queries=["q"], query_vectors=numpy.ones((1, 2))
    )
    (tmp_path / "v.npz").rename(texts.with_name(f"{texts.name}.vectors.npz"))
    try:
        with pytest.raises(Problem, match="retriever 'exact' cannot look for more like marked documents"):
            marked.like(exact.open_index(str(texts)), ["sea"])
    finally:
        texts.with_name(f"{texts.name}.vectors.npz").unlink()


@pytest.mark.parametrize("made", [feedback.open_rm3, feedback.open_dense_rocchio, hybrid.open_index])
def test_every_kind_takes_marks(texts: Path, made: Any) -> None:
    found = marked.like(made(str(texts)), ["law"])
    assert "law" in [each.id for each in found.search(QUERY, 3)]


async def test_a_search_tells_which_documents_it_is_like(texts: Path) -> None:
    service = Service(Settings(index=str(texts), reranker="none"))
    events = [event async for event in search(service.prepare(QUERY, service.settings, like=["sea"]))]
    started, rewritten, retrieved = events[:3]
    assert isinstance(started, SearchStarted)
    assert started.like == ("sea",)
    assert isinstance(rewritten, Rewritten)
    assert rewritten.by == "RM3 and Rocchio with the documents that were marked"
    assert isinstance(retrieved, Retrieved)
    assert "sea" in [each.id for each in retrieved.candidates[:2]]
    asked = Inquiry(service, service.settings, QUERY, ("sea",))
    (about,) = asked.find("sea")["documents"]
    assert about["rank"] == [each.id for each in retrieved.candidates].index("sea") + 1
    assert "moon" in {term["stem"] for term in about["terms"]}


def test_by_command(texts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["search", QUERY, "--index", str(texts), "--reranker", "none", "--like", "sea", "--like", "law"]
    main(command)
    said = " ".join(capsys.readouterr().out.split())
    assert "Searched for by RM3 and Rocchio with the documents that were marked: hot 0.25," in said
    main([*command, "--format", "json"])
    assert json.loads(capsys.readouterr().out)["rewritten"]["documents"] == ["sea", "law"]
    with pytest.raises(SystemExit):
        main([*command, "--like", "nope"])
    assert "document 'nope' is not in index" in capsys.readouterr().err

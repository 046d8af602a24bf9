"""Retrieval by words and by meaning at once, and when it is the one that is used."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from rankr1_app import inquiry, retrieval
from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.events import Retrieved, Source
from rankr1_app.inquiry import Inquiry
from rankr1_app.pipeline import search
from rankr1_app.plan import public, resolve
from rankr1_app.retrieval import bm25, dense, fusion, hybrid, indexes
from rankr1_app.retrieval.protocol import Choices
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from tests.doubles import Fixed, candidates

QUERY = "a vehicle and its engine"


def test_every_candidate_says_where_each_part_had_it(texts: Path) -> None:
    retriever = hybrid.open_index(str(texts))
    words, meaning = bm25.open_index(str(texts)).search(QUERY, 9), dense.open_index(str(texts)).search(QUERY, 9)
    found = retriever.search(QUERY, 9)
    assert [candidate.rank for candidate in found] == [1, 2, 3, 4, 5, 6]
    assert {source.retriever for candidate in found for source in candidate.sources} == {"bm25", "dense"}
    for candidate in found:
        expected = [
            Source(retriever=kind, rank=each.rank, score=each.score, score_name=name, best=part[0].score)
            for kind, name, part in (("bm25", "BM25", words), ("dense", "cosine similarity", meaning))
            for each in part
            if each.id == candidate.id
        ]
        assert [replace(source, near=None) for source in candidate.sources] == expected
    fused = fusion.min_max([[(each.id, each.score) for each in part] for part in (words, meaning)], [0.5, 0.5])
    assert [each.id for each in found] == [name for name, _ in fused]
    assert [each.score for each in found] == pytest.approx([score for _, score in fused])
    assert (retriever.name, retriever.index, retriever.score_name) == ("hybrid", "texts", "fused score")
    assert retriever.document("tea") == bm25.open_index(str(texts)).document("tea")


def test_what_is_near_to_the_query_and_the_first_documents_together_is_told(
    texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hybrid, "FIRST", 4)
    found = hybrid.open_index(str(texts)).search(QUERY, 6)
    index = dense.open_index(str(texts)).current.get()
    rows = {each.id: index.vectors.matrix[index.texts.number(each.id)] for each in found}
    first = sum(rows[each.id] for each in found[:4]) / 4
    near = 0.7 * index.embedded(QUERY) + 0.3 * first
    for candidate in found:
        by_words, by_meaning = (
            next((source for source in candidate.sources if source.retriever == kind), None)
            for kind in ("bm25", "dense")
        )
        assert by_words is None or by_words.near is None
        assert by_meaning is not None
        assert by_meaning.near == pytest.approx(float(rows[candidate.id] @ near / numpy.linalg.norm(near)), abs=1e-5)
        assert by_meaning.near != pytest.approx(by_meaning.score, abs=1e-3)


def test_fusion_can_be_chosen(texts: Path) -> None:
    words = hybrid.open_index(str(texts), Choices(dense_weight=0.0)).search(QUERY, 1)
    assert [each.id for each in words] == [each.id for each in bm25.open_index(str(texts)).search(QUERY, 1)]
    meaning = hybrid.open_index(str(texts), Choices(dense_weight=1.0)).search(QUERY, 6)
    assert [each.id for each in meaning] == [each.id for each in dense.open_index(str(texts)).search(QUERY, 6)]
    ranks = hybrid.open_index(str(texts), Choices(fusion="rrf"))
    assert ranks.search(QUERY, 1)[0].score == pytest.approx(2 / 61)
    assert ranks.score_name == "sum of reciprocal ranks"


def test_more_than_two_are_fused() -> None:
    parts = tuple(Fixed(candidates(values), name=f"p{n}") for n, values in enumerate([(1, 2), (2, 3), (2, 1)]))
    found = hybrid.Hybrid(parts, fusion.reciprocal_ranks, "ranks").search("q", 2)
    assert [(each.id, [source.retriever for source in each.sources]) for each in found] == [
        ("d2", ["p0", "p1", "p2"]),
        ("d1", ["p0", "p2"]),
    ]


def test_the_retriever_is_hybrid_where_there_are_vectors(
    texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another test may have built the vectors of the demo collection.
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "home"))
    plan = resolve(Settings(index=str(texts)))
    assert (plan.retriever, plan.note) == ("hybrid", "")
    assert public(Settings(index=str(texts)))["retriever"] == "hybrid"
    assert resolve(Settings(index=str(texts), retriever="bm25")).retriever == "bm25"
    (tmp_path / "c.jsonl").write_text('{"id": "a", "text": "b"}\n')
    plain = indexes.build(tmp_path / "c.jsonl", "plain", tmp_path)[0]
    for index in (plain.folder, "nowhere", "demo"):
        plan = resolve(Settings(index=index))
        assert plan.retriever == "bm25"
        assert plan.note == f"found by words alone (BM25), since index {index!r} has no vectors yet"
    assert resolve(Settings(index=plain.folder, retriever="bm25")).note == ""
    with pytest.raises(Problem, match="index 'plain' has no vectors, `rankr1 index build --dense --name plain` adds"):
        hybrid.open_index(plain.folder)


def test_by_command(texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["search", QUERY, "--reranker", "none", "--format", "json", "--index"]
    main([*asked, str(texts)])
    found = json.loads(capsys.readouterr().out)
    assert found["settings"]["retriever"] == "hybrid"
    assert found["note"] == ""
    first = found["ranking"][0]
    assert (first["id"], first["first_stage_rank"]) == ("car", 1)
    assert [source["retriever"] for source in first["sources"]] == ["bm25", "dense"]
    main([*asked, str(texts), "--fusion", "rrf"])
    assert json.loads(capsys.readouterr().out)["ranking"][0]["first_stage_score"] == pytest.approx(2 / 61)
    (tmp_path / "c.jsonl").write_text('{"id": "a", "text": "vehicle engine"}\n')
    indexes.build(tmp_path / "c.jsonl", "plain", tmp_path)
    main([*asked, str(tmp_path / "plain")])
    out, err = capsys.readouterr()
    assert json.loads(out)["note"].startswith("found by words alone (BM25), since index ")
    assert "note: found by words alone" in err
    main([*asked, str(tmp_path / "plain"), "--retriever", "bm25"])
    assert json.loads(capsys.readouterr().out)["note"] == ""


def test_a_documents_story_has_words_and_sentences(texts: Path) -> None:
    asked = Inquiry(Service(Settings(index=str(texts), reranker="none")), Settings(index=str(texts)), QUERY)
    (found,) = asked.find("car")["documents"]
    assert [source["retriever"] for source in found["sources"]] == ["bm25", "dense"]
    assert sum(term["weight"] for term in found["terms"]) == pytest.approx(found["sources"][0]["score"], abs=1e-4)
    assert found["encoder"] == "all-MiniLM-L6-v2"
    assert found["sentences"][0]["text"] in {"An automobile needs petrol.", "Its engine burns it.", "Cars"}
    plain = replace(asked, settings=Settings(index=str(texts), retriever="bm25"))
    (found,) = plain.find("car")["documents"]
    assert (found["sources"], found["sentences"], found["encoder"]) == ([], [], "")


async def test_a_query_that_no_document_has_a_word_of_is_found_by_meaning_and_says_so(texts: Path) -> None:
    service = Service(Settings(index=str(texts), reranker="none"))

    async def note(query: str) -> str:
        events = [event async for event in search(service.prepare(query, service.settings))]
        (found,) = (event for event in events if isinstance(event, Retrieved))
        assert len(found.candidates) == 6
        return found.note

    assert (await note("zeppelin")).startswith(
        "Found by meaning alone, since by words nothing was found: no document holds “zeppelin”"
    )
    assert await note(QUERY) == ""


@pytest.mark.parametrize("kind", [kind for kind in retrieval.KINDS if kind not in retrieval.IN_MILVUS])
def test_any_document_has_its_place_however_far_down(texts: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(inquiry, "FARTHEST", 1)
    settings = Settings(index=str(texts), retriever=kind)
    asked = inquiry.Inquiry(Service(settings), settings, QUERY)
    if kind == "exact":
        with pytest.raises(Problem, match="needs them"):
            asked.find("law")
        return
    found = {each: asked.find(each)["documents"][0] for each in ("sea", "car")}
    assert found["car"]["rank"] == 1
    assert found["sea"]["rank"] is None
    places = [] if "bm25" in kind or "borda" in kind else [kind.replace("hybrid", "dense")]
    assert [source["retriever"] for source in found["sea"]["sources"]] == places
    assert bool(found["sea"]["sentences"]) == ("bm25" not in kind)
    if kind in ("dense", "hybrid"):
        near = [each.id for each in dense.open_index(str(texts)).search(QUERY, 9)]
        assert found["sea"]["sources"][0]["rank"] == near.index("sea") + 1


@pytest.mark.parametrize(("name", "value"), [("fusion", "sum"), ("dense_weight", 1.5), ("retriever", "psychic")])
def test_wrong_choices_are_refused(name: str, value: object) -> None:
    with pytest.raises(Problem, match="is unknown, known are|is out of range"):
        Settings().changed({name: value})

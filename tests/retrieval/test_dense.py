"""Retrieval by meaning, with the encoder that comes with the product."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import Candidate
from rankr1_app.retrieval import bm25, dense, encoders, indexes, vectors
from rankr1_app.retrieval.protocol import Choices, Explains, Resembles
from tests.retrieval.conftest import TEXTS
from tests.retrieval.embedder import Server


def test_other_words_for_the_same_are_found(texts: Path) -> None:
    retriever = dense.open_index(str(texts))
    found = retriever.search("why is my motor vehicle out of fuel", 3)
    assert (found[0].id, found[0].title) == ("car", "Cars")
    assert [candidate.rank for candidate in found] == [1, 2, 3]
    assert sorted((candidate.score for candidate in found), reverse=True) == [candidate.score for candidate in found]
    assert (retriever.name, retriever.index, retriever.score_name) == ("dense", "texts", "cosine similarity")
    assert [candidate.id for candidate in bm25.open_index(str(texts)).search("fuel", 3)] == []
    assert isinstance(retriever, Resembles)
    assert not isinstance(retriever, Explains)


def test_order_and_scores_are_those_of_brute_force(texts: Path) -> None:
    encoder = encoders.encoder(encoders.entry(encoders.DEFAULT))
    passages = encoder.embed([f"{title} {text}" for title, text in TEXTS.values()], "passage")
    retriever = dense.open_index(str(texts))
    for query in ("tides", "how does bread rise", "selling a car", "rock"):
        scores = dict(zip(TEXTS, (passages @ encoder.embed([query], "query")[0]).tolist(), strict=True))
        found = retriever.search(query, 100)
        assert [candidate.id for candidate in found] == sorted(scores, key=lambda name: -scores[name])
        assert {candidate.id: candidate.score for candidate in found} == pytest.approx(scores, abs=1e-5)


def test_a_document_by_its_id(texts: Path) -> None:
    retriever = dense.open_index(str(texts))
    title, text = TEXTS["tea"]
    assert retriever.document("tea") == Candidate(id="tea", title=title, text=text, rank=0, score=0.0)
    assert retriever.document("coffee") is None


def test_the_sentences_nearest_in_meaning(texts: Path) -> None:
    retriever = dense.open_index(str(texts))
    found = retriever.document("sea")
    assert found is not None
    sentences = retriever.sentences("lunar gravity", found)
    assert sentences[0].text == "The moon pulls at it, so that there are tides."
    assert [each.nearness for each in sentences] == sorted((each.nearness for each in sentences), reverse=True)
    assert retriever.encoder == "all-MiniLM-L6-v2"
    assert retriever.sentences("moon", Candidate(id="x", title="", text=" ", rank=0, score=0.0)) == ()


def test_a_text_is_divided_into_sentences() -> None:
    text = "One is 3.5. Two!\nThree? 四。五 and no end"
    document = Candidate(id="x", title="T", text=text, rank=0, score=0.0)
    assert dense.divided(document) == ["T", "One is 3.5.", "Two!", "Three?", "四。", "五 and no end"]


def test_another_encoder_is_refused(texts: Path, tmp_path: Path) -> None:
    shutil.copytree(texts, tmp_path / "texts")
    meta = tmp_path / "texts" / "meta.json"
    about = json.loads(meta.read_text())
    for change, words in (
        ({"pooling": "cls", "tokens": 128}, "another 'all-MiniLM-L6-v2' than the catalogue's: .*pooling.* differ"),
        ({"name": "gone"}, "encoder 'gone' is unknown"),
    ):
        fresh = {**about, "vectors": {**about["vectors"], "encoder": {**about["vectors"]["encoder"], **change}}}
        meta.write_text(json.dumps(fresh))
        with pytest.raises(Problem, match=words):
            dense.open_index(str(tmp_path / "texts"))


def test_an_index_that_is_replaced(texts: Path, tmp_path: Path) -> None:
    shutil.copytree(texts, tmp_path / "texts")
    retriever = dense.open_index(str(tmp_path / "texts"))
    assert retriever.search("tides", 1)[0].id == "sea"
    corpus = tmp_path / "c.jsonl"
    corpus.write_text('{"id": "new", "text": "High tide comes twice a day."}\n')
    info = indexes.build(corpus, "texts", tmp_path)[0]
    with pytest.raises(Problem, match="index '.*' changed while it was open: index 'texts' has no vectors"):
        retriever.search("tides", 1)
    vectors.build(info, encoders.encoder(encoders.entry(encoders.DEFAULT)))
    assert [candidate.id for candidate in retriever.search("tides", 5)] == ["new"]


def test_queries_are_encoded_by_a_server(tmp_path: Path, data_folder: Path) -> None:
    own = data_folder / "encoders.toml"
    own.write_text(
        '["two"]\nabout = ""\nmodel = "m"\ndimension = 2\ntokens = 40\npooling = "mean"\nlicence = ""\n'
        'query = "q: "\nnormalised = false\n'
    )
    corpus = tmp_path / "c.jsonl"
    corpus.write_text("".join(f'{{"id": "{n}", "text": "{"x" * n}"}}\n' for n in (1, 5, 3)))
    try:
        with Server() as server:
            info = indexes.build(corpus, "lengths", tmp_path)[0]
            vectors.build(info, encoders.encoder(encoders.entry("two"), server.url))
            retriever = dense.open_index(str(tmp_path / "lengths"), Choices(encoder_url=server.url))
            found = retriever.search("abc", 3)
        assert [(candidate.id, candidate.score) for candidate in found] == [("5", 30.0), ("3", 18.0), ("1", 6.0)]
        assert retriever.score_name == "inner product"
    finally:
        own.unlink()


def test_queries_that_come_at_the_same_time_are_encoded_at_once(texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    retriever = dense.open_index(str(texts))
    alone = {query: retriever.search(query, 3) for query in ("salt water", "an engine", "a loaf")}
    index = retriever.current.get()
    index.recent.clear()
    embed, sizes = index.encoder.embed, []

    def counted(queries: Sequence[str], role: encoders.Role) -> Any:
        sizes.append(len(queries))
        return embed(queries, role)

    monkeypatch.setattr(index.encoder, "embed", counted)
    with ThreadPoolExecutor(3) as threads:
        with index.together.lock:
            found = [threads.submit(retriever.search, query, 3) for query in alone]
            while len(index.together.waiting) < 3:
                time.sleep(0.01)
        for query, each in zip(alone, found, strict=True):
            assert [(c.id, round(c.score, 5)) for c in each.result()] == [
                (c.id, round(c.score, 5)) for c in alone[query]
            ]
    assert sizes == [3]

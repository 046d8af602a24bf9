"""BM25: answered from the index that is there now, its parts add up to its score, and what is broken is said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest

from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.paths import DEMO
from rankr1_app.retrieval import exact, indexes
from rankr1_app.retrieval.bm25 import BM25, open_index, stored


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "home"))


def build(tmp_path: Path, name: str, *texts: str) -> None:
    corpus = tmp_path / "c.jsonl"
    corpus.write_text("".join(json.dumps({"id": f"d{n}", "text": text}) + "\n" for n, text in enumerate(texts)))
    indexes.build(corpus, name)


def test_an_index_rebuilt_meanwhile_is_opened_again(tmp_path: Path) -> None:
    build(tmp_path, "mine", "old bread")
    searcher = open_index("mine")
    assert searcher.search("bread", 5)[0].text == "old bread"
    for n in range(5):
        build(tmp_path, "mine", *["new bread", "more bread"] * (n + 1))
        assert len(searcher.search("bread", 100)) == 2 * (n + 1)
        found = searcher.document("d0")
        assert found is not None
        assert found.text == "new bread"
        assert [term.stem for term in searcher.terms("new", "d0")] == ["new"]
        assert searcher.info.documents == 2 * (n + 1)


def test_an_index_deleted_meanwhile_is_said_to_be_gone(tmp_path: Path) -> None:
    build(tmp_path, "mine", "old bread")
    searcher = open_index("mine")
    indexes.delete("mine")
    for ask in (lambda: searcher.search("bread", 5), lambda: searcher.document("d0"), lambda: searcher.note("x")):
        with pytest.raises(Problem, match="index 'mine' changed while it was open: index 'mine' does not exist"):
            ask()
    build(tmp_path, "mine", "new bread")
    assert searcher.search("bread", 5)[0].text == "new bread"


def test_vectors_replaced_meanwhile_are_read_again(tmp_path: Path) -> None:
    build(tmp_path, "mine", "a", "b")
    arrays: dict[str, Any] = {"ids": ["d0", "d1"], "queries": ["q"], "query_vectors": [[1.0]]}
    path = indexes.root() / "mine.vectors.npz"
    numpy.savez(path, vectors=[[1.0], [2.0]], **arrays)
    searcher = exact.open_index("mine")
    assert searcher.search("q", 1)[0].id == "d1"
    numpy.savez(path, vectors=[[30.0], [2.0]], **arrays)
    assert searcher.search("q", 1)[0].id == "d0"


def test_a_damaged_lucene_folder_is_one_sentence(tmp_path: Path) -> None:
    build(tmp_path, "mine", "bread")
    for path in (indexes.root() / "mine" / "lucene").glob("segments_*"):
        path.write_bytes(b"nonsense")
    with pytest.raises(Problem, match="mine' cannot be opened: files of Lucene are missing or damaged") as told:
        open_index("mine")
    assert "Exception" not in str(told.value)


@pytest.mark.parametrize("style", ["table", "json", "events"])
def test_a_search_that_finds_nothing_says_why(style: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(tmp_path, "mine", "bread")
    query = ["search", "to be or not to be", "--index", "mine", "--reranker", "none", "--format", style]
    main(query)
    out, err = capsys.readouterr()
    sentence = "Nothing was found: the English analyser drops “to”, “be”, “or” and “not” as stop words"
    assert err == ("" if style == "events" else f"note: {sentence}\n")
    assert (sentence in out) == (style != "table")


def test_files_that_rot_while_they_are_open_are_one_sentence(tmp_path: Path) -> None:
    build(tmp_path, "mine", *(f"bread number {n}" for n in range(200)))
    searcher = open_index("mine")
    assert searcher.search("bread", 5)
    searcher.current.opened = replace(searcher.current.opened, searcher=None)
    for ask in (lambda: searcher.search("number", 5), lambda: searcher.document("d7")):
        with pytest.raises(Problem, match="^index 'mine' cannot be read, its files may be damaged: build it again$"):
            ask()


@pytest.mark.parametrize(
    "change", [{"k1": -1.0}, {"b": 2.0}, {"language": "xx"}, {"k1": float("nan")}, {"documents": 1e300}]
)
def test_a_description_that_no_search_can_follow_is_broken(change: dict[str, object], tmp_path: Path) -> None:
    build(tmp_path, "mine", "bread")
    meta = indexes.root() / "mine" / "meta.json"
    meta.write_text(json.dumps(json.loads(meta.read_text()) | change))
    with pytest.raises(Problem, match="has a broken meta.json, build it again"):
        open_index("mine")
    build(tmp_path, "mine", "bread")
    assert open_index("mine").search("bread", 5)


def test_an_index_without_texts_is_said(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="document 'd1' has no text in its index"):
        stored("d1", None, 1, 1.0)


@pytest.fixture(scope="module")
def demo() -> BM25:
    return open_index("demo")


def test_the_parts_add_up_to_the_score(demo: BM25) -> None:
    topics = [line.split("\t", 1)[1] for line in (DEMO / "topics.tsv").read_text("utf-8").splitlines()]
    seen = 0
    for topic in [*topics, "bread and bread and more bread, dough and doughs"]:
        for hit in demo.search(topic, 5):
            seen += 1
            # A hit's score is rounded to four digits, and lowered by millionths where it ties.
            assert sum(term.weight for term in demo.terms(topic, hit.id)) == pytest.approx(hit.score, abs=3e-4)
    assert seen > 100


def test_stems_stand_for_the_words_of_the_query(demo: BM25) -> None:
    terms = demo.terms("breads bread's rising risings xyzzy", "bread-03")
    assert {term.stem: (term.words, term.often) for term in terms} == {
        "bread": (("breads", "bread's"), 2),
        "rise": (("rising", "risings"), 2),
        "xyzzi": (("xyzzy",), 1),
    }
    assert terms[-1].weight == 0


def test_a_document_by_its_id(demo: BM25) -> None:
    (hit,) = demo.search("bread dough rises", 1)
    found = demo.document(hit.id)
    assert found is not None
    assert (found.title, found.text) == (hit.title, hit.text)
    assert demo.document("no such id") is None

"""The commands around indexes: what they print, and what goes to standard error while they work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rankr1_app import indexing
from rankr1_app.errors import Problem
from rankr1_app.indexing import how_of, tell, understood
from rankr1_app.retrieval import cluster, fetch, indexes, known, vectors
from rankr1_app.retrieval import push as pushing
from rankr1_app.retrieval.fields import How
from rankr1_app.retrieval.indexes import IndexInfo, VectorsInfo
from rankr1_app.retrieval.known import Known
from rankr1_app.retrieval.report import Report

INFO = IndexInfo(name="mine", documents=3, bytes=9, created="", source="c.jsonl", fingerprint="abc")
VECTORS = VectorsInfo(encoder={"name": "two"}, folder="v", lists=0, probes=0, cut=0)


def reported() -> Report:
    report = Report(documents=3)
    report.notes.append("columns id and text are read")
    report.skipped.update({"no id": 2})
    report.examples["no id"] = ["c.csv line 3", "c.csv line 9"]
    return report


def test_a_build_says_what_was_indexed_and_what_was_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {}

    def build(corpus: Path, name: str, folder: Path | None, **how: Any) -> tuple[IndexInfo, Report]:
        asked.update(how, corpus=corpus, name=name, folder=folder)
        how["progress"](Report(documents=2, bytes=5_000_000))
        return INFO, reported()

    monkeypatch.setattr(indexes, "build", build)
    indexing.build(Path("c.csv"), "mine", Path("d"), "de", True, "id=Ref,text=What")
    out, err = capsys.readouterr()
    assert out == "mine\t3 documents\n"
    assert err.splitlines()[-2:] == [
        "columns id and text are read",
        "skipped 2: no id, first at c.csv line 3; c.csv line 9",
    ]
    assert (asked["corpus"], asked["folder"], asked["language"], asked["strict"]) == (
        Path("c.csv"),
        Path("d"),
        "de",
        True,
    )
    assert asked["how"] == how_of("id=Ref,text=What") != How({})


def test_columns_that_are_none_are_refused() -> None:
    assert how_of("") == How({})
    with pytest.raises(Problem, match="columns 'nonsense'"):
        how_of("nonsense")


def test_a_corpus_that_was_read_whole_is_told_nothing_of(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Report(documents=3))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ({"id": "ref", "title": "", "text": "body"}, "id from ref, text from body"),
        (
            {"id": "", "title": "head", "text": "body"},
            "id from the number of the line, title from head, text from body",
        ),
    ],
)
def test_what_columns_are_taken_for(chosen: dict[str, str], text: str) -> None:
    assert understood(chosen) == text


def test_a_preview_shows_files_first_documents_and_how_many_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "a.csv"
    corpus.write_text("id,title,text\n1,Tin,Tin is soft.\n2,,Copper\n")
    indexing.preview(corpus, "")
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "a.csv\ttable\t2 documents\tcolumns id, title, text\tid from id, title from title, text from text",
        "1\t\tTin\tTin is soft.",
        "2\t\t\tCopper",
        "2 documents",
    ]
    assert err == "a.csv: id from id, title from title, text from text\n"


def test_a_corpus_does_not_drive_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = tmp_path / "a\x1b[31m.jsonl"
    row = {"id": "a", "title": "x\x1b[31m\x07", "text": "t\x1b]0;title\x07\u202e", "of\x1b[2J": 1}
    corpus.write_text("".join(json.dumps({**row, "id": name}) + "\n" for name in ("a", "b", "")))
    indexing.preview(tmp_path, "")
    out, err = capsys.readouterr()
    assert "3 documents" not in out
    assert "skipped 1: no id" in err
    assert [line for line in (out + err).splitlines() if not line.replace("\t", "").isprintable()] == []


def test_a_preview_of_what_cannot_be_built_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text("id,text\n")
    with pytest.raises(Problem):
        indexing.preview(tmp_path / "a.csv", "")
    assert "documents\n" not in capsys.readouterr().out.splitlines()[-1:]


def test_an_index_of_the_very_same_text_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = tmp_path / "c.jsonl"
    corpus.write_text('{"id": "a", "text": "tea"}\n')
    there = IndexInfo(**{**vars(INFO), "fingerprint": indexes.fingerprint(corpus)})

    def show(place: str) -> IndexInfo:
        if place != "mine":
            raise Problem("index does not exist")
        return there

    monkeypatch.setattr(indexes, "show", show)
    assert indexing.same_text(corpus, "mine", "en")
    assert capsys.readouterr().err == "index mine is of this very corpus and is kept\n"
    assert not indexing.same_text(corpus, "mine", "de"), "another language is another index"
    assert not indexing.same_text(corpus, "other", "en")
    assert not indexing.same_text(tmp_path, "mine", "en"), "a folder may have changed without a trace"
    corpus.write_text('{"id": "a", "text": "milk"}\n')
    assert not indexing.same_text(corpus, "mine", "en")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("made", "how", "cut"),
    [
        (VECTORS, "all of which are searched", ""),
        (
            VectorsInfo(**{**vars(VECTORS), "lists": 40, "probes": 8, "cut": 2}),
            "40 lists, of which 8 are searched",
            "2 documents are longer than the 4 tokens encoded of them",
        ),
    ],
)
def test_vectors_say_how_they_are_searched(
    made: VectorsInfo, how: str, cut: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(info: IndexInfo, encoder: object, tell: Callable[[vectors.Progress], None]) -> IndexInfo:
        tell(vectors.Progress(1, 3, 0))
        return IndexInfo(**{**vars(info), "vectors": made})

    monkeypatch.setattr(vectors, "build", build)
    monkeypatch.setattr(indexes, "show", lambda place: INFO)
    encoder: Any = SimpleNamespace(entry=SimpleNamespace(name="two", tokens=4), place="cpu")
    indexing.add_vectors("mine", encoder)
    out, err = capsys.readouterr()
    assert out == f"mine\t3 vectors by two, {how}\n"
    assert "encoding with two on cpu" in err
    assert (cut in err) if cut else ("longer" not in err)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "3 documents, 7 terms"),
        ({"unchanged": True}, "3 documents, 7 terms, there already"),
        ({"start": 2, "replaced": True}, "3 documents, 7 terms, gone on from document 2, in place of an older one"),
        (
            {"info": IndexInfo(**{**vars(INFO), "vectors": VECTORS})},
            "3 documents, 7 terms, vectors by two",
        ),
    ],
)
def test_a_push_says_what_is_in_milvus_now(
    given: dict[str, Any], text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = {"info": INFO, "terms": 7, "unchanged": False, "start": 0, "replaced": False, **given}

    def push(name: str, milvus: object, tell: Callable[[str, int], None]) -> SimpleNamespace:
        assert (name, milvus) == ("mine", "milvus at x.db")
        tell("terms", 4)
        tell("documents", 2)
        return SimpleNamespace(**done)

    monkeypatch.setattr(cluster, "connect", lambda place, make: f"milvus at {place}" if make else "")
    monkeypatch.setattr(pushing, "push", push)
    monkeypatch.setattr(indexes, "show", lambda name: INFO)
    indexing.push("mine", "x.db")
    assert capsys.readouterr().out == f"mine\t{text}\n"


KNOWN = Known(name="toy", about="Toy passages", url="", bytes=2_400_000, md5="", documents=3, licence="CC0")


def test_a_fetch_says_the_licence_before_and_the_documents_after(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fetched(found: Known, tell: Callable[[str, int], None]) -> IndexInfo:
        tell("fetching", 100)
        return INFO

    monkeypatch.setattr(known, "entry", lambda name: KNOWN)
    monkeypatch.setattr(fetch, "fetch", fetched)
    indexing.fetch("toy")
    out, err = capsys.readouterr()
    assert out == "mine\t3 documents\n"
    assert err.startswith("Toy passages: 3 documents, 2 MB, CC0\n")


def test_known_indexes_are_listed_with_size_and_licence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(known, "entries", lambda: {"toy": KNOWN})
    indexing.known_indexes()
    assert capsys.readouterr().out == "toy\t3 documents\t2 MB\tCC0\n"


def test_an_index_is_shown_with_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "show", lambda name: IndexInfo(**{**vars(INFO), "vectors": VECTORS}))
    found = indexing.shown_index("mine")
    assert (found["name"], found["documents"], found["language"]) == ("mine", 3, "en")
    assert found["vectors"]["encoder"] == {"name": "two"}

"""Commands about indexes: what is asked for is carried out, and a preview builds nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rankr1_app import indexing
from rankr1_app.retrieval import encoders, indexes
from rankr1_app.retrieval.indexes import IndexInfo, write_meta

from .conftest import Run


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What was carried out, in place of doing it; an index of the same text is there as `kept`."""
    made: list[tuple[Any, ...]] = []
    for name in ("build", "add_vectors", "push", "fetch", "known_indexes"):
        monkeypatch.setattr(indexing, name, lambda *given, name=name: made.append((name, *given)))
    monkeypatch.setattr(indexing, "same_text", lambda corpus, place, language: place == "kept")
    monkeypatch.setattr(encoders, "encoder", lambda entry, url: (entry.name, url))
    return made


def put(name: str) -> IndexInfo:
    """Let an index be there, of which nothing but its description is read."""
    info = IndexInfo(name=name, documents=3, bytes=9, created="", source="c.jsonl", fingerprint="abc")
    (indexes.root() / name).mkdir(parents=True)
    write_meta(indexes.root() / name / "meta.json", info)
    return info


def test_an_index_is_built_of_a_corpus(rankr1: Run, calls: list[tuple[Any, ...]]) -> None:
    assert rankr1("index", "build", "c.jsonl", "--name", "mine", "--language", "de", "--strict")[0] == 0
    assert calls == [("build", Path("c.jsonl"), "mine", None, "de", True, "")]


def test_vectors_are_added_to_what_was_built_or_is_there(rankr1: Run, calls: list[tuple[Any, ...]]) -> None:
    vectors = ("add_vectors", "mine", (encoders.DEFAULT, "http://e:1/v1"))
    assert rankr1("index", "build", "--name", "mine", "--dense", "--encoder-url", "http://e:1/v1")[0] == 0
    assert calls == [vectors]
    assert rankr1("index", "build", "c", "--name", "kept", "--dense")[0] == 0
    assert calls[1:] == [("add_vectors", "kept", (encoders.DEFAULT, ""))], "the same text is not read again"
    assert rankr1("index", "build", "c", "--name", "kept", "--dense", "--columns", "id=a,text=b")[0] == 0
    assert [name for name, *_ in calls[2:]] == ["build", "add_vectors"], "other columns are another text"
    assert rankr1("index", "build", "c", "--name", "kept")[0] == 0
    assert [name for name, *_ in calls[4:]] == ["build"], "without --dense it is built as it was asked for"


def test_vectors_of_an_index_in_a_folder_are_added_there(rankr1: Run, calls: list[tuple[Any, ...]]) -> None:
    assert rankr1("index", "build", "--name", "mine", "--dir", "there", "--dense")[0] == 0
    assert calls[0][1] == "there/mine"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["build", "--name", "mine"], "Missing argument 'CORPUS', which only --dense goes without."),
        (["push", "mine"], "Missing option '--milvus', the address of Milvus."),
    ],
)
def test_what_is_missing_is_named(arguments: list[str], says: str, rankr1: Run, calls: list[tuple[Any, ...]]) -> None:
    assert rankr1("index", *arguments) == (2, "", f"error: {says}\n")
    assert calls == []


def test_an_encoder_that_is_unknown_is_refused_before_anything_is_built(
    rankr1: Run, calls: list[tuple[Any, ...]]
) -> None:
    status, _, err = rankr1("index", "build", "c", "--name", "mine", "--dense", "--encoder", "nope")
    assert (status, calls) == (1, [])
    assert "'nope'" in err


def test_indexes_are_fetched_by_name_and_listed_without_one(rankr1: Run, calls: list[tuple[Any, ...]]) -> None:
    assert rankr1("index", "fetch")[0] == 0
    assert rankr1("index", "fetch", "toy")[0] == 0
    assert rankr1("index", "push", "mine", "--milvus", "x.db")[0] == 0
    assert calls == [("known_indexes",), ("fetch", "toy"), ("push", "mine", "x.db")]


def test_indexes_are_listed_shown_and_deleted(rankr1: Run, home: Path) -> None:
    put("mine")
    status, out, _ = rankr1("index", "list")
    assert status == 0
    assert [line.split("\t")[0] for line in out.splitlines()] == ["demo", "mine"]
    assert "mine\t3 documents\n" in out
    found = json.loads(rankr1("index", "show", "mine")[1])
    assert (found["name"], found["documents"], found["vectors"]) == ("mine", 3, None)
    assert rankr1("index", "delete", "mine") == (0, "", "deleted mine\n")
    assert "mine" not in rankr1("index", "list")[1]
    status, _, err = rankr1("index", "delete", "mine")
    assert (status, err) == (1, "error: index 'mine' was not built here, rankr1 index list names those that were\n")


def test_a_preview_builds_nothing(rankr1: Run, tmp_path: Path, home: Path) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text(
        "Ref;No;What it says;Price\nA-1;1;Copper pipes turn green in wet air.;2\n;2;nothing;3\nA-2;3;Tin;4\n"
    )
    status, out, err = rankr1("index", "preview", str(odd))
    assert (status, out) == (1, "odd.csv\ttable\t0 documents\tcolumns ref, no, what_it_says, price\n")
    assert "--columns" in err
    status, out, err = rankr1("index", "preview", str(odd), "--columns", "id=Ref,text=What it says")
    assert status == 0
    assert out.splitlines() == [
        "odd.csv\ttable\t2 documents\tcolumns ref, no, what_it_says, price\tid from ref, text from what_it_says",
        "A-1\t\t\tCopper pipes turn green in wet air.",
        "A-2\t\t\tTin",
        "2 documents",
    ]
    assert "skipped 1: no id, first at odd.csv line 3" in err
    assert rankr1("index", "preview", str(odd), "--columns", "nonsense")[2].startswith("error: columns 'nonsense'")
    assert not (home / "indexes").exists()

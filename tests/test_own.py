"""Documents that visitors bring: a session's files lie apart under a name that does not tell it, within limits, and go
with their index and their recordings."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rankr1_app import own
from rankr1_app.errors import Problem
from rankr1_app.own import Building, Collection, Limits, Shelf, digest
from rankr1_app.retrieval import indexes

PATIENCE = 30.0


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "home"))
    return Shelf(tmp_path / "own")


def opened(shelf: Shelf, **files: str) -> Collection:
    """Return the collection of a new session with files in it."""
    collection = shelf.collection(shelf.open())
    assert collection is not None
    for name, text in files.items():
        (collection.corpus / name).write_text(text)
    return collection


def test_a_session_cannot_be_guessed_from_what_is_kept(shelf: Shelf) -> None:
    session = shelf.open()
    assert own.SESSION.fullmatch(session)
    assert shelf.open() != session
    collection = shelf.collection(session)
    assert collection is not None
    assert session not in str(collection.folder)
    assert collection.folder.name == digest(session)
    assert indexes.OWN.fullmatch(collection.index)
    for name in (collection.folder.name, session[:-1] + "!", "../" * 12, "", "x" * 43):
        assert shelf.collection(name) is None


def test_no_more_collections_than_there_is_room_for(shelf: Shelf) -> None:
    shelf.limits = Limits(collections=2)
    shelf.open()
    shelf.open()
    with pytest.raises(Problem) as refused:
        shelf.open()
    assert str(refused.value) == "2 visitors have documents here, which is the most; try again later"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        *((name, "is not valid, it must not begin with a dot or hold a slash") for name in ("", ".a", "a/b", "a\\b")),
        ("a\nb", "is not valid, it must not begin with a dot or hold a slash"),
        ("é" * 101, "is too long, it may have 200 bytes"),
    ],
)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str, says: str, shelf: Shelf) -> None:
    with pytest.raises(Problem) as refused:
        opened(shelf).place(name)
    assert str(refused.value).endswith(says)


def test_a_name_in_any_script_is_a_name(shelf: Shelf) -> None:
    collection = opened(shelf)
    for name in ("my guide.pdf", "東京.txt", "a..b", "é" * 100):
        assert collection.place(name) == collection.corpus / name


def test_bytes_that_are_left_are_those_of_the_other_files(shelf: Shelf) -> None:
    collection = replace(opened(shelf, a="x" * 60, b="x" * 30), limits=Limits(file=80, bytes=100))
    assert collection.files() == {"a": 60, "b": 30}
    assert (collection.left("c"), collection.left("a"), collection.left("b")) == (10, 70, 40)
    assert replace(collection, limits=Limits(file=50, bytes=100)).left("a") == 50


def test_a_file_may_be_replaced_where_no_more_may_be_added(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    collection = replace(opened(shelf, a="x", b="y"), limits=Limits(files=2))
    assert collection.part("a").parent == collection.folder
    assert collection.part("a") != collection.part("a"), "two uploads do not meet"
    with pytest.raises(Problem) as refused:
        collection.part("c")
    assert str(refused.value) == "there are 2 files, which is the most; put them into one zip archive"
    monkeypatch.setattr(own, "ROOM", 1 << 62)
    with pytest.raises(Problem, match="the disk of the server is nearly full, try again later"):
        collection.part("a")


def test_what_an_upload_left_long_ago_is_swept_by_the_next(shelf: Shelf) -> None:
    collection = opened(shelf)
    old, new = collection.folder / "old.part", collection.folder / "new.part"
    old.write_text("half")
    new.write_text("half")
    os.utime(old, (time.time() - 3601,) * 2)
    collection.part("a")
    assert (old.exists(), new.exists()) == (False, True)


def test_searches_are_noted_and_forgotten_with_the_collection(shelf: Shelf) -> None:
    forgotten: list[tuple[str, list[str]]] = []
    shelf.forget = lambda index, runs: forgotten.append((index, runs))
    collection = opened(shelf, a="x")
    assert collection.runs() == []
    collection.searched("one")
    collection.searched("two")
    shelf.delete(collection)
    assert forgotten == [(collection.index, ["one", "two"])]
    assert not collection.folder.exists()


def test_one_build_of_a_collection_at_a_time(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def make(shelf: Shelf, collection: Collection, choices: object, building: Building) -> None:
        assert go.wait(PATIENCE)
        building.tell("encoding", 2, 3)

    monkeypatch.setattr(Shelf, "make", make)
    collection = opened(shelf)
    with pytest.raises(Problem, match="^there is no file yet, add one$"):
        shelf.build(collection, {})
    (collection.corpus / "a").write_text("x")
    shelf.build(collection, {})
    with pytest.raises(Problem, match="^these documents are being read already, wait or delete them$"):
        shelf.build(collection, {})
    go.set()
    building = shelf.builds[collection.index]
    assert building.over.wait(PATIENCE)
    assert (building.stage, building.done, building.documents, building.wrong) == ("ready", 2, 3, "")
    shelf.build(collection, {})
    assert shelf.builds[collection.index].over.wait(PATIENCE)


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [(Problem("the corpus is empty"), "the corpus is empty"), (KeyError("secret"), "an error inside rankr1")],
)
def test_a_build_that_fails_says_why(
    fault: Exception, wrong: str, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(*_: object) -> None:
        raise fault

    monkeypatch.setattr(Shelf, "make", make)
    collection = opened(shelf, a="x")
    shelf.build(collection, {})
    building = shelf.builds[collection.index]
    assert building.over.wait(PATIENCE)
    assert building.wrong.startswith(wrong)
    assert building.stage == "waiting"


def test_a_build_that_is_stopped_ends_at_its_next_word() -> None:
    building = Building()
    building.tell("reading", 1, 0)
    building.stop.set()
    with pytest.raises(Problem, match="^the build was stopped$"):
        building.tell("reading", 2, 0)
    assert building.done == 1


def test_what_nobody_used_for_too_long_is_deleted(shelf: Shelf) -> None:
    shelf.limits = Limits(hours=1)
    shelf.sweep()
    old, used = opened(shelf), opened(shelf)
    for collection in (old, used):
        os.utime(collection.folder, (time.time() - 3601,) * 2)
    used.used()
    shelf.sweep()
    assert (old.folder.exists(), used.folder.exists()) == (False, True)

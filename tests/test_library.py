"""Searches that were kept: those of this server, newest first, and the gallery, those first that show most."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rankr1_app import library, paths
from rankr1_app.errors import Problem
from rankr1_app.events import (
    Candidate,
    Event,
    Planned,
    Retrieved,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    Totals,
    dumps,
)
from rankr1_app.library import Library, bundled
from rankr1_app.store import Store


def search(query: str, **settings: object) -> list[Event]:
    found = (Candidate(id="a", title="", text="", rank=1, score=1.0),)
    return [
        SearchStarted(query=query, settings=settings, versions={}, seed=1, started=f"when {query}"),
        Retrieved(at=0, index="i", retriever="r", score_name="s", candidates=found, seconds=0),
        SearchFinished(at=1, ranking=("a",), settled=0, totals=Totals()),
    ]


def keep(store: Store, number: int, *events: Event) -> str:
    """Write a recording that is so many seconds old."""
    run = f"{number:016x}"
    store.folder.mkdir(exist_ok=True)
    store.path(run).write_text("\n".join(map(dumps, events)), "utf-8")
    os.utime(store.path(run), (10_000 - number, 10_000 - number))
    return run


def test_recordings_are_listed_newest_first_without_those_that_cannot_be_read(tmp_path: Path) -> None:
    store = Store(tmp_path / "kept")
    assert Library(store).recordings() == []
    old = keep(store, 2, *search("old"))
    new = keep(store, 1, *search("new"))
    store.path(keep(store, 3)).write_text("{")
    keep(store, 4)
    keep(store, 5, Planned(at=0.0, calls=1))
    assert Library(store).recordings() == [
        {"id": new, "query": "new", "started": "when new"},
        {"id": old, "query": "old", "started": "when old"},
    ]


def test_a_list_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "LISTED", 2)
    store = Store(tmp_path)
    runs = [keep(store, number, *search(str(number))) for number in range(4)]
    assert [each["id"] for each in Library(store).recordings()] == runs[:2]


def test_a_recording_is_read_by_its_id_and_nothing_else_is(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run = keep(store, 1, *search("tea"))
    assert list(Library(store).events(run)) == search("tea")
    with pytest.raises(FileNotFoundError):
        Library(store).events("0" * 16)
    for name in ("../x", "", "x" * 16):
        with pytest.raises(Problem, match="is not an id, one is 16 hexadecimal digits"):
            Library(store).events(name)


def test_a_search_of_the_gallery_is_read_by_its_id(tmp_path: Path) -> None:
    shelf = Library(Store(tmp_path))
    first = shelf.gallery()[0]
    begins = next(iter(shelf.events(first["id"])))
    assert isinstance(begins, SearchStarted)
    assert (begins.query, begins.settings["reranker"]) == (first["query"], first["reranker"])


def test_the_gallery_shows_every_search_that_came_with_the_product(tmp_path: Path) -> None:
    found = Library(Store(tmp_path)).gallery()
    assert len(found) == len(list(paths.GALLERY.glob("*.jsonl.gz"))) > 0
    assert {*found[0]} == {"id", "query", "started", "caption", *library.ABOUT}
    worth = {about["id"]: worth for worth, about in bundled(paths.GALLERY)}
    shown = [worth[each["id"]] for each in found]
    assert shown == sorted(shown, reverse=True)


def test_what_a_killed_search_left_is_found_by_its_address(tmp_path: Path) -> None:
    run = f"{7:016x}"
    started, retrieved, _ = search("tea")
    (tmp_path / f".{run}.jsonl.part").write_text(f"{dumps(started)}\n{dumps(retrieved)}\n{{", "utf-8")
    *events, end = Library(Store(tmp_path)).events(run)
    assert events == [started, retrieved]
    assert isinstance(end, SearchFailed)
    assert end.ranking == ("a",)

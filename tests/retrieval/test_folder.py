"""An index folder: replaced whole or not at all, and never at the cost of anything that is not an index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import indexes
from rankr1_app.retrieval.folder import Folder, is_index

META = {"name": "x", "documents": 1, "bytes": 1, "created": "", "source": "c", "fingerprint": "", "version": 2}


def make(place: Path, content: str) -> Path:
    """An index folder, as far as files go; `content` tells one from another."""
    (place / "lucene").mkdir(parents=True, exist_ok=True)
    (place / "lucene" / "segments_1").write_text(content)
    (place / "lucene" / "_0.cfs").write_text(content)
    (place / "meta.json").write_text(json.dumps({**META, "source": content}))
    return place


def content(place: Path) -> set[str]:
    """What the parts of an index say; one text if they belong together."""
    files = {(place / "lucene" / name).read_text() for name in ("segments_1", "_0.cfs")}
    return files | {indexes.read_meta(place).source}


def put(place: Path, what: str) -> None:
    with Folder(place).replaced() as fresh:
        make(fresh, what)


KILL = """
import os, shutil, sys
from pathlib import Path
sys.path[:0] = sys.argv[4:]
from tests.retrieval import test_folder
from rankr1_app.retrieval.folder import Folder
left = int(sys.argv[1])

def killed(act):
    def step(*args, **named):
        global left
        if left == 0:
            os._exit(9)
        left -= 1
        return act(*args, **named)
    return step

for name in ("rename", "mkdir", "unlink", "rmdir"):
    setattr(os, name, killed(getattr(os, name)))
place = Path(sys.argv[3])
Folder(place).delete() if sys.argv[2] == "delete" else test_folder.put(place, "new")
"""


def run_killed(step: int, act: str, place: Path) -> bool:
    """Run `act` in a process that dies before its `step`th change of the disk; whether it came to its end."""
    root = str(Path(__file__).parent.parent.parent)
    return subprocess.run([sys.executable, "-c", KILL, str(step), act, str(place), root]).returncode == 0


def test_a_kill_between_any_two_steps_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    seen = set()
    for step in range(60):
        home = tmp_path / str(step)
        place = make(home / "x", "old")
        done = run_killed(step, "replace", place)
        assert content(Path(indexes.show(str(place)).folder)) in ({"old"}, {"new"}), step
        seen |= content(place)
        put(place, "newer")
        assert content(place) == {"newer"}
        assert sorted(path.name for path in home.iterdir()) == [".x.lock", "x"], step
        if done:
            break
    assert done
    assert step > 10
    assert seen == {"old", "new"}


def test_a_kill_while_deleting_leaves_the_index_or_none(tmp_path: Path) -> None:
    for step in range(60):
        place = make(tmp_path / str(step) / "x", "old")
        done = run_killed(step, "delete", place)
        Folder(place).settle()
        assert not place.exists() or content(place) == {"old"}, step
        put(place, "newer")
        assert content(place) == {"newer"}
        if done:
            break
    assert done
    assert step > 3


def test_an_index_between_two_renames_is_put_back_by_every_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    for end in (".old", ".old.new"):
        for look in (
            lambda: indexes.show("x"),
            lambda: next(i for i in indexes.listed() if i.name == "x"),
            lambda: indexes.delete("x"),
        ):
            make(tmp_path / "indexes" / f".x{end}", "old")
            look()
            assert not (tmp_path / "indexes" / f".x{end}").exists()
            if (tmp_path / "indexes" / "x").exists():
                indexes.delete("x")


def test_an_index_that_is_being_replaced_right_now_is_waited_for(tmp_path: Path) -> None:
    place = make(tmp_path / "x", "old")
    folder, seen = Folder(place), []
    with folder.locked():
        place.rename(folder.old)
        reader = threading.Thread(target=lambda: seen.append(indexes.show(str(place)).source))
        reader.start()
        reader.join(0.3)
        assert reader.is_alive()
        make(place, "new")
    reader.join(10)
    assert seen == ["new"]


def foreign() -> dict[str, Callable[[Path], object]]:
    """Things of a user's that a build must not replace."""

    def folder(place: Path) -> None:
        place.mkdir()
        (place / "thesis.txt").write_text("mine")

    def index_and_more(place: Path) -> None:
        make(place, "old")
        (place / "notes.txt").write_text("mine")

    def more_inside(place: Path) -> None:
        make(place, "old")
        (place / "lucene" / "notes.txt").write_text("mine")

    def linked(place: Path) -> None:
        place.symlink_to(make(place.with_name("elsewhere"), "old"))

    def link_inside(place: Path) -> None:
        make(place, "old")
        (place / "lucene" / "_1.cfs").symlink_to("/etc/hostname")

    def own_meta(place: Path) -> None:
        place.mkdir()
        (place / "meta.json").write_text('{"album": "holiday"}')

    def own_lucene(place: Path) -> None:
        make(place, "old")
        (place / "meta.json").unlink()

    def null_meta(place: Path) -> None:
        place.mkdir()
        (place / "meta.json").write_text("null")

    return {
        "is not an index": folder,
        "holds more than an index": index_and_more,
        "holds more": more_inside,
        "is a link": linked,
        "holds more than": link_inside,
        "is not an inde": own_meta,
        "is not an": own_lucene,
        "is not": null_meta,
        "is not an index ": lambda place: place.mkdir(),
        "is not a folder": lambda place: place.write_text("mine"),
        "is not a folder ": lambda place: os.mkfifo(place),
        "is a link ": lambda place: place.symlink_to("nowhere"),
    }


@pytest.mark.parametrize("what", foreign())
def test_what_is_not_an_index_is_left_as_it_is(what: str, tmp_path: Path) -> None:
    place = tmp_path / "Documents"
    foreign()[what](place)

    def state() -> list[tuple[str, str]]:
        found = [place, *(place.rglob("*") if place.is_dir() else ())]
        return sorted((str(p), p.read_text() if p.is_file() else str(p.lstat().st_mode)) for p in found)

    before = state()
    for act in (partial(put, place, "new"), Folder(place).delete):
        with pytest.raises(Problem, match=rf"Documents' {what}.*move it away") as told:
            act()
        assert "\n" not in str(told.value)
    assert state() == before


def test_something_in_the_way_of_a_build_is_not_swept(tmp_path: Path) -> None:
    for what in ("build", "gone"):
        mine = tmp_path / f".x.{what}" / "thesis.txt"
        mine.parent.mkdir()
        mine.write_text("mine")
        with pytest.raises(Problem, match=rf"\.x\.{what}' is in the way"):
            put(tmp_path / "x", "new")
        assert mine.read_text() == "mine"
        mine.unlink()
        mine.parent.rmdir()


def test_builds_of_names_with_dots_do_not_sweep_each_other(tmp_path: Path) -> None:
    names = ["a", "a.b", "a.build", "a.old", "a.b.build", "a.old.new", "a.lock", "a.abcdefgh"]
    with Folder(tmp_path / "a.b").replaced() as fresh:
        make(fresh, "slow")
        for name in names:
            if name != "a.b":
                put(tmp_path / name, name)
        assert (fresh / "meta.json").exists()
    assert content(tmp_path / "a.b") == {"slow"}
    assert all(content(tmp_path / name) == {name} for name in names if name != "a.b")


def test_leftovers_of_the_first_version_are_swept(tmp_path: Path) -> None:
    make(tmp_path / ".x.ab_c123z.new", "killed")
    make(tmp_path / ".x.y.ab_c123z.new", "another's")
    make(tmp_path / ".x.old.new", "old")
    make(tmp_path / "x", "now")
    put(tmp_path / "x", "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".x.lock", ".x.y.ab_c123z.new", "x"]


def test_two_builds_of_one_index_wait_for_each_other(tmp_path: Path) -> None:
    order = []

    def other() -> None:
        with Folder(tmp_path / "x").replaced() as fresh:
            order.append("second")
            make(fresh, "x")

    with Folder(tmp_path / "x").replaced() as fresh:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.3)
        order.append("first")
        (fresh / "meta.json").write_text(json.dumps(META))
    thread.join(10)
    assert order == ["first", "second"]


def test_an_index_of_the_first_version_and_one_with_a_broken_description_are_ours(tmp_path: Path) -> None:
    place = make(tmp_path / "x", "old")
    first = {name: value for name, value in META.items() if name != "version"}
    for text in (json.dumps(first), "null", "{", "", "[" * 5000):
        (place / "meta.json").write_text(text)
        assert is_index(place)
        put(place, "old")

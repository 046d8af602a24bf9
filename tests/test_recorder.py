"""Recordings: whole, replayable, never lost half way, and never at the cost of anything else."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import RankSettled, SearchFinished, dumps
from rankr1_app.pipeline import Search, search
from rankr1_app.recorder import Recorder, Unrecorded, recorded
from rankr1_app.replay import paced
from rankr1_app.store import Store, read

from .doubles import Fixed, Scripted, candidates, setwise

OLD = '{"type":"search_started","old":true}\n'
VALUES = list(range(20, 0, -1))


def asked(delay: float = 0.0) -> Search:
    reranker = setwise(Scripted(delay=delay))
    return Search(query="q", retriever=Fixed(candidates(VALUES)), reranker=reranker, depth=20, k=5, seed=1)


async def test_a_recording_replays_to_the_same_events(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.jsonl"
    live = [event async for event in recorded(search(asked()), path)]
    assert list(read(path)) == live
    assert [event async for event in paced(path, 0)] == live
    assert [p.name for p in path.parent.iterdir()] == ["a.jsonl"]


async def test_a_reader_who_leaves_early_leaves_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    seen = []
    async with aclosing(recorded(search(asked()), path)) as events:
        async for event in events:
            seen.append(event)
            if isinstance(event, RankSettled):
                break
    assert list(read(path)) == seen
    with pytest.raises(Problem, match="ends in the middle"):
        [event async for event in paced(path, 0)]


async def test_old_recording_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(OLD)
    events = recorded(search(asked()), path)
    await anext(events)
    assert path.read_text() == OLD
    async for _ in events:
        pass
    assert isinstance(list(read(path))[-1], SearchFinished)


async def test_read_only_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot be written"):
        async for _ in recorded(search(asked()), tmp_path / "file" / "a.jsonl"):
            pass


async def test_a_full_disk_is_said_and_the_old_recording_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(OLD)
    seen = []

    async def listen() -> None:
        async for event in recorded(search(asked()), path):
            seen.append(event)

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(Unrecorded, match="recording '.* is incomplete: File too large; make room"):
            await listen()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert isinstance(seen[-1], SearchFinished), "the search itself is whole"
    assert path.read_text() == OLD
    assert os.listdir(tmp_path) == ["a.jsonl"]


async def test_a_full_disk_leaves_what_fits_where_nothing_was(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    recorder = Recorder(path, "a")
    resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, limits[1]))
    try:
        live = [event async for event in recorder.follow(search(asked()))]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert isinstance(live[-1], SearchFinished)
    assert str(recorder.fault) == "recording 'a' is incomplete: File too large; make room or name another place"
    kept = list(read(path))
    assert kept == live[: len(kept)]
    assert 1 < len(kept) < len(live)


def odd() -> dict[str, Callable[[Path], object]]:
    """What stands at a path that must not be replaced."""
    return {
        "is a folder": lambda path: path.mkdir(),
        "is a link": lambda path: path.symlink_to(path.with_name("elsewhere")),
        "is a pipe": lambda path: os.mkfifo(path),
        "is a device": lambda path: os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3)),
    }


@pytest.mark.parametrize("what", odd())
async def test_what_is_not_a_plain_file_is_refused_before_the_search(what: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    (tmp_path / "elsewhere").write_text("mine")
    try:
        odd()[what](path)
    except PermissionError:
        pytest.skip("devices cannot be made here")
    before = path.lstat().st_mode
    with pytest.raises(Problem, match=f"recording '.*' {what}"):
        await anext(recorded(search(asked()), path))
    assert path.lstat().st_mode == before
    assert (tmp_path / "elsewhere").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["a.jsonl", "elsewhere"]


LONG = ["x" * 5_000, "x/" * 2_500 + "y"]


@pytest.mark.parametrize("path", ["", ".", "..", "/", "/dev/null", "/dev/stdout", "a\0b", *LONG])
def test_odd_paths_are_one_sentence(path: str) -> None:
    with pytest.raises(Problem, match="^recording '[^\n]*$") as told:
        Recorder(Path(path)).check()
    assert len(str(told.value)) < 300


async def test_what_is_in_the_way_of_the_unfinished_file_is_not_touched(tmp_path: Path) -> None:
    part = tmp_path / ".a.jsonl.part"
    (tmp_path / "mine").write_text("{mine")
    for put in (
        lambda: part.write_text("my notes"),
        lambda: part.symlink_to(tmp_path / "mine"),
        lambda: os.mkfifo(part),
        lambda: part.mkdir(),
    ):
        put()
        with pytest.raises(Problem, match="cannot be written"):
            await anext(recorded(search(asked()), tmp_path / "a.jsonl"))
        assert part.is_dir() or part.is_fifo() or part.read_text() in ("my notes", "{mine")
        part.rmdir() if part.is_dir() and not part.is_symlink() else part.unlink()
    assert (tmp_path / "mine").read_text() == "{mine"


async def test_a_file_that_is_not_a_recording_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    for text in ('{"id": "a", "text": "mine"}\n', '{"type":"FeatureCollection"}', "mine", "\n", "\x1f\x8b"):
        path.write_text(text)
        with pytest.raises(Problem, match="would take the place of a file that is not one, give another name"):
            await anext(recorded(search(asked()), path))
        assert path.read_text() == text
        assert os.listdir(tmp_path) == ["corpus.jsonl"]
    path.write_text("")
    assert len([event async for event in recorded(search(asked()), path)]) > 5


async def test_two_searches_do_not_write_one_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    first = recorded(search(asked()), path)
    await anext(first)
    with pytest.raises(Problem, match="is being written by another search"):
        await anext(recorded(search(asked()), path))
    async for _ in first:
        pass
    assert isinstance(list(read(path))[-1], SearchFinished)


def start(tmp_path: Path, until: str, *options: str) -> subprocess.Popen[str]:
    """A recorded search of the command line, that came so far."""
    command = [sys.executable, "-m", "rankr1_app", "search", "why does bread dough rise", "--no-cache", *options]
    command += ["--format", "events", "--record", str(tmp_path / "a.jsonl")]
    done = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.stdout is not None
    for line in done.stdout:
        if until in line:
            return done
    raise AssertionError(done.communicate()[1])


def test_a_search_that_is_ended_by_a_signal_leaves_a_whole_recording(tmp_path: Path) -> None:
    running = start(tmp_path, "call_started")
    running.send_signal(signal.SIGTERM)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 1
    assert err.startswith("error: search was stopped with ")
    assert '"type":"search_stopped"' in out.splitlines()[-1]
    assert [each.name for each in tmp_path.iterdir()] == ["a.jsonl"]
    assert dumps(list(read(tmp_path / "a.jsonl"))[-1]) == out.splitlines()[-1]


def test_what_a_killed_search_left_is_written_over_by_the_next(tmp_path: Path) -> None:
    running = start(tmp_path, "search_started", "--reranker", "none")
    running.kill()
    running.communicate()
    assert [each.name for each in tmp_path.iterdir()] == [".a.jsonl.part"]

    async def again() -> None:
        async for _ in recorded(search(asked()), tmp_path / "a.jsonl"):
            pass

    asyncio.run(again())
    assert [each.name for each in tmp_path.iterdir()] == ["a.jsonl"]


def test_loop_is_left_clean() -> None:
    async def go() -> int:
        return len([e async for e in search(asked())])

    assert asyncio.run(go()) > 10


def test_a_look_at_the_folder_does_not_get_in_the_way_of_a_search_that_begins(tmp_path: Path) -> None:
    """A look takes what is being written for a killed search's until its writer has locked it."""
    store, over = Store(tmp_path), threading.Event()

    def look() -> None:
        while not over.is_set():
            store.ids()

    lookers = [threading.Thread(target=look) for _ in range(4)]
    for looker in lookers:
        looker.start()
    try:
        faults = []
        for _ in range(300):
            recorder = Recorder(store.path(store.new_id()))
            faults.append(recorder.fault)
            recorder.close()
            recorder.path.unlink(missing_ok=True)
    finally:
        over.set()
        for looker in lookers:
            looker.join()
    assert set(faults) == {None}

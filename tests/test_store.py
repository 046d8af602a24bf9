"""Recordings: whole, replayable, never lost half way."""

from __future__ import annotations

import asyncio
import resource
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import RankSettled, SearchFinished, dumps
from rankr1_app.pipeline import Search, search
from rankr1_app.replay import paced
from rankr1_app.store import Store, read, recorded

from .doubles import Fixed, Scripted, candidates, setwise

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


async def test_replay_keeps_the_pace(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    live = [event async for event in recorded(search(asked(delay=0.05)), path)]
    began = time.perf_counter()
    assert [event async for event in paced(path, 2)] == live
    assert time.perf_counter() - began >= live[-1].at / 2 * 0.95


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
    path.write_text("old\n")
    events = recorded(search(asked()), path)
    await anext(events)
    assert path.read_text() == "old\n"
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
    path.write_text("old\n")
    seen = []

    async def listen() -> None:
        async for event in recorded(search(asked()), path):
            seen.append(event)

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(Problem, match="recording '.* cannot be written: File too large"):
            await listen()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert seen
    assert path.read_text() == "old\n"


def test_ids_cannot_leave_the_folder(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for wrong in ("../../etc/passwd", "", "A" * 16, "0" * 15, "0" * 16 + "\n", "0/1"):
        with pytest.raises(Problem, match="no recording id"):
            store.path(wrong)
    run = store.new_id()
    store.path(run).write_text(dumps(RankSettled(at=0, rank=1, document="d", calls=())) + "\n")
    assert store.ids() == [run]
    assert len(list(store.read(run))) == 1


def test_many_recordings_newest_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    import os

    for number, run in enumerate(("0" * 16, "1" * 16, "2" * 16)):
        store.path(run).write_text("")
        os.utime(store.path(run), (number, number))
    assert store.ids() == ["2" * 16, "1" * 16, "0" * 16]


def test_loop_is_left_clean() -> None:
    async def go() -> int:
        return len([e async for e in search(asked())])

    assert asyncio.run(go()) > 10

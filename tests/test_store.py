"""A folder of recordings: listed, bounded, and nothing in it that nobody lists."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import Event, Planned, dumps
from rankr1_app.store import TRIALS, Store

LINE = dumps(Planned(at=0, calls=1)) + "\n"


def test_ids_cannot_leave_the_folder(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for wrong in ("../../etc/passwd", "", "A" * 16, "0" * 15, "0" * 16 + "\n", "0/1"):
        with pytest.raises(Problem, match="is not an id"):
            store.path(wrong)
    run = store.new_id()
    store.path(run).write_text(dumps(Planned(at=0, calls=1)) + "\n")
    assert store.ids() == [run]
    assert len(list(store.read(run))) == 1


def test_many_recordings_newest_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    import os

    for number, run in enumerate(("0" * 16, "1" * 16, "2" * 16)):
        store.path(run).write_text("")
        os.utime(store.path(run), (number, number))
    assert store.ids() == ["2" * 16, "1" * 16, "0" * 16]


def test_what_killed_searches_left_is_listed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    whole, first_version, empty, cut = (str(n) * 16 for n in range(4))
    (tmp_path / f".{whole}.jsonl.part").write_text(LINE)
    (tmp_path / f"{first_version}.jsonl.part").write_text(LINE)
    (tmp_path / f".{empty}.jsonl.part").write_text("")
    (tmp_path / f".{cut}.jsonl.part").write_text(LINE + "x" * 100_000 + LINE + LINE[:20])
    (tmp_path / "mine.jsonl.part").write_text("mine")
    assert sorted(store.ids()) == [whole, first_version, cut]
    assert store.path(cut).read_text() == LINE + "x" * 100_000 + LINE
    names = [f"{run}.jsonl" for run in (whole, first_version, cut)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names, "mine.jsonl.part"]


async def test_what_is_being_written_is_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    run = store.new_id()
    recorder = store.recorder(run)

    async def events() -> AsyncGenerator[Event, None]:
        for n in range(3):
            yield Planned(at=0, calls=n)

    async with aclosing(recorder.follow(events())) as following:
        async for _ in following:
            store.tidy()
            assert store.ids() == []
    recorder.check()
    assert store.ids() == [run]
    assert len(list(store.read(run))) == 3


def test_the_oldest_recordings_make_room(tmp_path: Path) -> None:
    store = Store(tmp_path, most=10 * len(LINE))
    for number in range(30):
        run = f"{number:016}"
        store.path(run).write_text(LINE)
        os.utime(store.path(run), (number, number))
    (tmp_path / "mine.jsonl").write_text("mine" * 1000)
    store.recorder("f" * 16).close()
    assert store.ids() == ["f" * 16, *(f"{number:016}" for number in range(29, 19, -1))]
    assert store.bytes() == 10 * len(LINE)
    assert (tmp_path / "mine.jsonl").exists()


def test_one_recording_larger_than_the_bound_stays(tmp_path: Path) -> None:
    store = Store(tmp_path, most=10)
    store.path("1" * 16).write_text(LINE)
    store.tidy()
    assert store.ids() == ["1" * 16]


def test_a_folder_that_cannot_be_written_is_told_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recorder = Store(tmp_path / "file").recorder("1" * 16)
    with pytest.raises(Problem, match="recording '1111111111111111' cannot be written: File exists") as told:
        recorder.check()
    assert str(tmp_path) not in str(told.value)


def test_a_trial_that_was_cut_short_costs_no_other(tmp_path: Path) -> None:
    store, run = Store(tmp_path), "0" * 16
    assert store.beside(run, TRIALS) == []
    store.add_beside(run, TRIALS, {"call": 1})
    with (tmp_path / f"{run}{TRIALS}").open("a") as file:
        file.write('{"call": 2, "wa\n')
    store.add_beside(run, TRIALS, {"call": 3})
    assert store.beside(run, TRIALS) == [{"call": 1}, {"call": 3}]

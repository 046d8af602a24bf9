"""A recording as if it happened again: at its own pace, and only if it is a whole search."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import (
    CallStarted,
    Candidate,
    Event,
    Retrieved,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Totals,
    dumps,
)
from rankr1_app.replay import paced

STARTED = SearchStarted(query="q", settings={}, versions={}, seed=1, started="")
FOUND = Retrieved(
    at=0.25,
    index="i",
    retriever="r",
    score_name="s",
    candidates=(Candidate(id="a", title="", text="", rank=1, score=1.0),),
    seconds=0,
)
ASKED = CallStarted(at=0.5, call=1, round=1, purpose="p", documents=("a",))
END = SearchFinished(at=3.0, ranking=("a",), settled=0, totals=Totals())


def written(path: Path, *events: Event) -> Path:
    path.write_text("\n".join(map(dumps, events)), "utf-8")
    return path


@pytest.mark.parametrize(("speed", "times"), [(1, [0, 0.25, 0.5, 3]), (2, [0, 0.125, 0.25, 1.5]), (0, [0, 0, 0, 0])])
async def test_events_come_at_the_pace_they_had(
    speed: float, times: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, clock = written(tmp_path / "a.jsonl", STARTED, FOUND, ASKED, END), [100.0]

    async def sleep(seconds: float) -> None:
        clock[0] += max(0.0, seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: clock[0])
    found = [(event, clock[0] - 100) async for event in paced(path, speed)]
    assert [event for event, _ in found] == [STARTED, FOUND, ASKED, END]
    assert [time for _, time in found] == pytest.approx(times)


@pytest.mark.parametrize("speed", [-1.0, float("nan")])
async def test_a_speed_that_is_none_is_refused(speed: float, tmp_path: Path) -> None:
    with pytest.raises(Problem) as refused:
        await anext(paced(written(tmp_path / "a.jsonl", STARTED, END), speed))
    assert str(refused.value) == f"speed {speed} is not valid, it must be a number from 0"


async def test_a_search_that_was_stopped_is_whole(tmp_path: Path) -> None:
    end = SearchStopped(at=1.0, ranking=(), settled=0, totals=Totals())
    assert [event async for event in paced(written(tmp_path / "a.jsonl", STARTED, end), 0)] == [STARTED, end]


async def test_what_does_not_begin_or_end_as_a_search_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", FOUND, ASKED)
    with pytest.raises(Problem) as refused:
        await anext(paced(path, 0))
    begins = "does not begin with search_started, give a file that --record wrote"
    assert str(refused.value) == f"recording '{path}' {begins}"
    events = paced(written(path, STARTED, FOUND), 0)
    assert [await anext(events), await anext(events)] == [STARTED, FOUND]
    with pytest.raises(Problem) as refused:
        await anext(events)
    assert str(refused.value) == f"recording '{path}' ends in the middle of a search, it was cut off"

"""A search from query to end event, however it ends."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from rankr1_app.engines.protocol import Fault
from rankr1_app.errors import Problem
from rankr1_app.events import (
    CallStarted,
    Candidate,
    Event,
    RankSettled,
    ReasoningDelta,
    Retrieved,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    dumps,
    loads,
)
from rankr1_app.pipeline import Search, Stop, checked_query, search, with_end
from rankr1_app.results import gather, result

from .doubles import Fixed, Scripted, best, candidates, setwise

VALUES = [3, 9, 1, 12, 7, 0, 25, 18, 4, 22, 2, 5, 6, 8, 10, 11, 13, 14, 15, 16, 17, 19, 20, 21, 23, 24, 26]


def asked(engine: Scripted | None, k: int = 10) -> Search:
    reranker = setwise(engine) if engine else None
    return Search(query="q", retriever=Fixed(candidates(VALUES)), reranker=reranker, depth=20, k=k, seed=929)


async def run(engine: Scripted | None, **how: int) -> list[Event]:
    return [event async for event in search(asked(engine, **how))]


async def test_finished() -> None:
    events = await run(Scripted())
    kinds = [type(e) for e in events]
    assert kinds[:2] == [SearchStarted, Retrieved]
    end = events[-1]
    assert isinstance(end, SearchFinished)
    assert end.settled == 10
    assert sorted(end.ranking) == sorted(c.id for c in candidates(VALUES)[:20])
    top = sorted(VALUES[:20], reverse=True)
    assert end.ranking[:10] == tuple(f"d{v}" for v in top[:10])
    assert end.ranking[10:] == tuple(f"d{v}" for v in VALUES[:20] if v in top[10:])
    assert end.totals.calls == sum(1 for e in events if type(e).__name__ == "CallFinished")
    assert [e.at for e in events] == sorted(e.at for e in events)


async def test_first_stage_only() -> None:
    events = await run(None)
    end = events[-1]
    assert isinstance(end, SearchFinished)
    assert end.ranking == tuple(f"d{v}" for v in VALUES[:20])


async def test_nothing_found() -> None:
    found = Search(query="q", retriever=Fixed(()), reranker=setwise(Scripted()), depth=20, k=10, seed=1)
    events = [e async for e in search(found)]
    assert isinstance(events[-1], SearchFinished)
    assert events[-1].ranking == ()


async def test_stop_keeps_what_is_settled_and_ends_generation() -> None:
    engine, stop, events = Scripted(delay=0.02), Stop(), []
    async for event in search(asked(engine), stop):
        events.append(event)
        if isinstance(event, RankSettled) and event.rank == 3:
            stop.set()
    end = events[-1]
    assert isinstance(end, SearchStopped)
    assert end.settled >= 3
    assert end.ranking[:3] == tuple(e.document for e in events if isinstance(e, RankSettled))[:3]
    assert len(set(end.ranking)) == 20
    assert engine.running == 0


async def test_stop_does_not_wait_for_a_silent_engine() -> None:
    engine, stop = Scripted(delay=60), Stop()
    asyncio.get_running_loop().call_later(0.05, stop.set)
    began = time.perf_counter()
    events = [e async for e in search(asked(engine), stop)]
    assert time.perf_counter() - began < 2
    assert isinstance(events[-1], SearchStopped)
    assert engine.running == 0


class Slow(Fixed):
    """A first stage that takes its time, as one does whose index has to be opened."""

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        time.sleep(0.5)
        return super().search(query, depth)


async def test_stop_does_not_wait_for_the_first_stage() -> None:
    stop = Stop()
    asyncio.get_running_loop().call_later(0.05, stop.set)
    began = time.perf_counter()
    parts = replace(asked(Scripted()), retriever=Slow(candidates(VALUES)))
    events = [e async for e in search(parts, stop)]
    assert time.perf_counter() - began < 0.4
    assert [type(e) for e in events] == [SearchStarted, SearchStopped]
    assert isinstance(events[-1], SearchStopped)
    assert events[-1].ranking == ()


async def test_stop_after_the_last_rank_does_not_unfinish_a_search() -> None:
    stop, events = Stop(), []
    async for event in search(asked(Scripted(), k=1), stop):
        events.append(event)
    stop.set()
    assert isinstance(events[-1], SearchFinished)


async def test_a_reader_who_is_cancelled_ends_generation() -> None:
    engine = Scripted(delay=60)

    asking = asyncio.Event()

    async def read() -> None:
        async for event in search(asked(engine), Stop()):
            if isinstance(event, CallStarted):
                asking.set()

    task = asyncio.create_task(read())
    await asking.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.05)
    assert engine.running == 0


async def test_a_dead_engine_keeps_what_is_settled() -> None:
    calls = 0

    def dies(texts: list[str]) -> str:
        nonlocal calls
        calls += 1
        if calls > 6:
            raise Fault("the server is gone")
        return best(texts)

    events = await run(Scripted(judge=dies))
    end = events[-1]
    assert isinstance(end, SearchFailed)
    assert "the server is gone" in end.message
    assert end.settled >= 1
    assert len(set(end.ranking)) == 20


async def test_a_recording_that_breaks_off_ends_with_what_was_settled() -> None:
    events = await run(Scripted())
    assert list(with_end(events)) == events
    assert list(with_end([])) == []
    third = next(place for place, event in enumerate(events) if isinstance(event, RankSettled) and event.rank == 3)
    *same, end = with_end(events[: third + 1])
    assert same == events[: third + 1]
    assert isinstance(end, SearchFailed)
    assert (end.settled, len(set(end.ranking)), end.at) == (3, 20, events[third].at)
    assert end.ranking[:3] == events[-1].ranking[:3]  # type: ignore[union-attr]
    assert result(gather([*same, end]))["message"].startswith("this recording ends before its search did")
    assert [each["id"] for each in result(gather(same))["ranking"]] == list(end.ranking)


async def test_recordings_lose_nothing() -> None:
    events = await run(Scripted())
    assert list(loads(dumps(e) for e in events)) == events
    assert result(gather(events)) == result(gather(loads(dumps(e) for e in events)))


async def test_deltas_are_the_raw_text() -> None:
    events = await run(Scripted())
    assert "".join(e.text for e in events if isinstance(e, ReasoningDelta)).count("<answer>") >= 10


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "is empty"),
        (" \t\n", "is empty"),
        ("x" * 100_000, "100,000 characters, at most 10,000"),
        ("a\0b", "NUL"),
        ("a\ud800", "lone surrogate"),
    ],
)
def test_bad_queries(query: str, why: str) -> None:
    with pytest.raises(Problem, match=why) as caught:
        checked_query(query)
    assert "\n" not in str(caught.value)
    str(caught.value).encode()

"""What a search will take is learnt from other searches, of other sizes too."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from rankr1_app.events import CallFinished, CallStarted, Event, SearchFinished, Usage
from rankr1_app.pipeline import Search, search
from rankr1_app.reranking.estimate import expected_calls
from rankr1_app.reranking.pace import Pace

from ..doubles import Fixed, Scripted, candidates, setwise

FIXED, EACH = 180, 70
"""Tokens of a prompt, and of each document in it."""
NEAR = 1.3
DEPTH, RANKS = 100, 10


def events(docs_per_call: int) -> list[Event]:
    """Return a search whose calls read and write as a model does: a part of each call, and one of each document."""
    values = list(range(DEPTH))
    random.Random(3).shuffle(values)
    parts = Search(
        query="q",
        retriever=Fixed(candidates(values)),
        reranker=setwise(Scripted(), docs_per_call),
        depth=DEPTH,
        k=RANKS,
        seed=3,
    )

    async def found() -> list[Event]:
        return [event async for event in search(parts)]

    return list(timed(asyncio.run(found())))


def timed(found: Iterable[Event]) -> Iterable[Event]:
    sizes: dict[int, int] = {}
    took = read = written = 0.0
    for event in found:
        if isinstance(event, CallStarted):
            sizes[event.call] = len(event.documents)
        if isinstance(event, CallFinished):
            size = sizes[event.call]
            usage = Usage(prompt_tokens=FIXED + EACH * size, completion_tokens=20 + 8 * size)
            event = replace(event, usage=usage, seconds=0.01 * (20 + 8 * size))
            took, read, written = took + event.seconds, read + FIXED + EACH * size, written + 20 + 8 * size
        if isinstance(event, SearchFinished):
            totals = replace(event.totals, prompt_tokens=int(read), completion_tokens=int(written), seconds=took / 4)
            event = replace(event, totals=totals)
        yield event


@pytest.mark.parametrize("seen", [5, 10])
@pytest.mark.parametrize("wished", [3, 5, 10, 20])
def test_an_estimate_is_near_where_documents_a_comparison_change(seen: int, wished: int) -> None:
    pace, truth = Pace(), events(wished)[-1]
    watch = pace.watch(seen)
    for event in events(seen):
        watch.see(event)
    assert isinstance(truth, SearchFinished)
    calls = expected_calls("heapsort", DEPTH, RANKS, wished, 0)
    found = pace.of(calls, wished, 10_000)
    tokens = truth.totals.prompt_tokens + truth.totals.completion_tokens
    assert tokens / NEAR < found["tokens"] < tokens * NEAR
    assert truth.totals.seconds / NEAR < found["seconds"] < truth.totals.seconds * NEAR


def test_nothing_is_known_before_a_search_and_short_answers_take_less() -> None:
    pace = Pace()
    assert pace.of(20, 5, 100) == {"tokens": None, "seconds": None}
    watch = pace.watch(5)
    for event in events(5):
        watch.see(event)
    whole, short = pace.of(20, 5, 10_000), pace.of(20, 5, 15)
    assert short["tokens"] < whole["tokens"]
    assert short["seconds"] < whole["seconds"] / 2

"""Drafts make fewer steps of the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rankr1_app.catalogue import entry
from rankr1_app.engines.drafts import Drafts
from rankr1_app.engines.protocol import Decoding
from rankr1_app.engines.rows import Rows
from rankr1_app.engines.transformers import Transformers

from .test_transformers import TEXTS, answer, ask


def test_a_draft_is_what_followed_last_time() -> None:
    drafts = Drafts()
    for end in range(1, 9):
        drafts.learn([1, 2, 3, 4, 5, 1, 2, 6][:end])
    assert drafts.after([9, 1, 2]) == [6]
    assert drafts.after([3, 4]) == [5, 1, 2, 6]
    assert drafts.after([2, 3], 2) == [4, 5]
    assert drafts.after([7]) == []
    assert drafts.after([3, 4], 0) == []


def test_more_of_what_came_before_counts_more() -> None:
    drafts = Drafts()
    for written in ([1, 2, 3], [9, 2, 4]):
        for end in range(1, 4):
            drafts.learn(written[:end])
    assert drafts.after([1, 2], 1) == [3]
    assert drafts.after([9, 2], 1) == [4]
    assert drafts.after([5, 2], 1) == [4]


@pytest.fixture
async def engine() -> AsyncIterator[Transformers]:
    made = Transformers(entry("rank-r1-nano").weights)
    await made.start()
    yield made
    await made.close()


async def test_drafts_change_no_answer_and_save_steps(engine: Transformers, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = 0
    step = Rows.step

    def counted(batch: Rows) -> None:
        nonlocal steps
        steps += bool(batch.rows)
        step(batch)

    monkeypatch.setattr(Rows, "step", counted)
    asks = [ask("why does dough rise", TEXTS[:n]) for n in (5, 2, 4, 3)] + [ask("who sells tea", TEXTS[1:])]

    async def answers() -> tuple[list[Any], int]:
        nonlocal steps
        steps = 0
        together = await asyncio.gather(*(answer(engine, messages) for messages in asks))
        alone = [await answer(engine, messages) for messages in asks]
        assert together == alone
        return alone, steps

    drafted, few = await answers()
    monkeypatch.setattr(Rows, "draft", lambda batch, row: [])
    plain, many = await answers()
    assert drafted == plain
    assert few < 0.6 * many


async def test_a_draft_never_makes_an_answer_longer_than_allowed(engine: Transformers) -> None:
    messages = ask("why does dough rise", TEXTS)
    whole = await answer(engine, messages)
    for limit in range(1, 12):
        text, finish, tokens = await answer(engine, messages, limit=limit)
        assert (finish, tokens) == ("length", limit)
        assert whole[0].startswith(text)


async def test_sampled_answers_are_the_same_with_and_without_drafts(engine: Transformers) -> None:
    async def sampled(seed: int) -> str:
        decoding = Decoding(max_tokens=60, temperature=1.5, seed=seed)
        return "".join([chunk.text async for chunk in engine.generate(ask("tea", TEXTS), decoding)])

    first = [await sampled(seed) for seed in (1, 2, 3)]
    assert len(set(first)) > 1
    assert first == [await sampled(seed) for seed in (1, 2, 3)]

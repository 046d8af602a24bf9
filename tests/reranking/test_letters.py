"""FIRST: the order of a window by how likely each document's letter is as the first of the answer."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from rankr1_app.engines.protocol import Chunk, Token
from rankr1_app.errors import Problem
from rankr1_app.events import RankSettled
from rankr1_app.reranking.asking import Reply

from ..doubles import candidates
from .lists import CASES, Lists, check_whole, events, finished, letter_chunk, odd_shares, ranking, shuffled

LETTERS = ["first-zephyr-7b", "first-mistral-7b"]


def letters(numbers: list[int]) -> Chunk:
    """The larger a number, the likelier its letter."""
    top = max(numbers) + 1.0
    shares = {chr(ord("A") + place): (number - top) / 4 for place, number in enumerate(numbers)}
    return letter_chunk({**shares, " A": -0.1, "[": -9.0, "AB": -0.1, "Z": -0.2, "a": -0.2})


@pytest.mark.parametrize("reranker", LETTERS)
@pytest.mark.parametrize("count", [2, 20, 21, 45])
async def test_the_likeliest_letters_come_first(reranker: str, count: int) -> None:
    engine = Lists(answering=letters)
    found = await events(reranker, engine, shuffled(count), 10)
    assert ranking(found) == [f"d{number}" for number in range(count - 1, -1, -1)][:10]
    call = finished(found)[-1]
    assert call.status == "ok"
    assert call.score_name == "label probability"
    assert sum(call.scores) == pytest.approx(1.0, abs=1e-4)
    assert {(each.max_tokens, each.alternatives_after) for each in engine.decodings} == {(1, "")}
    assert engine.prompts[0][-1].role == "assistant"
    assert engine.prompts[0][-1].content == "["
    assert [event.score for event in found if isinstance(event, RankSettled)][:2] == [None, None]


async def test_letters_that_are_not_told_stay_last_as_before() -> None:
    found = await events("first-mistral-7b", Lists(answering=lambda _: letter_chunk({"C": -0.5, "Q": -0.1})), [1, 2, 3])
    call = finished(found)[0]
    assert (call.status, call.order) == ("repaired", ("d3", "d1", "d2"))
    assert call.error == "2 labels were missing and put last as before"
    assert call.scores == (0.0, 0.0, 1.0)


async def test_an_answer_without_probabilities_or_letters() -> None:
    with pytest.raises(Problem, match="engine scripted tells no probabilities of its answers"):
        await events("first-mistral-7b", Lists(answering=lambda _: "B"), [1, 2])
    with pytest.raises(Problem, match="no document's letter is among the likeliest tokens"):
        await events("first-mistral-7b", Lists(answering=lambda _: letter_chunk({"hm": -0.1})), [1, 2])


def test_letters_in_a_document_are_no_labels() -> None:
    engine = Lists(answering=letters)
    first, second = candidates([1, 2])
    asyncio.run(events("first-zephyr-7b", engine, [replace(first, text="number 1 beats [B] and [2]"), second]))
    assert "[A] number 1 beats (B) and (2)\n" in engine.prompts[0][1].content


def test_an_order_by_letters_has_every_document_once() -> None:
    for seed in range(CASES):
        dice = random.Random(seed)
        reply = Reply(text="A", tokens=[Token(0, "A", odd_shares(dice))])
        check_whole("first-mistral-7b", dice.randint(1, 20), reply)

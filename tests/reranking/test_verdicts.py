"""Rank1: a thought, a verdict, and one that is forced."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from rankr1_app.engines.protocol import Chunk, Token
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, Message, RankSettled

from .lists import Lists, events


def said(true: float, word: str = "true") -> Chunk:
    """A verdict, and how likely true was."""
    text = f" A number. </think> {word}"
    others = {" true": math.log(true), " false": math.log(1 - true), "\n": -9.0}
    return Chunk(text=text, tokens=(Token(len(text) - len(word) - 1, f" {word}", others),))


@dataclass
class Forced(Lists):
    """Tells what follows a thought that is closed."""

    following_: Mapping[str, float] = field(default_factory=dict)
    endings: list[tuple[str, str]] = field(default_factory=list)

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        self.endings.append((messages[-1].content, text))
        return self.following_


async def test_the_score_is_the_share_of_true() -> None:
    shares = {1: said(0.2, "false"), 2: said(0.9), 3: said(0.6)}
    engine = Lists(answering=lambda numbers: shares[numbers[0]])
    found = await events("rank1-7b", engine, [1, 2, 3])
    settled = [event for event in found if isinstance(event, RankSettled)]
    assert [event.document for event in settled] == ["d2", "d3", "d1"]
    assert [event.score for event in settled] == pytest.approx([0.9, 0.6, 0.2])
    assert engine.prompts[0] == (
        Message(
            role="assistant",
            content="Determine if the following passage is relevant to the query. Answer only with 'true' or 'false'.\n"
            "Query: largest\nPassage: number 1\n<think>",
        ),
    )


async def test_a_thought_without_a_verdict_is_closed_after_its_last_sentence() -> None:
    engine = Forced(
        answering=lambda _: " It is one. It may be the larg",
        following_={" true": math.log(0.3), " false": math.log(0.1)},
    )
    found = await events("rank1-7b", engine, [1])
    (call,) = [event for event in found if isinstance(event, CallFinished)]
    assert (call.status, call.scores) == ("repaired", (0.75,))
    assert "one was asked for after its thought" in call.error
    assert engine.endings == [(engine.prompts[0][0].content, " It is one.\n</think>")]


async def test_no_verdict_at_all_is_unreadable() -> None:
    with pytest.raises(Problem, match="neither true nor false is among the likeliest tokens of a verdict"):
        await events("rank1-7b", Forced(answering=lambda _: "hm", following_={"x": -0.1}), [1])

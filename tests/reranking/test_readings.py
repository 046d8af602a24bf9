"""Whatever a model answers, a reading is whole or says that there is none: all families that read a score or a verdict
together (grades, verdicts, yes and no, a judge)."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

import pytest

from rankr1_app import reranking
from rankr1_app.engines.protocol import Token
from rankr1_app.errors import Problem
from rankr1_app.events import Message
from rankr1_app.reranking.asking import Family, Reading, Reply
from rankr1_app.reranking.judge import Judge, Verdict
from rankr1_app.reranking.passages import Passages
from rankr1_app.reranking.pointwise import Pointwise

from .lists import CASES, Lists, odd_shares, odd_text, plan_of


class Odd(Lists):
    """Tells of what follows whatever it is made to."""

    shares: Mapping[str, float] = {}

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        return self.shares


ENGINE = Odd()


def family(reranker: str) -> Family:
    """The calls of a search for two documents."""
    made = reranking.create(plan_of(reranker), ENGINE)
    passages = Passages("q", {"a": "one", "b": "two"})
    if isinstance(made, Judge):
        return Verdict(made, passages)
    assert isinstance(made, Pointwise)
    return made.calls(made, passages)


FAMILIES = {name: family(name) for name in ("qwen3-reranker-0.6b", "qwen2.5-7b-yes-no", "erank-4b", "rank1-7b")}
JUDGE = family("fare-8b")


def read(calls: Family, reply: Reply, labels: tuple[str, ...]) -> Reading:
    """Read without a loop: nothing here waits."""
    with pytest.raises(StopIteration) as ended:
        calls.read(reply, labels, ()).send(None)
    reading = ended.value.value
    assert isinstance(reading, Reading)
    return reading


@pytest.mark.parametrize("reranker", FAMILIES)
def test_a_document_has_a_score_or_none(reranker: str) -> None:
    for seed in range(CASES):
        dice = random.Random(seed)
        check_score(reranker, odd_text(dice), dice.randrange(40), odd_shares(dice), odd_shares(dice))


def check_score(reranker: str, text: str, thought: int, shares: dict[str, float], after: dict[str, float]) -> None:
    """Check that a reading has one score, or says why not."""
    ENGINE.shares = after
    tokens = [Token(at, character, {character: -0.5, **shares}) for at, character in enumerate(text)]
    try:
        reading = read(FAMILIES[reranker], Reply(text=text, thought=min(thought, len(text)), tokens=tokens), ("a",))
    except Problem:
        assert not tokens
        return
    assert reading.order == ()
    if reading.status == "unreadable":
        assert reading.why
        assert reading.scores == ()
        return
    (score,) = reading.scores
    assert math.isfinite(score)
    assert 0 <= score <= 10.0001
    assert (reading.status == "ok") == (reading.why == "")


def test_a_verdict_has_both_documents_or_none() -> None:
    for seed in range(CASES):
        dice = random.Random(seed)
        text = odd_text(dice)
        reading = read(JUDGE, Reply(text=text, thought=min(dice.randrange(40), len(text))), ("a", "b"))
        if reading.status == "unreadable":
            assert reading.order == ()
            assert reading.why
        else:
            assert sorted(reading.order) == ["a", "b"]
            assert reading.answer == reading.order[:1]

"""What every reranker can do, asked of a model of each family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rankr1_app import reranking
from rankr1_app.catalogue import entries
from rankr1_app.engines.protocol import Chunk, Token
from rankr1_app.engines.scorer import Scored, Scorer
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Event, Planned, RankSettled
from rankr1_app.plan import resolve
from rankr1_app.reranking.base import OnEngine
from rankr1_app.reranking.protocol import Reranker
from rankr1_app.settings import Settings

from ..doubles import candidates
from .lists import Lists, letter_chunk

FAMILIES = {entry.family: entry.name for entry in entries().values() if entry.base}
ANSWERS = {
    "setwise": "<think> x </think>\n<answer>[1]</answer>",
    "pairwise": "<think> x </think>\n<answer>[1]</answer>",
    "judge": "Verdict: [A]",
    "listwise": "[2] > [1]",
}
CHUNKS = {
    "first-token": letter_chunk({"A": -0.1}),
    "pointwise": letter_chunk({"yes": -0.1, "no": -2.0}, "yes"),
    "graded": Chunk(text="<think>x</think><answer>7</answer>", tokens=(Token(24, "7", {"7": -0.1}),)),
    "true-false": Chunk(text="x </think> true", tokens=(Token(10, " true", {" true": -0.1, " false": -2.0}),)),
}


class Numbers(Scorer):
    """Scores each document by its number."""

    def __init__(self) -> None:
        super().__init__("numbers", "numbers", "number", 1)

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        return Scored(tuple(float(text.split()[-1]) for text in texts))


def answer(family: str) -> str | Chunk:
    """Return what a model of a family answers, whatever it is asked."""
    return CHUNKS[family] if family in CHUNKS else ANSWERS[family]


def made(family: str) -> Reranker:
    """Return a reranker of a family, whose model always answers the same."""
    plan = resolve(Settings(reranker=FAMILIES[family]).checked())
    scores = reranking.FAMILIES[family].create == reranking.SCORING
    return reranking.create(plan, Numbers() if scores else Lists(answering=lambda _: answer(family)))


async def run(reranker: Reranker, count: int, k: int) -> list[Event]:
    return [event async for event in reranker.rerank("largest", candidates(range(count)), k, lambda: 7.0)]


def test_the_catalogue_has_a_model_of_every_family() -> None:
    assert set(FAMILIES) == set(reranking.FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_reranker_plans_then_calls_then_settles_every_rank_once(family: str) -> None:
    reranker = made(family)
    assert reranker.name == FAMILIES[family]
    assert reranker.concurrency >= 1
    planned = reranker.plan(6, 4)
    assert planned.at == 0.0
    assert planned.calls
    assert planned.rounds != 0, "None where it is not known"
    found = await run(reranker, 6, 4)
    assert isinstance(found[0], Planned)
    assert (found[0].at, found[0].calls) == (7.0, planned.calls)
    settled = [event for event in found if isinstance(event, RankSettled)]
    assert [event.rank for event in settled] == [1, 2, 3, 4]
    assert len({event.document for event in settled}) == 4
    started = [event.call for event in found if isinstance(event, CallStarted)]
    assert sorted(started) == sorted(event.call for event in found if isinstance(event, CallFinished))
    assert all(set(event.calls) <= set(started) for event in settled)


@pytest.mark.parametrize("family", FAMILIES)
async def test_without_candidates_nothing_is_asked_or_settled(family: str) -> None:
    assert [type(event) for event in await run(made(family), 0, 10)] == [Planned]


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_reranker_that_is_closed_leaves_nothing_running(family: str) -> None:
    reranker = made(family)
    stream = reranker.rerank("largest", candidates(range(6)), 3, lambda: 0.0)
    async for event in stream:
        if isinstance(event, CallStarted):
            break
    await stream.aclose()
    assert isinstance(reranker, OnEngine)
    assert getattr(reranker.engine, "running", 0) == 0
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


@pytest.mark.parametrize(
    ("family", "prompt", "words"),
    [
        ("setwise", "first", "setwise call documents by numbers, so letters must be false in it"),
        ("judge", "rankgpt", "judge call documents by letters, so letters must be true in it"),
    ],
)
def test_a_prompt_whose_labels_a_family_cannot_read_is_refused(family: str, prompt: str, words: str) -> None:
    plan = resolve(Settings(reranker=FAMILIES[family]).checked())
    assert plan.entry is not None
    with pytest.raises(Problem, match=words):
        reranking.create(replace(plan, entry=replace(plan.entry, prompt=prompt)), Lists())


@pytest.mark.parametrize(("family", "letters"), [("setwise", False), ("judge", True), ("first-token", True)])
async def test_calls_say_whether_their_labels_are_letters(family: str, letters: bool) -> None:
    started = [event for event in await run(made(family), 3, 1) if isinstance(event, CallStarted)]
    assert started
    assert all(each.letters == letters for each in started)

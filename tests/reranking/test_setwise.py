"""The reranker against a scripted model: order, labels, failures, concurrency, cancellation, probabilities."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from rankr1_app.engines.protocol import Chunk, Fault, Token
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Planned, RankSettled, ReasoningDelta
from rankr1_app.reranking.asking import UNREAD
from rankr1_app.reranking.passages import Passages
from rankr1_app.reranking.setwise import Choice

from ..doubles import Scripted, best, candidates, setwise, shown


def values(n: int, seed: int = 0) -> list[int]:
    numbers = list(range(n))
    random.Random(seed).shuffle(numbers)
    return numbers


async def run(engine: Scripted, n: int = 30, k: int = 10, into: list[object] | None = None, **how: Any) -> list[object]:
    events = [] if into is None else into
    async for event in setwise(engine, **how).rerank("largest", candidates(values(n)), k, lambda: 0.0):
        events.append(event)
    return events


def settled(events: Any) -> list[str]:
    return [e.document for e in events if isinstance(e, RankSettled)]


async def test_right_order_and_a_true_label_map() -> None:
    engine = Scripted()
    events = await run(engine)
    assert settled(events) == [f"d{v}" for v in range(29, 19, -1)]
    for call in (e for e in events if isinstance(e, CallStarted)):
        shown = [line for line in call.messages[1].content.split("\n") if line.startswith("[")]
        assert shown == [f"[{i}]: number {d[1:]}" for i, d in enumerate(call.documents, 1)]
    for done in (e for e in events if isinstance(e, CallFinished)):
        assert done.status == "ok"
        assert done.text == "".join(e.text for e in events if isinstance(e, ReasoningDelta) and e.call == done.call)


async def test_the_last_call_of_a_rank_is_one_it_won() -> None:
    events = await run(Scripted())
    winners = {e.call: e.winner for e in events if isinstance(e, CallFinished)}
    for rank in (e for e in events if isinstance(e, RankSettled)):
        assert rank.calls
        assert all(winners[call] == rank.document for call in rank.calls)


async def test_same_seed_same_prompts_other_seed_other_prompts() -> None:
    engines = [Scripted(), Scripted(), Scripted()]
    for engine, seed in zip(engines, (1, 1, 2), strict=True):
        await run(engine, seed=seed)
    assert engines[0].asked == engines[1].asked
    assert engines[0].asked != engines[2].asked


async def test_build_phase_runs_at_once() -> None:
    engine = Scripted(delay=0.01)
    await run(engine, n=100)
    assert engine.most == 9
    narrow = Scripted(delay=0.01, concurrency=2)
    await run(narrow, n=100)
    assert narrow.most == 2


async def test_unreadable_is_asked_again_in_another_order() -> None:
    answers = iter(["nonsense"])
    engine = Scripted(judge=lambda texts: next(answers, None) or best(texts))
    events = await run(engine, n=8, k=1)
    started = [e for e in events if isinstance(e, CallStarted)]
    done = [e for e in events if isinstance(e, CallFinished)]
    assert [e.status for e in done] == ["retried", "ok"]
    assert (done[0].answer, done[0].winner, done[1].winner) == ((), None, "d7")
    assert started[1].repeats == started[0].call
    assert all(a != b for a, b in zip(started[0].documents, started[1].documents, strict=True))
    assert settled(events) == ["d7"]


async def test_always_unreadable_keeps_first_stage_order_and_says_failed() -> None:
    events: list[object] = []
    with pytest.raises(Problem, match="not one answer of model 'script' could be read.*is the first stage's"):
        await run(Scripted(judge=lambda texts: "<think>hm"), n=30, into=events)
    assert settled(events) == [], "no rank is the model's"
    statuses = [e.status for e in events if isinstance(e, CallFinished)]
    assert statuses.count("failed") == statuses.count("retried") == len(statuses) / 2
    assert len(statuses) < UNREAD + 8, "it ends with the round in which so many calls could not be read"


async def test_a_rank_that_no_answer_settled_waits_for_one_that_could_be_read() -> None:
    answers = iter(["nonsense", "nonsense"])
    events = await run(Scripted(judge=lambda texts: next(answers, None) or best(texts)), n=8, k=3)
    kinds = [
        e.status if isinstance(e, CallFinished) else e.rank for e in events if isinstance(e, CallFinished | RankSettled)
    ]
    assert kinds[:5] == ["retried", "failed", "ok", 1, 2]
    assert len(settled(events)) == 3


async def test_one_readable_answer_is_enough_to_finish() -> None:
    readable = iter([True])
    events = await run(Scripted(judge=lambda texts: best(texts) if next(readable, False) else "<think>hm"), n=30)
    assert len(settled(events)) == 10


async def test_a_broken_call_is_asked_again() -> None:
    dice = random.Random(5)

    def judge(texts: list[str]) -> str:
        if dice.random() < 0.2:
            raise Fault("connection cut")
        return best(texts)

    events = await run(Scripted(judge=judge), n=100)
    assert len(set(settled(events))) == 10
    assert any(e.error == "connection cut" for e in events if isinstance(e, CallFinished))


async def test_a_dead_engine_ends_the_search_in_words() -> None:
    def dead(texts: list[str]) -> str:
        raise Fault("connection refused")

    with pytest.raises(Problem, match="5 calls in a row, the last one: connection refused"):
        await run(Scripted(judge=dead), n=100)


async def test_closing_ends_every_generation() -> None:
    engine = Scripted(delay=5)
    stream = setwise(engine).rerank("largest", candidates(values(100)), 10, lambda: 0.0)
    assert isinstance(await anext(stream), Planned)
    await anext(stream)
    await asyncio.sleep(0.01)
    assert engine.running == 9
    await stream.aclose()
    assert engine.running == 0
    assert engine.closed_early == 9


async def test_nothing_to_compare_asks_nothing() -> None:
    engine = Scripted()
    assert settled(await run(engine, n=1)) == ["d0"]
    assert engine.asked == []


@pytest.mark.parametrize("order", ["shuffled", "kept", "first-stage", "reversed"])
async def test_order_inside_a_question(order: str) -> None:
    """A kept order is one shuffle, so that a question without its winner shares the start of the one before."""
    reranker = replace(setwise(Scripted()), order=order)
    events = [e async for e in reranker.rerank("largest", candidates(range(40)), 5, lambda: 0.0)]
    asked = [e.documents for e in events if isinstance(e, CallStarted)]
    place: dict[tuple[str, str], bool] = {}
    agree = all(
        place.setdefault((a, b), True) and (b, a) not in place
        for documents in asked
        for i, a in enumerate(documents)
        for b in documents[i + 1 :]
    )
    assert agree == (order != "shuffled")
    in_first_stage = all(list(d) == sorted(d, key=lambda name: int(name[1:])) for d in asked)
    assert in_first_stage == (order == "first-stage")
    assert [e.document for e in events if isinstance(e, RankSettled)] == [f"d{v}" for v in range(39, 34, -1)]


async def test_the_chain_is_guessed_from_what_an_answer_says_of_its_documents() -> None:
    """The judge tells no probabilities, but says how near each document is: two rounds are enough."""

    def weigh(texts: list[str]) -> str:
        lines = [f"[{i}] words none, meaning .{int(text.split()[-1]):02}: said." for i, text in enumerate(texts, 1)]
        return "\n".join((*lines, best(texts)))

    rounds = {}
    for judge in (best, weigh):
        reranker = replace(setwise(Scripted(judge=judge)), sort="chain", speculation=1)
        events = [e async for e in reranker.rerank("largest", candidates(values(10)), 10, lambda: 0.0)]
        assert settled(events) == [f"d{v}" for v in range(9, -1, -1)]
        rounds[judge] = max(e.round for e in events if isinstance(e, CallStarted))
    assert rounds[weigh] == 2 < rounds[best]


async def test_a_repeated_question_changes_any_order() -> None:
    answers = iter(["nonsense"])
    engine = Scripted(judge=lambda texts: next(answers, best(texts)))
    reranker = replace(setwise(engine), order="first-stage")
    events = [e async for e in reranker.rerank("largest", candidates(range(9)), 1, lambda: 0.0)]
    first, again = (e.documents for e in events if isinstance(e, CallStarted))
    assert all(a != b for a, b in zip(first, again, strict=True))
    assert sorted(first) == sorted(again)


async def test_reasoning_of_a_field_of_its_own_is_marked() -> None:
    class Thinking(Scripted):
        async def generate(self, messages, decoding):  # type: ignore[no-untyped-def]
            yield Chunk(text="[1] is best.", reasoning=True)
            yield Chunk(text="<answer>[1]</answer>")
            yield Chunk(finish_reason="stop")

    events = await run(Thinking(), n=2, k=1)
    deltas = [event for event in events if isinstance(event, ReasoningDelta)]
    assert [(delta.text, delta.thought) for delta in deltas] == [
        ("[1] is best.", True),
        ("<answer>[1]</answer>", False),
    ]
    (finished,) = (event for event in events if isinstance(event, CallFinished))
    assert finished.text[: finished.thought] == "[1] is best."


class Likely(Scripted):
    """Tells that a label is the likelier, the larger its document's number."""

    async def generate(self, messages: Any, decoding: Any) -> AsyncGenerator[Chunk, None]:
        at = 0
        async for chunk in super().generate(messages, decoding):
            if not chunk.finish_reason:
                yield chunk
                at += len(chunk.text)
                continue
            texts = shown(messages)
            answer = self.judge(texts)
            place = answer.rindex("[")
            weights = {f"[{n}]": float(text.split()[-1]) / 4 - 25 for n, text in enumerate(texts, 1)}
            yield replace(chunk, tokens=(Token(place, answer[place : answer.index("]", place) + 1], weights),))


async def test_search_ordered_by_likelihood() -> None:
    values = random.Random(3).sample(range(100), 100)
    reranker = replace(setwise(Likely(), docs_per_call=20), sort="logits")
    events = [event async for event in reranker.rerank("largest", candidates(values), 10, lambda: 0.0)]
    settled = [e for e in events if isinstance(e, RankSettled)]
    documents = {e.call: e.documents for e in events if isinstance(e, CallStarted)}
    assert len(documents) == 6
    assert [e.rank for e in settled] == list(range(1, 11))
    assert settled[0].document == "d99"
    last = [e for e in events if isinstance(e, CallFinished)][-1]
    in_final = sorted(documents[last.call], key=lambda d: -int(d[1:]))
    assert [e.document for e in settled] == in_final[:10]
    assert len(last.scores) == 20
    assert all(e.calls[-1] == last.call for e in settled)


async def test_chain_guesses_from_the_likelihoods() -> None:
    """Ten ranks of a hundred in four rounds, the first in two; plain selection takes a round a rank. The first stage is
    chance here, so that what is guessed from it alone is wasted."""
    values = random.Random(3).sample(range(100), 100)
    found = {}
    for speculation in (0, 1):
        reranker = replace(setwise(Likely(), docs_per_call=20), sort="chain", speculation=speculation)
        events = [event async for event in reranker.rerank("largest", candidates(values), 10, lambda: 0.0)]
        settled = [e for e in events if isinstance(e, RankSettled)]
        assert [e.document for e in settled] == [f"d{value}" for value in range(99, 89, -1)]
        rounds = {e.call: e.round for e in events if isinstance(e, CallStarted)}
        found[speculation] = max(rounds.values()), rounds[settled[0].calls[-1]], len(rounds)
    assert found[1][0] <= 4
    assert found[1][1] == 2
    assert found[0][0] > 10
    assert found[1][2] <= 1.75 * found[0][2]


async def test_probabilities_are_asked_for_only_where_guesses_need_them() -> None:
    """A server writes twenty of them beside every token."""
    engine = Scripted()
    found = {}
    for sort, weighs in (("chain", False), ("chain", True), ("logits", True), ("heapsort", False)):
        reranker = replace(setwise(engine), sort=sort, weighs=weighs, speculation=1)
        family = Choice(reranker, Passages("q", {}), {})
        found[sort, weighs] = family.decoding.alternatives_after
    assert found == {
        ("chain", False): "<answer>",
        ("chain", True): None,
        ("logits", True): "<answer>",
        ("heapsort", False): None,
    }


async def test_chain_without_likelihoods_finds_the_same() -> None:
    values = random.Random(3).sample(range(40), 40)
    reranker = replace(setwise(Scripted(), docs_per_call=20), sort="chain", speculation=1)
    events = [event async for event in reranker.rerank("largest", candidates(values), 5, lambda: 0.0)]
    assert [e.document for e in events if isinstance(e, RankSettled)] == [f"d{value}" for value in range(39, 34, -1)]


async def test_a_label_in_another_dress_does_not_end_the_search() -> None:
    """Where the answer is read leniently, its label may not be where the probabilities are told."""

    def judge(texts: list[str]) -> str:
        return best(texts).replace("<answer>[", "<answer>Document [") if len(texts) < 6 else best(texts)

    reranker = replace(setwise(Likely(judge=judge), docs_per_call=6), sort="logits")
    events = [event async for event in reranker.rerank("largest", candidates(range(17)), 3, lambda: 0.0)]
    statuses = {e.status for e in events if isinstance(e, CallFinished)}
    assert "ok" in statuses
    assert len([e for e in events if isinstance(e, RankSettled)]) == 3


async def test_a_fault_while_probabilities_are_asked_is_a_fault_of_its_call() -> None:
    class Broken(Likely):
        async def following(self, messages: Any, text: str) -> Any:
            raise Fault("connection cut")

        async def generate(self, messages: Any, decoding: Any) -> AsyncGenerator[Chunk, None]:
            async for chunk in super().generate(messages, decoding):
                yield replace(chunk, tokens=tuple(replace(t, alternatives={"[1": -1.0}) for t in chunk.tokens))

    reranker = replace(setwise(Broken(), docs_per_call=20), sort="logits")
    events: list[object] = []

    async def follow() -> None:
        async for event in reranker.rerank("largest", candidates(range(15)), 3, lambda: 0.0):
            events.append(event)

    with pytest.raises(Problem, match="not one answer .* connection cut"):
        await follow()
    finished = [e for e in events if isinstance(e, CallFinished)]
    assert {(e.status, e.finish_reason) for e in finished} == {("retried", "error"), ("failed", "error")}


async def test_an_engine_without_probabilities_says_so() -> None:
    reranker = replace(setwise(Scripted(), docs_per_call=20), sort="logits")
    with pytest.raises(Problem, match="tells no probabilities of its answers, give another --sort than logits"):
        _ = [event async for event in reranker.rerank("largest", candidates(range(9)), 3, lambda: 0.0)]

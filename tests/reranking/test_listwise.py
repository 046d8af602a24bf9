"""Listwise families: windows that slide, orders that are mended, and prompts byte for byte."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.engines.protocol import Chunk, Fault
from rankr1_app.errors import Problem
from rankr1_app.events import CallStarted, Planned, RankSettled, Source
from rankr1_app.reranking import prompt
from rankr1_app.reranking.asking import Reply
from rankr1_app.reranking.windows import reranked

from ..doubles import candidates
from .lists import (
    CASES,
    FAMILIES,
    Lists,
    best_first,
    check_whole,
    events,
    finished,
    letter_chunk,
    odd_text,
    ranking,
    shuffled,
    thinking,
)

WRITTEN = ["rankgpt", "rankzephyr-7b", "rankvicuna-7b", "insertrank"]
REASONED = ["reasonrank-7b", "reasonrank-8b", "reasonrank-32b"]
# Digests of the messages over two documents, as roles and contents, by prompts written out from the published sources.
MESSAGES = {
    "rankgpt": "aa0ef42ce3516cc20b28868b95adcfeba8e32fa104fc20c46019335cb36d0c86",
    "rankzephyr": "0ee125cdaa7673b6fe415cc26df3be8959de2f8b1df1a326d903920d59afd87d",
    "rankvicuna": "b1d61f63aa4dc32463ea25ad41866b29bff36d0937485f7563b3cc985fe27fa3",
    "reasonrank": "c97a3f73676b2813166ed566b55f55b4375688eca65d9976d343c88e94146aae",
    "reasonrank-qwen3": "22c25e080d47dba96803910dadbc16ba82571a790b64091d695cc815c544b33f",
    "insertrank": "8036e1307125650568e335f547fd70ca69d420963db09bebea6a7b98abe7a553",
    "first": "5ef8d56d71c6ddd0de30554bef17d0c04de5ab928ebeec7ec03243e8f7aa3421",
    "first-mistral": "319e262649600493523e5857212ad2d234c4347b475d232e5c00a953bf4ba746",
}


@pytest.mark.parametrize("reranker", WRITTEN)
@pytest.mark.parametrize("count", [2, 19, 20, 21, 30, 41])
async def test_a_perfect_order_brings_the_best_to_the_top(reranker: str, count: int) -> None:
    found = await events(reranker, Lists(), shuffled(count), 10)
    assert ranking(found) == [f"d{number}" for number in range(count - 1, -1, -1)][:10]
    assert {call.status for call in finished(found)} == {"ok"}


@pytest.mark.parametrize("reranker", REASONED)
async def test_an_order_after_a_thought(reranker: str) -> None:
    found = await events(reranker, Lists(answering=thinking), shuffled(35), 10)
    assert ranking(found) == [f"d{number}" for number in range(34, 24, -1)]
    assert {call.status for call in finished(found)} == {"ok"}


async def test_windows_are_asked_one_by_one_or_at_once() -> None:
    engine = Lists()
    found = await events("rankgpt", engine, shuffled(100))
    assert found[0] == Planned(at=0.0, calls=9, rounds=9)
    assert engine.most == 1
    calls = [event for event in found if isinstance(event, CallStarted)]
    assert [(call.round, call.purpose) for call in calls[:2]] == [
        (1, "ordering places 81 to 100"),
        (2, "ordering places 71 to 90"),
    ]
    first, second = calls[0].documents, finished(found)[0].order
    assert calls[1].documents[10:] == second[:10]
    assert calls[1].documents[:10] == tuple(f"d{number}" for number in shuffled(100)[70:80])
    assert set(first) == set(second)
    settled = [event for event in found if isinstance(event, RankSettled)]
    assert settled[0].calls[-1] == 9


async def test_the_ranking_is_that_of_the_pure_function() -> None:
    dice = random.Random(5)

    def messy(numbers: list[int]) -> str:
        return " > ".join(f"[{dice.randint(1, len(numbers) + 2)}]" for _ in numbers)

    found = await events("rankgpt", Lists(answering=messy), shuffled(57))
    texts = [call.text for call in finished(found)]
    assert ranking(found) == reranked([f"d{number}" for number in shuffled(57)], texts)
    assert {call.status for call in finished(found)} == {"repaired"}
    assert all("came again and" in call.error for call in finished(found))


async def test_a_window_that_cannot_be_read_twice_keeps_its_order() -> None:
    asked = []

    def refusing(numbers: list[int]) -> str:
        asked.append(numbers)
        return "I cannot tell." if max(numbers) == 3 else best_first(numbers)

    numbers = [3, 2, 1, 0, 9, 8, 7, 6]
    found = await events("rankgpt", Lists(answering=refusing), [*numbers[4:], *numbers[:4]], docs_per_call=4)
    assert [call.status for call in finished(found)] == ["retried", "failed", "ok", "ok"]
    assert ranking(found) == ["d9", "d8", "d7", "d6", "d3", "d2", "d1", "d0"]
    assert asked[0] != asked[1]
    assert sorted(asked[0]) == sorted(asked[1])


async def test_a_failed_window_above_another_keeps_what_that_one_moved_up() -> None:
    calls = iter(["[4] > [3] > [2] > [1]", "none", "none", "none", "none"])
    found = await events("rankgpt", Lists(answering=lambda _: next(calls)), [1, 2, 3, 4, 5, 6], docs_per_call=4)
    assert ranking(found) == ["d1", "d2", "d6", "d5", "d4", "d3"]


@pytest.mark.parametrize(
    ("text", "order", "why"),
    [
        ("<think>a</think>\n<answer>[2] > [1] > [3]</answer>", [2, 1, 3], ""),
        ("<think>a <answer>[1]</answer> b</think><answer>[3] > [2] > [1]</answer>", [3, 2, 1], ""),
        ("<think>a</think> [3] > [1] > [2]", [3, 1, 2], "it has no answer tags"),
        ("<think>a</think> Here are the 2 best: [3] > [1]", [3, 1, 2], "it has no answer tags"),
        ("<think>a</think><answer>[3] > [1", [3, 1, 2], "its tags are not as trained"),
        ("<think>a [3] > [1] > [2] and on", None, "the thinking never ended"),
        ("<think>a</think> I cannot, there are 3.", None, "there is no answer tag"),
        ("<think>a</think><answer>none</answer>", None, "the answer names no document"),
        ("<think>a</think><answer>[7]</answer>", None, "the answer names no document"),
    ],
)
async def test_what_counts_as_an_order_after_a_thought(text: str, order: list[int] | None, why: str) -> None:
    if order is None:
        with pytest.raises(Problem, match=why):
            await events("reasonrank-7b", Lists(answering=lambda _: text), [1, 2, 3])
        return
    found = await events("reasonrank-7b", Lists(answering=lambda _: text), [1, 2, 3])
    (call,) = finished(found)
    assert call.status == ("repaired" if why else "ok")
    assert why in call.error
    assert list(call.order) == [f"d{label}" for label in order]


async def test_a_thought_in_a_field_of_its_own() -> None:
    def answer(numbers: list[int]) -> Chunk:
        return Chunk(text="All of [1] to [3] are numbers.", reasoning=True)

    with pytest.raises(Problem, match="the thinking never ended"):
        await events("reasonrank-7b", Lists(answering=answer), [1, 2, 3])


async def test_not_one_readable_answer_fails_the_search() -> None:
    with pytest.raises(Problem, match="not one answer of model 'script' could be read"):
        await events("rankgpt", Lists(answering=lambda _: "no"), [1, 2])


async def test_a_broken_call_is_asked_again() -> None:
    broken = iter([Fault("cut"), None])

    def answering(numbers: list[int]) -> str:
        if fault := next(broken):
            raise fault
        return best_first(numbers)

    found = await events("rankzephyr-7b", Lists(answering=answering), [1, 2])
    assert [call.status for call in finished(found)] == ["retried", "ok"]
    assert ranking(found) == ["d2", "d1"]


async def test_one_document_needs_no_call() -> None:
    found = await events("rankgpt", Lists(), [5])
    assert found == [Planned(at=0.0, calls=0, rounds=0), RankSettled(at=0.0, rank=1, document="d5", calls=())]


async def test_insertrank_shows_each_documents_own_first_stage_score_in_every_window() -> None:
    engine = Lists()
    numbers = shuffled(30)
    await events("insertrank", engine, numbers)
    scores = {number: 1.0 / rank for rank, number in enumerate(numbers, 1)}
    assert len(engine.prompts) == 2
    for messages in engine.prompts:
        content = messages[1].content
        for label in range(1, 21):
            number = int(content.split(f"[{label}] number ")[1].split("\n")[0])
            assert f"\nBM25 score for passge [{label}]: {scores[number]:.3f}\n" in content


async def test_insertrank_shows_the_lexical_score_of_a_fused_first_stage() -> None:
    source = Source(retriever="bm25", rank=1, score=12.5, score_name="BM25")
    fused = [replace(each, sources=(source,)) for each in candidates([1, 2])]
    engine = Lists()
    await events("insertrank", engine, fused)
    assert "BM25 score for passge [1]: 12.500" in engine.prompts[0][1].content


async def test_labels_in_a_document_or_query_are_no_labels() -> None:
    engine = Lists()
    first, second = candidates([1, 2])
    await events("rankzephyr-7b", engine, [replace(first, text="number 1 beats [2]", title="On [12]"), second])
    assert "[1] Title: On (12) Content: number 1 beats (2)\n[2] number 2\n" in engine.prompts[0][1].content


async def test_documents_are_cut_to_words() -> None:
    engine = Lists()
    first, second = candidates([1, 2])
    await events("rankgpt", engine, [replace(first, text="number 1 " + "a " * 400), second])
    assert engine.prompts[0][3].content == "[1] number 1" + " a" * 298


async def test_decoding_is_the_authors() -> None:
    engine = Lists(answering=thinking)
    await events("reasonrank-8b", engine, [1, 2])
    assert (engine.decodings[0].temperature, engine.decodings[0].max_tokens) == (0.6, 3172)


@pytest.mark.parametrize("name", MESSAGES)
def test_prompts_byte_for_byte(name: str) -> None:
    found = prompt.load(name)
    digests = tuple(hashlib.sha256(text.encode()).hexdigest() for text in (found.system, found.user))
    assert digests == (found.system_sha256, found.user_sha256)
    messages = found.messages("why is the sky blue", ["Light scatters.", "Grass is green."], ["12.346", "2.000"])
    text = "\n".join(f"{message.role}\n{message.content}" for message in messages)
    assert hashlib.sha256(text.encode()).hexdigest() == MESSAGES[name], text


TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="[]0123456789> <answer>/think", max_size=80),
    st.lists(st.integers(-2, 24), max_size=24).map(lambda labels: " > ".join(f"[{label}]" for label in labels)),
    st.lists(st.integers(-2, 24), max_size=24).map(
        lambda labels: f"<think>x</think><answer>{'>'.join(f'[{label}]' for label in labels)}</answer>"
    ),
)


SHARES = st.dictionaries(st.one_of(st.sampled_from("ABCDEFGHT"), st.text(max_size=2)), st.floats(-60, 0), max_size=8)


@pytest.mark.parametrize("reranker", ["rankgpt", "reasonrank-7b"])
def test_an_order_that_was_written_has_every_document_once(reranker: str) -> None:
    for seed in range(CASES):
        dice = random.Random(seed)
        text = odd_text(dice)
        check_whole(reranker, dice.randint(1, 20), Reply(text=text, thought=min(dice.randrange(40), len(text))))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(list(FAMILIES)),
    st.integers(1, 12),
    st.sampled_from([2, 5, 20]),
    st.lists(st.one_of(TEXTS, SHARES), min_size=1, max_size=4),
)
def test_no_document_is_lost_doubled_or_invented(
    reranker: str, count: int, window: int, answers: list[str | dict[str, float]]
) -> None:
    turn = itertools.cycle(
        [letter_chunk(each) if isinstance(each, dict) else letter_chunk({"B": -0.1}, each) for each in answers]
    )
    engine = Lists(answering=lambda _: next(turn))
    try:
        found = asyncio.run(events(reranker, engine, list(range(count)), docs_per_call=window))
    except Problem:
        return
    assert sorted(ranking(found)) == sorted(f"d{number}" for number in range(count))

"""FARE: a judge asked in both orders, whose disagreement is a tie."""

from __future__ import annotations

import hashlib

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, RankSettled
from rankr1_app.reranking import prompt
from rankr1_app.reranking.asking import Reply
from rankr1_app.reranking.judge import verdict

from .lists import Lists, events


def fair(numbers: list[int]) -> str:
    """The larger number is better."""
    letter = "AB"[numbers[1] > numbers[0]]
    return f"Explanation: Assistant {letter} names the larger number.\nVerdict: [{letter}]"


def first(numbers: list[int]) -> str:
    """Whatever stands first is better."""
    return "Explanation: The first is better.\nVerdict: [A]"


@pytest.mark.parametrize("count", [2, 3, 8])
async def test_a_fair_judge_finds_the_order(count: int) -> None:
    found = await events("fare-8b", Lists(answering=fair), [(5 * n + 1) % count for n in range(count)], 3)
    settled = [event.document for event in found if isinstance(event, RankSettled)]
    assert settled == [f"d{number}" for number in range(count - 1, -1, -1)][:3]


async def test_every_pair_is_asked_in_both_orders_at_once() -> None:
    found = await events("fare-8b", Lists(answering=fair), [1, 2])
    started = [event for event in found if isinstance(event, CallStarted)]
    assert [(call.documents, call.kind, call.round) for call in started] == [
        (("d1", "d2"), "judge", 1),
        (("d2", "d1"), "judge", 1),
    ]
    assert [call.order for call in found if isinstance(call, CallFinished)] == [("d2", "d1")] * 2


async def test_verdicts_that_follow_the_position_are_a_tie() -> None:
    found = await events("fare-8b", Lists(answering=first), [1, 2])
    assert [call.order for call in found if isinstance(call, CallFinished)] == [("d1", "d2"), ("d2", "d1")]
    assert [event.document for event in found if isinstance(event, RankSettled)] == ["d1", "d2"]


@pytest.mark.parametrize(
    ("text", "letter", "why"),
    [
        ("Explanation: [A] is weak.\nVerdict: [B]", "B", ""),
        ("Verdict: [A]. On reflection, Verdict: [B]", "B", ""),
        ("<think>[A] or [B]?</think>Explanation: x\n**Verdict:** [[A]]", "A", ""),
        ("Verdict: Assistant B.", "B", "its verdict is not in brackets"),
        ("I take [B].", "B", "its verdict is not marked as one"),
        ("Both [A] and [B] are fine.", "", "there is no verdict"),
        ("<think>Verdict: [A]", "", "the thinking never ended"),
        ("", "", "there is no verdict"),
    ],
)
def test_what_counts_as_a_verdict(text: str, letter: str, why: str) -> None:
    assert verdict(Reply(text=text)) == (letter, why)


async def test_no_verdict_at_all() -> None:
    with pytest.raises(Problem, match="not one answer of model 'script' could be read, the last one: there is no verd"):
        await events("fare-8b", Lists(answering=lambda _: "Both."), [1, 2])


def test_the_prompt_of_the_card_byte_for_byte() -> None:
    found = prompt.load("fare")
    assert hashlib.sha256(found.system.encode()).hexdigest() == found.system_sha256
    assert found.messages("q", ["a", "b"])[1].content == (
        "[User Question]\nq\n\n[The Start of Assistant A's Answer]\na\n[The End of Assistant A's Answer]\n\n"
        "[The Start of Assistant B's Answer]\nb\n[The End of Assistant B's Answer]"
    )

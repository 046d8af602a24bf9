"""ERank: a thought, a grade, and how likely its digits were."""

from __future__ import annotations

import math

import pytest

from rankr1_app.engines.protocol import Chunk, Token
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, RankSettled

from .lists import Lists, events


def graded(thought: str, digits: str, likely: float = 0.5, after: str = "</answer>") -> Chunk:
    """An answer as Qwen writes it: every digit is a token."""
    text = f"<think>{thought}</think><answer>{digits}{after}"
    at = text.index("<answer>") + len("<answer>")
    tokens = [Token(at + place, digit, {"0": -3.0, digit: math.log(likely)}) for place, digit in enumerate(digits)]
    return Chunk(text=text, tokens=(*tokens, Token(at + len(digits), "</", {"</": 0.0})))


async def test_the_score_is_the_grade_times_its_probability() -> None:
    answers = {1: graded("poor", "7", 0.5), 2: graded("fine", "10", 0.9), 3: graded("good", "8", 0.99)}
    engine = Lists(answering=lambda numbers: answers[numbers[0]])
    found = await events("erank-4b", engine, [1, 2, 3])
    settled = [event for event in found if isinstance(event, RankSettled)]
    assert [event.document for event in settled] == ["d2", "d3", "d1"]
    assert [event.score for event in settled] == pytest.approx([10 * 0.81, 8 * 0.99, 3.5])
    assert {event.score_name for event in settled} == {"grade times its probability"}
    assert {(each.max_tokens, each.alternatives_after) for each in engine.decodings} == {(4096, "<answer>")}
    assert {call.kind for call in found if isinstance(call, CallStarted)} == {"score"}
    assert [turn.role for turn in engine.prompts[0]] == ["user"]


@pytest.mark.parametrize(
    ("chunk", "status", "why"),
    [
        (graded("x", "4"), "ok", ""),
        (graded("x", "4", after=""), "repaired", "its tags are not as trained"),
        (graded("x", "11"), "retried", "grade 11 is out of range, it must be 0 to 10"),
        (graded("x", "4", after=" or 5</answer>"), "retried", "the answer names no single grade"),
        (Chunk(text="<think>it goes on about 7"), "retried", "there is no answer tag"),
        (Chunk(text="6."), "retried", "its grade is not where the probabilities of the grades are"),
    ],
)
async def test_what_counts_as_a_grade(chunk: Chunk, status: str, why: str) -> None:
    right = graded("x", "9")
    found = await events("erank-4b", Lists(answering=lambda numbers: chunk if numbers == [1] else right), [1, 2])
    call = next(event for event in found if isinstance(event, CallFinished))
    assert (call.status, call.error) == (status, why)


async def test_a_grade_of_zero_leaves_documents_in_first_stage_order() -> None:
    found = await events("erank-4b", Lists(answering=lambda _: graded("x", "0")), [3, 1, 2])
    assert [event.document for event in found if isinstance(event, RankSettled)] == ["d3", "d1", "d2"]


async def test_an_engine_without_probabilities_is_refused() -> None:
    text = "<think>x</think><answer>3</answer>"
    with pytest.raises(Problem, match="engine scripted tells no probabilities"):
        await events("erank-4b", Lists(answering=lambda _: text), [1, 2])

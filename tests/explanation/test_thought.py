"""Where an answer thinks and where it answers, in every dress that models and servers give it."""

from __future__ import annotations

import time

import pytest

from rankr1_app.explanation.reasons import reasons
from rankr1_app.explanation.thought import parts
from rankr1_app.reranking.parse import parse

WHY = "Document [2] is the most relevant."
ANSWER = "<answer>[2]</answer>"
DRESSED = {
    "as trained": f"<think>{WHY}</think>\n{ANSWER}",
    "capitals": f"<THINK>{WHY}</THINK><ANSWER>[2]</ANSWER>",
    "no opening tag": f"{WHY}\n</think>\n\n{ANSWER}",
    "no tags": f"{WHY}\n{ANSWER}",
    "thinking": f"<thinking>{WHY}</thinking>{ANSWER}",
    "thought": f"<thought>{WHY}</thought>{ANSWER}",
    "reasoning": f"<reasoning>\n{WHY}\n</reasoning>{ANSWER}",
    "seed": f"<seed:think>{WHY}</seed:think>{ANSWER}",
    "brackets": f"[THINK]{WHY}[/THINK]{ANSWER}",
    "kimi": f"◁think▷{WHY}◁/think▷{ANSWER}",
    "cohere": f"<|START_THINKING|>{WHY}<|END_THINKING|>{ANSWER}",
    "channels": f"<|channel|>analysis<|message|>{WHY}<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
    "channels, bare": f"analysis{WHY}assistantfinal{ANSWER}",
    "gemma": f"<|channel>thought\n{WHY}<channel|>{ANSWER}",
    "boxed": f"<think>{WHY}</think> \\boxed{{[2]}}",
    "boxed, no tags": f"{WHY}\n\n\\boxed{{2}}",
    "last line": f"{WHY}\nThe answer is [2].",
    "bold last line": f"{WHY}\n\n**Answer:** [2]",
    "preamble": f"Let me think. <think>{WHY}</think>{ANSWER}",
    "text between": f"<think>x</think> {WHY} {ANSWER}",
}


@pytest.mark.parametrize("dress", DRESSED)
def test_thought_and_answer(dress: str) -> None:
    text = DRESSED[dress]
    found = parts(text)
    thought = [text[start:end].strip() for start, end in found.thought]
    assert found.answer is not None
    if dress == "text between":
        assert thought == ["x"], "what stands between thought and answer is read leniently, and shown as no thought"
    else:
        assert WHY in thought
        assert not any(mark in words for words in thought for mark in "<>◁▷|")
        assert [(reason.document, reason.text) for reason in reasons(text, ["a", "b"], "b")] == [("b", WHY)]
    assert parse(text, 3).label == 2
    assert parse(text, 3).status == ("ok" if dress in ("as trained", "capitals", "preamble") else "repaired")


@pytest.mark.parametrize(
    "rest", [ANSWER, f"\n\n{ANSWER}", f"<think>\n\n</think>\n\n{ANSWER}", f"<think>{WHY}</think>{ANSWER}"]
)
def test_a_field_for_thought_is_as_good_as_tags(rest: str) -> None:
    text = WHY + rest
    assert parse(text, 3, thought=len(WHY)).status == "ok"
    assert [text[start:end] for start, end in parts(text, len(WHY)).thought] == [WHY], "what comes twice is shown once"
    assert [reason.text for reason in reasons(text, ["a", "b"], "b", thought=len(WHY))] == [WHY]


def test_everything_in_the_field() -> None:
    tagged = f"{WHY}</think> {ANSWER}"
    assert parse(tagged, 3, thought=len(tagged)).label == 2
    bare = f"{WHY} {ANSWER}"
    assert parse(bare, 3, thought=len(bare)).status == "repaired"
    assert [bare[start:end].strip() for start, end in parts(bare, len(bare)).thought] == [WHY]


@pytest.mark.parametrize("text", ["<think>still thinking", "still thinking about [2]", "", "<think>", "\n"])
def test_an_answer_that_never_came(text: str) -> None:
    found = parts(text)
    assert parse(text, 3).status == "unreadable"
    assert found.answer is None or not text.strip()
    assert "".join(text[start:end] for start, end in found.thought).strip() == text.removeprefix("<think>").strip()


def test_text_after_the_answer_is_no_thought() -> None:
    text = f"<think>{WHY}</think>{ANSWER} Document [1] is worse."
    assert [reason.document for reason in reasons(text, ["a", "b"], "b")] == ["b"]


@pytest.mark.parametrize(
    "unit", [" ", "<", "<think>", "</think>", "<answer>", "[3] ", "\n", "<|channel|>", "\\boxed{", "answer "]
)
def test_long_answers_are_read_in_no_time(unit: str) -> None:
    long = unit * (20_000 // len(unit))
    began = time.perf_counter()
    for text in (long, f"<think>{long}", f"x</think><answer>x{long}y", f"<answer>{long}", f"x</think>{long}[3]"):
        parse(text, 3)
        parts(text)
    assert time.perf_counter() - began < 3

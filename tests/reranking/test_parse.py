"""Every shape of answer: what the reward accepts, what is repaired, what cannot be read."""

from __future__ import annotations

import pytest

from rankr1_app.reranking.parse import parse

OK = "<think> because </think>\n<answer>[3]</answer>"


@pytest.mark.parametrize(
    "text",
    [
        OK,
        "<think></think><answer>[3]</answer>",
        "<THINK> x </THINK> <ANSWER>[3]</ANSWER>",
        "<think>x</think><answer> [3]\n</answer>",
        "<think>x</think><answer>[3]</answer><answer>[1]</answer>",
        "preamble <think>x\ny</think>\n\n<answer>[3]</answer> and more",
        "<think>a<answer>[1]</answer></think><answer>[3]</answer>",
    ],
)
def test_as_trained(text: str) -> None:
    answer = parse(text, 5)
    assert (answer.label, answer.status) == (3, "ok")


@pytest.mark.parametrize(
    "text",
    [
        "<think>x</think><answer>3</answer>",
        "<think>x</think><answer>[3].</answer>",
        "<think>x</think><answer>[3]",
        "<think>x</think><answer>[ 3 ]</answer>",
        "<think>x</think> so the answer is <answer>[3]</answer>",
        "<answer>[3]</answer>",
        "x</think><answer>[3]</answer>",
        "<think>never closed <answer>[3]</answer>",
    ],
)
def test_repaired(text: str) -> None:
    answer = parse(text, 5)
    assert (answer.label, answer.status) == (3, "repaired")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no answer tag"),
        ("I think it is the third one", "no answer tag"),
        ("<think>x</think><answer>[6]</answer>", "out of range, there are 5"),
        ("<think>x</think><answer>[0]</answer>", "out of range"),
        ("<think>x</think><answer>[-3]</answer>", "no single label"),
        ("<think>x</think><answer>[3], [2]</answer>", "no single label"),
        ("<think>x</think><answer>[3] > [2]</answer>", "no single label"),
        ("<think>x</think><answer></answer>", "no single label"),
        ("<think>x</think><answer>none</answer>", "no single label"),
        ("<think>x</think><answer>[999999999999999999999999]</answer>", "out of range"),
        ("<think>it says <answer>[3]</answer> but I am still thinking", "never ended"),
        ("<think>x", "never ended"),
    ],
)
def test_unreadable(text: str, why: str) -> None:
    answer = parse(text, 5)
    assert answer.label is None
    assert answer.status == "unreadable"
    assert why in answer.why


def test_cut_by_length_says_so() -> None:
    assert "length" in parse("<think>on and on", 5, finish_reason="length").why


def test_without_reasoning() -> None:
    assert parse("<answer>[2]</answer>", 5, reasoning=False).status == "ok"
    assert parse("[2]", 5, reasoning=False).status == "repaired"
    assert parse("the second", 5, reasoning=False).status == "unreadable"


def test_digits_of_other_scripts_do_not_crash() -> None:
    assert parse("<think>x</think><answer>[٣]</answer>", 5).label in (None, 3)
    assert parse("<think>x</think><answer>[³]</answer>", 5).label is None

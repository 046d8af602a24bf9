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


DRESSES = (
    "**[3]**",
    "Document [3]",
    "［3］",
    "［３］",
    "【3】",
    "\\boxed{3}",
    "\\boxed{[3]}",
    "$\\boxed{\\text{[3]}}$",
    "`[3]`",
    '"3"',
    "“[3]”",
    "doc 3",
    "Passage #3",
    "(3)",
    "__[3]__",
    "[3]<|im_end|>",
    "The answer is [3].",
    "Answer: [3]",
    "[3] [3]",
    "Document [3]: Yeast and dough",
    "[3] because it says so",
    "```\n[3]\n```",
)


FORMS = ("<think>x</think><answer>{}</answer>", "<think>x</think> {}", "<think>x</think><answer>{}")
SEVERAL = ("[3] and [2]", "[3], [2]", "[3] > [2]", "3 or 2", "[3, 2]", "Document [3] or document [2]")


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize(
    "form", ["<think>x</think><answer>{}</answer>", "<think>x</think> {}", "<think>x</think><answer>{}"]
)
def test_one_label_in_any_dress_is_one_label(form: str, dress: str) -> None:
    answer = parse(form.replace("{}", dress, 1), 5)
    assert (answer.label, answer.status) == (3, "repaired")


@pytest.mark.parametrize("dress", [*SEVERAL, "[-3]", "3.5", "not [3]", "three"])
def test_two_labels_or_none_are_unreadable(dress: str) -> None:
    assert parse(f"<think>x</think><answer>{dress}</answer>", 5).label is None
    assert parse(f"<think>x</think> {dress}", 5).label is None
    assert parse(f"<think>x</think> so <answer>[3]</answer> or <answer>{dress}</answer>", 5).label is None


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


def test_cut_early_says_so() -> None:
    assert "length" in parse("<think>on and on", 5, finish_reason="length").why
    assert "content filter" in parse("<think>on and on", 5, finish_reason="content_filter").why


def test_without_reasoning() -> None:
    assert parse("<answer>[2]</answer>", 5, reasoning=False).status == "ok"
    assert parse("[2]", 5, reasoning=False).status == "repaired"
    assert parse("the second", 5, reasoning=False).status == "unreadable"


def test_digits_of_other_scripts_do_not_crash() -> None:
    assert parse("<think>x</think><answer>[٣]</answer>", 5).label in (None, 3)
    assert parse("<think>x</think><answer>[³]</answer>", 5).label is None

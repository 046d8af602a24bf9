"""How strong the words of an answer make each of its documents."""

from __future__ import annotations

import pytest

from rankr1_app.explanation.strengths import strengths

ANSWER = """<think> The query asks about bread, rise.
[1] bread comes early, rise is missing, words 1.00, meaning .31: it comes first.
[2] bread comes early, rise is there, words .60, meaning .58: nearer in meaning than [1], so it leads.
[3] none of the words, words none, meaning .30: less near in meaning than [2].
[4], [5]: none of the words, and far in meaning.
The choice is [2], which beats [1]: nearer in meaning. </think>
<answer>[2]</answer>"""


def test_scores_and_words_count_as_the_model_was_taught() -> None:
    assert strengths(ANSWER) == pytest.approx(
        {
            "[1]": 8 * 0.31 + 2.2 + 0.35 / 2,
            "[2]": 8 * 0.58 + 2.2 * 0.6 + 0.35,
            "[3]": 8 * 0.3,
            "[4]": 0,
            "[5]": 0,
        }
    )


def test_a_document_weighed_and_dismissed_is_as_strong_as_its_line_says() -> None:
    assert strengths(ANSWER.replace("[4], [5]:", "[1], [4]:"))["[1]"] == strengths(ANSWER)["[1]"]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<think> [1] speaks of bread, [2] of dough. </think><answer>[2]</answer>",
        "[1] bread is there (1), so 1 in all.",
    ],
)
def test_answers_that_weigh_nothing_give_no_strengths(answer: str) -> None:
    assert strengths(answer) == {}

"""What is said of scores and comparisons is judged by the scores, the documents, and what was said before."""

from __future__ import annotations

import pytest

from rankr1_app.explanation.claims import check
from rankr1_app.explanation.weighing import Case, compare

QUERY = "why does bread rise"
DOCUMENTS = {"[1]": "Bread costs more", "[2]": "Dough and bread rise", "[3]": "Cats", "[4]": "Dogs"}
SCORES = {"[1]": (100, 31), "[2]": (60, 58), "[3]": (None, 12), "[4]": (0, 9)}
ANSWER = """<think> The query asks about bread, rise.
[1] bread comes early, rise is missing, words 1.00, meaning .31: it comes first.
[2] bread comes early, rise comes early, words .60, meaning .58: nearer in meaning than [1], so it leads.
[3], [4]: none of the words, and far in meaning.
The choice is [2], which beats [1]: nearer in meaning. </think>
<answer>[2]</answer>"""


def false(answer: str) -> list[tuple[str, str]]:
    return [(each.kind, each.label) for each in check(answer, QUERY, DOCUMENTS, SCORES) if not each.true]


def test_every_claim_is_found_and_true() -> None:
    kinds = [each.kind for each in check(ANSWER, QUERY, DOCUMENTS, SCORES)]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "asked": 2,
        "early": 3,
        "missing": 1,
        "score": 2,
        "leads": 2,
        "compared": 1,
        "dismissed": 2,
        "choice": 1,
        "beats": 1,
    }
    assert not false(ANSWER)


@pytest.mark.parametrize(
    ("said", "instead", "wrong"),
    [
        ("meaning .58:", "meaning .57:", [("score", "[2]")]),
        ("words .60,", "words none,", [("score", "[2]")]),
        ("nearer in meaning than [1], so it leads", "less near in meaning than [1]", [("compared", "[2]")]),
        ("than [1], so it leads", "than [3], so it leads", [("compared", "[2]"), ("leads", "[2]")]),
        ("[3], [4]: none", "[1], [4]: none", [("dismissed", "[1]")]),
        ("choice is [2], which beats [1]", "choice is [1], which beats [2]", [("choice", "[1]"), ("beats", "[2]")]),
        ("beats [1]: nearer in meaning", "beats [1]: stronger in words", [("beats", "[1]")]),
        ("beats [1]: nearer in meaning", "beats [9]: nearer in meaning", [("beats", "[9]")]),
    ],
)
def test_what_does_not_hold_is_false(said: str, instead: str, wrong: list[tuple[str, str]]) -> None:
    assert said in ANSWER
    assert set(wrong) <= set(false(ANSWER.replace(said, instead)))


def test_none_of_the_words_is_judged_by_the_words_named() -> None:
    line = "[3] none of the words, words none, meaning .12: less near in meaning than [2]."
    answer = ANSWER.replace("[3], [4]: none of the words, and far in meaning.", line)
    assert not false(answer)
    assert ("none", "[1]") in false(answer.replace("[1] bread comes early, rise is missing,", "[1] none of the words,"))


def test_what_is_lacking_speaks_for_nothing() -> None:
    some, nothing = Case(meaning=40), Case()
    assert compare(some, nothing) == (True, "meaning")
    assert compare(nothing, some) == (False, "meaning")
    assert compare(nothing, nothing) == (False, "even")
    one, two = Case(has=frozenset({"a"}), looked_up=2), Case(has=frozenset({"a", "b"}), looked_up=2)
    assert compare(two, one) == (True, "share")

"""What the model's own words say against its choice, and nothing that they do not say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.explanation.doubts import doubts, reversed_choices
from rankr1_app.explanation.reasons import reasons

DOCUMENTS = ("a", "b", "c")
TITLES = {"a": "Ants", "b": "Bees and honey", "c": "Cats"}


def of(text: str, winner: str = "a") -> list[str]:
    """The doubts about an answer over three documents."""
    return list(doubts(7, winner, reasons(text, DOCUMENTS, winner), TITLES))


COUNTED = "[1] x is missing, so 0 in all.\n[2] x is there (1), so 1 in all.\n"
SCORED = (
    "[1] tea is there, milk is missing, words .45, meaning .40: it comes first.\n"
    "[2] tea is there, milk is missing, words .60, meaning .74: nearer in meaning than [1], so it leads.\n"
    "[3] tea is missing, milk is missing, words 1.00, meaning .75: weaker in words than [2].\n"
    "The choice is [{0}], which beats [3]: nearer in meaning."
)


@pytest.mark.parametrize(
    ("text", "winner", "found"),
    [
        (COUNTED, "a", ["By its own count in comparison 7 another document led: “Bees and honey” 1, this one 0."]),
        (COUNTED, "b", []),
        (COUNTED + "Words weighed against place, the choice is [1] with 0 in all.", "a", ["By its own count"]),
        (
            SCORED.format(1),
            "a",
            ["“Bees and honey” words .60, meaning .74, this one words .45, meaning .40."],
        ),
        (SCORED.format(2), "b", []),
        (SCORED.format(3), "c", []),
        ("[1] Score: 6/10. \n[2] Score: 8/10.", "a", ["“Bees and honey” 8, this one 6."]),
        ("[1] relevance score is 7.5\n[3] relevance score is 7", "a", []),
        ("[1] has a score of 7, [2] has a score of 9.", "a", []),  # one sentence of two documents
        ("[1] 7 out of 10.\n[2] was 9 years old.", "a", []),
        ("[1] is not directly relevant but close.\n[2] is worse.", "a", ["though it says “not directly relevant”"]),
        ("[2] is irrelevant.\n[1] is best.", "a", []),
        ("[1] is better than [2], which is irrelevant.", "a", []),
    ],
)
def test_what_speaks_against_a_choice(text: str, winner: str, found: list[str]) -> None:
    said = of(text, winner)
    assert len(said) == len(found)
    assert all(wanted in each for wanted, each in zip(found, said, strict=True))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 99), min_size=3, max_size=3), st.sampled_from(DOCUMENTS))
def test_the_largest_count_is_never_doubted(counts: list[int], winner: str) -> None:
    text = "\n".join(f"[{n}] so {count} in all." for n, count in enumerate(counts, 1))
    assert bool(of(text, winner)) == (counts[DOCUMENTS.index(winner)] < max(counts))


def test_choices_in_both_directions() -> None:
    beaten = {"a": {"b": 3, "c": 1}, "b": {"a": 9}}
    assert list(reversed_choices("a", beaten, TITLES)) == [
        "The model contradicts itself: it chose this over “Bees and honey” in comparison 3, and that over this in "
        "comparison 9."
    ]
    assert list(reversed_choices("c", beaten, TITLES)) == []

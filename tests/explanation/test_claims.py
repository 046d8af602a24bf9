"""What an answer claims of words is judged by the documents it was given."""

from __future__ import annotations

import pytest

from rankr1_app.explanation.claims import check

QUERY = "Does bread rise slowly?"
DOCUMENTS = ("Bread dough. It rises, slowly!", "Butter and BREAD", "Stones")
LABELLED = {"[1]": DOCUMENTS[0], "[2]": DOCUMENTS[1], "[3]": DOCUMENTS[2]}
TRACE = """<think> The query asks about bread, slowly. A word counts 1, an early one 2. Checking each document:
[1] bread comes early (2), slowly comes early (4), so 4 in all.
[2] bread comes early (2), slowly is missing, so 2 in all.
[3] bread is missing, slowly is missing, so 0 in all.
Words weighed against place, the choice is [1] with 4 in all. </think>
<answer>[1]</answer>"""


def told(trace: str) -> list[tuple[str, str, str, bool]]:
    return [(claim.kind, claim.label, claim.word, claim.true) for claim in check(trace, QUERY, LABELLED)]


def test_a_word_the_query_does_not_ask_about_is_told() -> None:
    claims = check(TRACE.replace("about bread, slowly", "about Bread, dough, slow"), QUERY, LABELLED)
    asked = [(claim.word, claim.label, claim.true) for claim in claims if claim.kind == "asked"]
    assert asked == [("Bread", "", True), ("dough", "", False), ("slow", "", False)]


@pytest.mark.parametrize(
    ("line", "claim"),
    [
        ("[3] bread is there, so 1 in all.", ("there", "[3]", "bread", False)),
        ("[2] bread is missing, so 0 in all.", ("missing", "[2]", "bread", False)),
        ("[1] rise is missing, so 0 in all.", ("missing", "[1]", "rise", True)),
        ("[9] bread is there, so 1 in all.", ("there", "[9]", "bread", False)),
        ("[2] bread is missing, so 2 in all.", ("count", "[2]", "", True)),
        ("[2] bread is there, so 1 in all.", ("count", "[2]", "", False)),
        ("[2] bread comes early (1), so 2 in all.", ("early", "[2]", "bread", False)),
        ("[2] bread comes early (2), so 2 in all.", ("early", "[2]", "bread", True)),
        ("[2] bread is there, bread is there, so 4 in all.", ("count", "[2]", "", False)),
    ],
)
def test_each_claim_is_judged_by_the_documents(line: str, claim: tuple[str, str, str, bool]) -> None:
    assert claim in told(f"<think> x\n{line}\n</think>")


@pytest.mark.parametrize(
    ("best", "true"),
    [
        ("[1] with 4 in all", True),
        ("[2] with 4 in all", False),
        ("[7] with 0 in all", False),
    ],
)
def test_the_best_match_is_judged(best: str, true: bool) -> None:
    trace = TRACE.replace("[1] with 4 in all", best)
    assert told(trace)[-1] == ("best", best[:3], "", true)


@pytest.mark.parametrize(
    "text", ["", "<think>", "No labels here.", "<think> [1] is about bread. </think>", "[1]\n[2]", "\0\udcff"]
)
def test_text_without_claims_has_none(text: str) -> None:
    assert check(text, QUERY, LABELLED) == ()


def test_what_stands_after_the_thought_is_no_claim() -> None:
    assert told("<think> nothing </think>\n[3] bread is there,") == []


def test_an_unclosed_thought_is_still_checked() -> None:
    assert told("<think> x\n[1] bread is there, dough is mis") == [("there", "[1]", "bread", True)]

from __future__ import annotations

import pytest

from rankr1_app.reranking.parse import parse
from rankr1_app.training import traces

QUERY = "Does bread rise slowly?"
DOCUMENTS = ("Bread dough. It rises, slowly!", "Butter and BREAD", "Stones")
LABELLED = {"[1]": DOCUMENTS[0], "[2]": DOCUMENTS[1], "[3]": DOCUMENTS[2]}
TRACE = """<think> The query asks about bread, slowly. A word counts 1, an early one 2. Checking each document:
[1] bread comes early (2), slowly comes early (4), so 4 in all.
[2] bread comes early (2), slowly is missing, so 2 in all.
[3] bread is missing, slowly is missing, so 0 in all.
Words weighed against place, the choice is [1] with 4 in all. </think>
<answer>[1]</answer>"""
LATE = "Stones lie on the ground for a very long time, as bread does not"


def told(trace: str) -> list[tuple[str, str, str, bool]]:
    return [(claim.kind, claim.label, claim.word, claim.true) for claim in traces.check(trace, QUERY, LABELLED)]


def test_a_trace_is_written_as_shown() -> None:
    assert traces.build(("bread", "slowly"), DOCUMENTS, 0) == TRACE


def test_a_built_trace_is_readable_and_true() -> None:
    assert parse(TRACE, 3).status == "ok"
    claims = traces.check(TRACE, QUERY, LABELLED)
    assert [claim.kind for claim in claims].count("count") == 3
    assert len(claims) == 12
    assert all(claim.true for claim in claims)
    assert traces.spoken_of(TRACE) == set(LABELLED)


def test_lines_end_where_a_word_named_twice_comes_again() -> None:
    said = traces.build(("bread", "slowly", "bread", "butter"), DOCUMENTS, 0)
    assert "asks about bread, slowly, bread, butter." in said
    assert said.partition("\n")[2] == TRACE.partition("\n")[2]


def test_a_line_that_goes_on_beyond_its_end_counts_no_word_twice() -> None:
    said = traces.build(("bread", "slowly"), DOCUMENTS, 0, {0: ("slowly", "bread")})
    lines, before = said.splitlines(), TRACE.splitlines()
    assert len(traces._SAID.findall(lines[1])) == 4
    assert lines[1].endswith(before[1].rpartition(", ")[2])
    assert lines[2:] == before[2:]
    assert all(claim.true for claim in traces.check(said, QUERY, LABELLED))


def test_a_word_that_comes_late_is_there_and_not_early() -> None:
    said = traces.build(("bread", "stones"), (LATE,), 0)
    assert "[1] bread is there (1), stones comes early (3), so 3 in all." in said
    assert all(claim.true for claim in traces.check(said, "bread stones", {"[1]": LATE}))
    wrong = said.replace("bread is there (1)", "bread comes early (1)")
    assert [claim.word for claim in traces.check(wrong, "bread stones", {"[1]": LATE}) if not claim.true] == ["bread"]


def test_a_word_the_query_does_not_ask_about_is_told() -> None:
    claims = traces.check(TRACE.replace("about bread, slowly", "about Bread, dough, slow"), QUERY, LABELLED)
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
    assert traces.check(text, QUERY, LABELLED) == ()


def test_what_stands_after_the_thought_is_no_claim() -> None:
    assert told("<think> nothing </think>\n[3] bread is there,") == []


def test_an_unclosed_thought_is_still_checked() -> None:
    assert told("<think> x\n[1] bread is there, dough is mis") == [("there", "[1]", "bread", True)]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("why does bread dough rise", ("bread", "dough", "rise")),
        ("Bread, BREAD and bread?", ("bread",)),
        ("to be or not to be", ("to", "be", "or", "not")),
        ("a1 b2 c3 d4 e5 f6 g7 h8", ("a1", "b2", "c3", "d4", "e5", "f6")),
        ("TNF-α levels (IL_6)", ("tnf", "α", "levels", "il", "6")),
        ("Caf\u0065\u0301", ("caf\u00e9",)),
        ("?!", ()),
    ],
)
def test_the_words_a_trace_names(query: str, asked: tuple[str, ...]) -> None:
    assert traces.content_words(query) == asked


def test_words_are_whole_words() -> None:
    assert traces.found_in(("rise", "bread", "slowly"), DOCUMENTS[0]) == (0, 2, 2)

"""The bundled model's reasoning as it is written: readable, true, and as shown."""

from __future__ import annotations

import pytest

from rankr1_app.explanation.claims import STATEMENT, check, described
from rankr1_app.reranking.parse import parse
from rankr1_app.training import traces

from ..explanation.test_claims import DOCUMENTS, LABELLED, QUERY, TRACE

LATE = "Stones lie on the ground for a very long time, as bread does not"


def test_a_trace_is_written_as_shown() -> None:
    assert traces.build(("bread", "slowly"), DOCUMENTS, 0) == TRACE


def test_a_built_trace_is_readable_and_true() -> None:
    assert parse(TRACE, 3).status == "ok"
    claims = check(TRACE, QUERY, LABELLED)
    assert [claim.kind for claim in claims].count("count") == 3
    assert len(claims) == 12
    assert all(claim.true for claim in claims)
    assert described(TRACE) == set(LABELLED)


def test_lines_end_where_a_word_named_twice_comes_again() -> None:
    said = traces.build(("bread", "slowly", "bread", "butter"), DOCUMENTS, 0)
    assert "asks about bread, slowly, bread, butter." in said
    assert said.partition("\n")[2] == TRACE.partition("\n")[2]


def test_a_line_that_goes_on_beyond_its_end_counts_no_word_twice() -> None:
    said = traces.build(("bread", "slowly"), DOCUMENTS, 0, {0: ("slowly", "bread")})
    lines, before = said.splitlines(), TRACE.splitlines()
    assert len(STATEMENT.findall(lines[1])) == 4
    assert lines[1].endswith(before[1].rpartition(", ")[2])
    assert lines[2:] == before[2:]
    assert all(claim.true for claim in check(said, QUERY, LABELLED))


def test_a_word_that_comes_late_is_there_and_not_early() -> None:
    said = traces.build(("bread", "stones"), (LATE,), 0)
    assert "[1] bread is there (1), stones comes early (3), so 3 in all." in said
    assert all(claim.true for claim in check(said, "bread stones", {"[1]": LATE}))
    wrong = said.replace("bread is there (1)", "bread comes early (1)")
    assert [claim.word for claim in check(wrong, "bread stones", {"[1]": LATE}) if not claim.true] == ["bread"]


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

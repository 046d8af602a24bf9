"""The dialect of delimited text: what separates, what quotes, whether there is a header, and rows by it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.retrieval import delimited
from rankr1_app.retrieval.delimited import Row, dialect, rows_of


def read(text: str, *, comma: bool = False, loose: bool = False) -> list[Row]:
    """Return the rows of content of a text."""
    lines = text.split("\n")
    return list(dialect(lines, comma=comma, loose=loose).rows(enumerate(lines, 1)))


@pytest.mark.parametrize(
    ("lines", "comma", "delimiter"),
    [
        (["a\tb,c"], True, "\t"),
        (["id,text", "1,x"], False, ","),
        (["id;text", "1;x"], False, ";"),
        (["id|text"], False, "|"),
        (['"id","text"'], False, ","),
        (["a,b", "c,d"], False, "\t"),
        (["a,b", "c,d"], True, ","),
        (["a;b, c", "d;e"], True, ";"),
        (["a;b;c", "d;e;f, g"], True, ";"),
        (["sep=|", "a|b"], False, "|"),
        (['"sep=;"', "a;b"], True, ";"),
        ([], True, "\t"),
        (["", "  "], True, "\t"),
    ],
)
def test_what_separates(lines: list[str], comma: bool, delimiter: str) -> None:
    assert dialect(lines, comma=comma).delimiter == delimiter


@pytest.mark.parametrize(
    ("first", "header"),
    [
        ("id\ttext", ("id", "text")),
        ("#QID\tquery", ("qid", "query")),
        ("\ufeffid\twords", ("id", "words")),
        ("Doc Id\tx", ("doc_id", "x")),
        ("title\ttext", ("title", "text")),
        ("x\ttitle\ttext", ("x", "title", "text")),
        ("title\tx", ()),
        ("x\ty", ()),
        ("id", ()),
        ("id\twhat is it?", ()),
        (f"id\t{'x' * 41}", ()),
        ("id\t", ("id", "")),
    ],
)
def test_a_header_is_known_by_its_names(first: str, header: tuple[str, ...]) -> None:
    assert dialect([first, "1\tsome words"]).header == header


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        (["Nr;What it says", "1;Copper turns green."], ("nr", "what_it_says")),
        (["Item;Price", "tea;2.50", "tin;$9"], ("item", "price")),
        (["Item;Kind", "tea;leaf", "tin;metal"], ()),
        (["Item;Item ", "tea;2.50"], ()),
        (["1;What it says", "2;Copper turns green."], ()),
        (["Item;", "tea;Copper turns green."], ()),
        (["leaf;tea", "leaf;Copper turns green in wet air."], ()),
        (["Nr;What it says"], ()),
        (["Nr;What it says", "no such width"], ()),
    ],
)
def test_a_header_of_names_that_nobody_knows_is_unlike_what_is_below(lines: list[str], header: tuple[str, ...]) -> None:
    assert dialect(lines, comma=True, loose=True).header == header
    assert dialect(lines, comma=True).header == ()


@pytest.mark.parametrize(
    ("lines", "quoted"),
    [
        (['a\t"x"', 'b\t"y"'], True),
        (['a\t"x"', "b\ty"], False),
        (['a\t"say ""x"" now"', "b\ty"], True),
        (['a\t"x" and more', 'b\t"y"'], False),
        (['a\t"x', 'b\ty"'], False),
        (['a\t""', "b\ty"], False),
        (['id\ttext', 'a\t"x"'], True),
        (["a\tx"], False),
    ],
)  # fmt: skip
def test_quotes_in_tab_separated_text_are_the_texts_unless_all_rows_have_them(lines: list[str], quoted: bool) -> None:
    assert dialect(lines).quoted == quoted


def test_rows_of_content_leave_out_what_stands_before_them_and_keep_their_line() -> None:
    assert read("sep=;\nid;text\na;x\nb;y") == [Row(3, ("a", "x")), Row(4, ("b", "y"))]
    assert read("a\tx\nb\ty") == [Row(1, ("a", "x")), Row(2, ("b", "y"))]


def test_a_quoted_cell_goes_on_over_lines() -> None:
    assert read('id,text\na,"one\ntwo, three"\nb,y') == [Row(2, ("a", "one\ntwo, three")), Row(4, ("b", "y"))]


def test_broken_quotes_are_said_and_the_next_row_is_read() -> None:
    assert read('id,text\na,"x"y\nb,z') == [Row(2, (), "broken quoting"), Row(3, ("b", "z"))]
    assert read('id,text\na,x\nb,"never closed\nc,z')[1:] == [Row(3, (), "a quote that is never closed")]


def test_a_cell_over_the_limit_is_a_quote_that_is_never_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = csv.field_size_limit()
    monkeypatch.setattr(delimited, "LIMIT", 100)
    try:
        found = list(rows_of(enumerate(["a", '"' + "x" * 60, "y" * 60], 1), ",", quoted=True))
    finally:
        csv.field_size_limit(before)
    assert found == [Row(1, ("a",)), Row(2, (), "a quote that is never closed")]


def test_the_width_is_what_most_rows_have_and_never_one_where_some_have_more() -> None:
    assert dialect(["a\tb\tc", "a\tb", "d\te", "x"]).columns == 2
    assert dialect(["x", "y", "z\tw"]).columns == 2
    assert dialect(["x"]).columns == 1
    assert dialect([]).columns == 0


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=6)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5), st.sampled_from(",;|"))
def test_what_the_standard_library_writes_is_read_back(rows: list[list[str]], mark: str) -> None:
    memory = io.StringIO()
    csv.writer(memory, delimiter=mark, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    lines = memory.getvalue().removesuffix("\n").split("\n")
    assert [row.cells for row in rows_of(enumerate(lines, 1), mark, quoted=True)] == [tuple(row) for row in rows]

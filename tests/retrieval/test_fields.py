"""Which columns hold ids, titles and texts, and what may stand in them."""

from __future__ import annotations

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.fields import Choice, Columns, How, Wrong, choice, columns, guessed, identifier, words


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("id", "title", "text"), Columns("id", "title", ("text",))),
        ((" ID ", "Text"), Columns(" ID ", None, ("Text",))),
        (("docid", "contents", "headings"), Columns("docid", None, ("contents",))),
        (("docid", "headings", "segment", "title"), Columns("docid", "title", ("headings", "segment"))),
        (("pid", "id", "passage", "text"), Columns("id", None, ("text",))),
        (("id", "ID", "text"), Columns("id", None, ("text",))),
    ],
)
def test_columns_are_known_by_their_names(names: tuple[str, ...], found: Columns) -> None:
    assert columns(names) == found


@pytest.mark.parametrize(
    ("names", "says"), [(("text", "x"), "no id"), (("id", "x"), "no text"), (("x",), "no id"), ((), "no id")]
)
def test_columns_without_id_or_text_are_wrong(names: tuple[str, ...], says: str) -> None:
    with pytest.raises(Wrong, match=f"^{says}$") as raised:
        columns(names)
    assert raised.value.detail == f"has {', '.join(names)}"


def test_columns_say_where_id_title_and_text_come_from() -> None:
    assert str(Columns("docno", None, ("headings", "segment"))) == "id from docno, text from headings and segment"
    assert str(Columns("", "name", ("body",))) == "id from the number of the line, title from name, text from body"
    assert Columns("", "name", ("a", "b")).chosen == {"id": "", "title": "name", "text": "a+b"}
    assert Columns("_id", None, ("contents",)).usual
    assert not Columns("id", "headline", ("text",)).usual


def test_a_choice_is_written_with_equals_signs_and_commas() -> None:
    assert choice("text=a+b,id=c") == Choice(("a", "b"), "c")
    with pytest.raises(Problem) as raised:
        choice("body=x")
    assert str(raised.value) == "columns 'body=x' are not valid, write them as id=NAME,title=NAME,text=NAME"


def test_chosen_columns_are_compared_as_labels_and_named_where_they_lack() -> None:
    names = ("Ref No", "What it Says")
    assert Choice(("what_it_says",), "REF no").of(names) == Columns("Ref No", None, ("What it Says",))
    with pytest.raises(Wrong, match="^no Price$") as raised:
        Choice(("what it says",), title="Price").of(names)
    assert raised.value.detail == "has Ref No, What it Says"


def test_a_choice_for_a_file_comes_before_the_one_for_all() -> None:
    own, every = Choice(("a",)), Choice(("b",))
    how = How({"x.csv": own, "": every})
    assert (how.choice("x.csv"), how.choice("y.csv"), How().choice("x.csv")) == (own, every, None)


def test_the_longest_column_with_words_is_guessed_to_be_the_text() -> None:
    names = ("Item no", "name", "about", "sum")
    rows = [("1", "Pipe", "turns green", "9" * 40), ("2", "Tin", "is soft", "8" * 40), ("short", "row")]
    assert guessed(names, rows) == Choice(("about",), "Item no", "name")
    twice = [("1", "Pipe", "x", "9"), ("1", "Tin", "is soft", "8")]
    assert guessed(names, twice) == Choice(("about",), "", "name"), "an id that comes twice is none"
    assert guessed(("only",), []) == Choice(("only",))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a", "a"),
        (" a ", "a"),
        (7, "7"),
        (7.0, "7"),
        (10**30, str(10**30)),
        ("a\ud800", "a?"),
        ("x" * 999, "x" * 999),
    ],
)
def test_ids_are_strings_or_whole_numbers(value: object, found: str) -> None:
    assert identifier(value) == found


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "id must be a string"),
        (True, "id must be a string"),
        (1.5, "id must be a string"),
        (1e300, "id must be a string"),
        (["a"], "id must be a string"),
        ("", "no id"),
        (" \n", "no id"),
        ("a b", "id with blanks or over 1,000 characters"),
        ("a\u3000b", "id with blanks or over 1,000 characters"),
        ("x" * 1001, "id with blanks or over 1,000 characters"),
        ("a\x07b", "id with control characters"),
        ("a\ufeffb", "id with control characters"),
    ],
)
def test_ids_that_no_run_file_could_carry_are_wrong(value: object, says: str) -> None:
    with pytest.raises(Wrong, match=f"^{says}$"):
        identifier(value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a\0b\ud800", "a\ufffdb?"),
        (None, ""),
        (float("nan"), ""),
        ([], ""),
        (["a", "", None, "b"], "a b"),
    ],
)
def test_texts_may_be_lists_or_lack(value: object, found: str) -> None:
    assert words(value, "text") == found


@pytest.mark.parametrize("value", [5, True, 1.5, {"en": "x"}, ["x", 1], [["x"]]])
def test_what_is_no_text_is_not_made_one(value: object) -> None:
    with pytest.raises(Wrong, match="^text must be a string$"):
        words(value, "text")

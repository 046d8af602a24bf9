"""Words that an answer says a document lacks, and that it has."""

from __future__ import annotations

import pytest

from rankr1_app.events import (
    CallFinished,
    CallStarted,
    Candidate,
    RankSettled,
    Retrieved,
    SearchStarted,
    Shortened,
    Usage,
)
from rankr1_app.explanation.story import Stories

ASKED = "The query asks about bread, foods.\n"
LONGER = "Something else first, and then only at the very end bread."


def notes(said: str, title: str = "", text: str = "", read: int | None = None, query: str = "") -> tuple[str, ...]:
    """Return the notes on a document of which `said` is said in the call that put it first."""
    found = tuple(Candidate(id=name, title=title, text=text, rank=rank, score=1.0) for rank, name in enumerate("ab", 1))
    stories = Stories()
    if query:
        stories.see(SearchStarted(at=0, query=query, settings={}, versions={}, seed=1, started=""))
    stories.see(Retrieved(at=0, index="i", retriever="r", score_name="s", candidates=found, seconds=0))
    if read is not None:
        stories.see(Shortened(at=0, documents={"a": read}))
    stories.see(CallStarted(at=0, call=3, round=1, purpose="", documents=("a", "b")))
    answer = f"<think>{ASKED}{said}\nThe choice is [1].</think><answer>[1]</answer>"
    stories.see(
        CallFinished(
            at=1,
            call=3,
            answer=("a",),
            order=("a",),
            status="ok",
            finish_reason="stop",
            text=answer,
            usage=Usage(),
            seconds=1,
        )
    )
    stories.see(RankSettled(at=1, rank=1, document="a", calls=(3,)))
    return stories.of("a").notes


@pytest.mark.parametrize(
    ("said", "title", "text", "note"),
    [
        ("[1] bread is missing.", "Bread and salt", "", "finds “bread” missing, but its title has “Bread”."),
        ("[1] foods is missing.", "", "Dry food keeps.", "finds “foods” missing; its text has “food”."),
        (
            "[1] bread is missing, foods is missing.",
            "Food",
            "the bread",
            "finds “bread”, “foods” missing, but its title has “Food”, its text has “bread”.",
        ),
        ("[1] none of the words.", "Loaves", "of bread", "finds none of the words, but its text has “bread”."),
        ("[1], [2]: none of the words, and far.", "", "food", "finds none of the words; its text has “food”."),
        ("[1] does not mention “bread” at all.", "", "Bread.", "finds “bread” missing, but its text has “Bread”."),
    ],
)
def test_what_a_document_has_is_not_missing(said: str, title: str, text: str, note: str) -> None:
    assert notes(said, title, text) == (f"Comparison 3 {note}",)


@pytest.mark.parametrize(
    "said",
    ["[1] bread is missing.", "[1] none of the words.", "[2] bread is missing. [1] is better.", "[1] bread is there."],
)
def test_what_is_true_has_no_note(said: str) -> None:
    text = "breadth of foodstuff" if "[2]" not in said and "there" not in said else "bread"
    assert notes(said, "", text) == ()


def test_what_the_model_did_not_read_is_said_to_be_further_on() -> None:
    further = "Comparison 3 finds “bread” missing, but its text, further on than the model read, has “bread”."
    assert notes("[1] bread is missing.", "", LONGER, read=20) == (further,)
    assert notes("[1] bread is missing.", "", LONGER, read=200) == (
        "Comparison 3 finds “bread” missing, but its text has “bread”.",
    )


@pytest.mark.parametrize(
    ("query", "said", "note"),
    [
        ("🍞🔥😀", "[1] the is there, or is missing.", "looks for “the”, “or”, which the query does not have."),
        ("why does bread rise", "[1] bread is there, dough is missing.", "looks for “dough”, which the query"),
        ("which foods keep", "[1] food is missing.", ""),
        ("Crème brûlée", "[1] crème is there.", ""),
        ("bread", "[1] none of the words.", ""),
    ],
)
def test_words_that_nobody_asked_for_are_named(query: str, said: str, note: str) -> None:
    found = [each for each in notes(said, "x", "y", query=query) if "looks for" in each]
    assert bool(found) == bool(note)
    assert note in "".join(found)

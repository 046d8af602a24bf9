"""What a recorded search shows, in words that are true of its events and of the judgements there are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rankr1_app import captions
from rankr1_app.captions import caption, ordinal, short
from rankr1_app.events import (
    CallStarted,
    Candidate,
    Event,
    Retrieved,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    Totals,
)
from rankr1_app.judgements import Judgements

FOUND = ("a", "b", "c")


def searched(ranking: Sequence[str] | None, query: str = "why does dough rise", index: str = "demo") -> list[Event]:
    """A search of one comparison; without a ranking one that is still running."""
    documents = tuple(Candidate(id=each, title="", text="", rank=rank, score=1) for rank, each in enumerate(FOUND, 1))
    events: list[Event] = [
        SearchStarted(query=query, settings={}, versions={}, seed=1, started=""),
        Retrieved(at=0, index=index, retriever="r", score_name="s", candidates=documents, seconds=0),
        CallStarted(at=0, call=1, round=1, purpose="p", documents=FOUND),
    ]
    end = [] if ranking is None else [SearchFinished(at=1, ranking=tuple(ranking), settled=3, totals=Totals())]
    return [*events, *end]


@pytest.fixture(autouse=True)
def judged(monkeypatch: pytest.MonkeyPatch) -> None:
    grades = {"a": 1, "b": 3, "c": 0}
    known = Judgements("demo", {"why does dough rise": grades, "nothing fits": {"a": 0}}, 3)
    monkeypatch.setattr(captions, "demo", lambda: known)


@pytest.mark.parametrize(
    ("ranking", "text"),
    [
        ("bac", "moves the right passage from 2nd to 1st; nDCG@10 .80 → 1.00"),
        ("abc", "the model is wrong about the first one; nDCG@10 .80 → .80"),
        ("cba", "the model is wrong about the first one; nDCG@10 .80 → .66"),
    ],
)
def test_a_judged_search_says_what_became_of_the_right_passage(ranking: str, text: str) -> None:
    assert caption(searched(ranking)).text == text


def test_the_right_passage_may_have_been_first_before() -> None:
    events = searched("bac")
    documents = tuple(Candidate(id=each, title="", text="", rank=rank, score=1) for rank, each in enumerate("bac", 1))
    events[1] = Retrieved(at=0, index="demo", retriever="r", score_name="s", candidates=documents, seconds=0)
    found = caption(events)
    assert found.text == "the right passage stays first; nDCG@10 1.00 → 1.00"
    assert caption(searched("cba")).worth < found.worth < caption(searched("bac")).worth


@pytest.mark.parametrize(
    "events",
    [
        searched("bac", query="something else"),
        searched("bac", index="mine"),
        searched("bac", query="nothing fits"),
        searched(None),
        [*searched(None), SearchFailed(at=1, message="broken")],
    ],
)
def test_where_nothing_is_known_nothing_is_claimed(events: list[Event]) -> None:
    assert caption(events) == captions.Caption("3 passages, 1 comparisons", 0.0)


def test_numbers_in_words() -> None:
    ordinals = "1st 2nd 3rd 4th 11th 12th 13th 21st 101st 111th 112th"
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 101, 111, 112)] == ordinals.split()
    assert [short(value) for value in (0.0, 0.456, 1.0)] == [".00", ".46", "1.00"]

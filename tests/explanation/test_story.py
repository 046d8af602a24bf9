"""What is true of a document: the calls that speak of it, and the notes in our own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from rankr1_app.events import (
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    Kind,
    Neighbour,
    RankSettled,
    Retrieved,
    SearchFinished,
    SearchStopped,
    Status,
    Totals,
    Usage,
)
from rankr1_app.explanation.story import Stories

CANDIDATES = tuple(Candidate(id=name, title="", text="", rank=rank, score=0.0) for rank, name in enumerate("abc", 1))
RETRIEVED = Retrieved(at=0.0, index="i", retriever="r", score_name="s", candidates=CANDIDATES, seconds=0.0)
FINISHED = SearchFinished(at=9.0, ranking=("a", "b", "c"), settled=1, totals=Totals())
STOPPED = SearchStopped(at=9.0, ranking=("a", "b", "c"), settled=0, totals=Totals())


def call(
    text: str,
    order: tuple[str, ...],
    number: int = 1,
    status: Status = "ok",
    kind: Kind = "choose",
    finish_reason: str = "stop",
) -> list[Event]:
    """A call over all three documents."""
    started = CallStarted(at=1.0, call=number, round=1, purpose="", documents=("a", "b", "c"), kind=kind)
    finished = CallFinished(
        at=2.0,
        call=number,
        answer=order[:1],
        order=order,
        status=status,
        finish_reason=finish_reason,
        text=text,
        usage=Usage(),
        seconds=1.0,
        score_name="label probability" if kind == "order" else "",
    )
    return [started, finished]


def stories(*events: Iterable[Event]) -> Stories:
    made = Stories()
    for event in [RETRIEVED, *(event for each in events for event in each)]:
        made.see(event)
    return made


def settled(document: str, *calls: int, score: float | None = None) -> list[Event]:
    name = "" if score is None else "probability of yes"
    return [RankSettled(at=3.0, rank=1, document=document, calls=calls, score=score, score_name=name)]


SPOKEN = "<think>[1] is best.</think><answer>[1]</answer>"


def test_words_of_the_deciding_call_need_no_note() -> None:
    made = stories(call(SPOKEN, ("a",)), settled("a", 1))
    story = made.of("a")
    assert (story.rank, story.decided, story.main, story.mentions, story.notes) == (1, 1, 1, (1,), ())


def test_before_a_rank_the_last_mention_stands_first() -> None:
    made = stories(call(SPOKEN, ("a",)), call("<think>[1] is good.</think><answer>[2]</answer>", ("b",), 2))
    assert made.of("a").main == 2
    assert made.of("b").main is None
    assert made.of("b").notes == ()


@pytest.mark.parametrize(
    ("events", "document", "notes"),
    [
        ([settled("a")], "a", ("No other candidate was left to compare it with.",)),
        (
            [call("<think>Hm.</think><answer>[1]</answer>", ("a",)), settled("a", 1)],
            "a",
            ("The model chose it in comparison 1.", "No answer mentioned this document."),
        ),
        (
            [call(SPOKEN, ("a",)), call("<think>Hm.</think><answer>[1]</answer>", ("a",), 2), settled("a", 1, 2)],
            "a",
            ("The model chose it in comparison 2 without saying anything about it.",),
        ),
        (
            [call(SPOKEN, ("a",), status="failed"), settled("a", 1)],
            "a",
            ("Comparison 1 got an answer that could not be read: first-stage order put it here.",),
        ),
        (
            [call("", ("a",), status="failed", finish_reason="error"), settled("a", 1)],
            "a",
            ("Comparison 1 got no answer: first-stage order put it here.", "No answer mentioned this document."),
        ),
        ([call(SPOKEN, ("a",)), [FINISHED]], "a", ("Not ranked by the model: in first-stage order.",)),
        (
            [call(SPOKEN, ("a",)), [STOPPED]],
            "b",
            ("Not settled when the search ended: first-stage order.", "No answer mentioned this document."),
        ),
        (
            [call(SPOKEN, ())[:1], [STOPPED]],
            "b",
            ("Not settled when the search ended: first-stage order.",),
        ),
        ([[FINISHED]], "b", ()),
        (
            [call("yes", (), kind="score"), settled("a", 1, score=0.25)],
            "a",
            ("Probability of yes: 0.250.", "This method gives no reasons."),
        ),
        (
            [call("[2] > [1]", ("b", "a", "c"), kind="order"), settled("b", 1)],
            "b",
            ("The model chose it in comparison 1.", "This method gives no reasons."),
        ),
        (
            [call("B", ("b", "a", "c"), status="failed", kind="order"), settled("a", 1)],
            "a",
            (
                "Comparison 1 got an answer that could not be read: the order before it stands.",
                "This method gives no reasons.",
            ),
        ),
        (
            [call("", (), kind="score"), settled("a", 1, score=0.5)],
            "a",
            ("Probability of yes: 0.500.", "This method gives no reasons."),
        ),
        (
            [call(SPOKEN, ("a", "b", "c"), kind="order"), settled("b", 1)],
            "b",
            ("Comparison 1 put it here by label probability.", "No answer mentioned this document."),
        ),
    ],
)
def test_notes(events: list[list[Event]], document: str, notes: tuple[str, ...]) -> None:
    assert stories(*events).of(document).notes == notes


def judged(number: int, documents: tuple[str, str], winner: str, letter: str) -> list[Event]:
    """A verdict about two documents."""
    started = CallStarted(at=1.0, call=number, round=1, purpose="", documents=documents, kind="judge")
    finished = call(f"Explanation: Assistant {letter} is sound.\nVerdict: [{letter}]", (winner,), number)[1]
    return [started, finished]


def test_verdicts_that_disagree_are_a_tie() -> None:
    made = stories(judged(1, ("a", "b"), "a", "A"), judged(2, ("b", "a"), "b", "A"), settled("a", 1))
    tie = "Comparisons 1 and 2 disagree between it and “b”: a tie, so that first-stage order decided."
    assert made.of("a").notes == (tie,)
    assert made.of("c").notes == ()
    agreed = stories(judged(1, ("a", "b"), "a", "A"), judged(2, ("b", "a"), "a", "B"), settled("a", 2))
    assert agreed.of("a").notes == ()
    assert agreed.of("a").mentions == (1, 2)


def test_the_thought_about_a_single_document_is_its_reason() -> None:
    started = CallStarted(at=1.0, call=1, round=1, purpose="", documents=("a",), kind="score")
    text = "<think>It is about tea. That is asked.</think><answer>7</answer>"
    finished = call(text, (), kind="score")[1]
    made = stories([started, finished], settled("a", 1, score=6.5))
    assert [reason.text for reason in made.reasons[1]] == ["It is about tea.", "That is asked."]
    assert made.of("a").notes == ("Probability of yes: 6.500.",)


def test_only_documents_that_an_event_concerns_are_changed() -> None:
    made = stories(events := call(SPOKEN, ("a",)))
    assert made.changed(events[1]) == ("a",)
    assert made.changed(settled("b", 1)[0]) == ("b",)
    assert made.changed(FINISHED) == ("a", "b", "c")
    assert made.changed(events[0]) == ()


def test_in_an_order_a_document_has_a_place_and_no_outcome() -> None:
    text = "<think>[2] is best, [1] is weak.</think><answer>[2] > [1] > [3]</answer>"
    started, finished = call(text, ("b", "a", "c"), kind="order")
    made = stories([started, finished])
    assert {(reason.document, reason.outcome) for reason in made.reasons[1]} == {("a", "undecided"), ("b", "undecided")}
    assert [reason.text for reason in made.reasons[1]] == ["[2] is best, [1] is weak."] * 2


def test_the_nearest_documents_of_a_pseudo_query_are_named() -> None:
    started, finished = call("", (), kind="score")
    assert isinstance(finished, CallFinished)
    near = ((), (Neighbour(document="a", cosine=0.91234),), (Neighbour(document="a", cosine=-0.5),))
    made = stories([started, replace(finished, feedback=2, nearest=near)], settled("b", 1, score=0.5))
    made.candidates["a"] = Candidate(id="a", title="x" * 99, text="", rank=1, score=1)
    assert f"of 2 documents, by the model's cosine: “{'x' * 60}…” -0.500." in made.of("c").notes[0]
    assert (
        made.of("b")
        .notes[1]
        .startswith("It is in the pseudo-query itself. Nearest to it in the pseudo-query, of 1 other document, by")
    )
    assert not any("Nearest" in note for note in made.of("a").notes)

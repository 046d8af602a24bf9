"""Reasonings that a judge reads: what they say in words, and whose is sounder."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import (
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    RankSettled,
    Retrieved,
    SearchStarted,
    Usage,
)
from rankr1_app.soundness import QUESTION, reasoning
from rankr1_app.store import read

TEXT = "<think>[1] is about stones. [2] beats [1], it says that dough rises.</think><answer>[2]</answer>"


def events(text: str) -> list[Event]:
    """A search of one call, which chose the second document."""
    documents = [Candidate(id=each, title=each.upper(), text=f"On {each}.", rank=1, score=1.0) for each in "ab"]
    return [
        SearchStarted(query="bread", settings={}, versions={}, seed=1, started=""),
        Retrieved(at=0, index="i", retriever="r", score_name="s", candidates=tuple(documents), seconds=0),
        CallStarted(at=0, call=1, round=1, purpose="p", documents=("a", "b")),
        CallFinished(
            at=1,
            call=1,
            answer=("b",),
            order=("b",),
            status="ok",
            finish_reason="stop",
            text=text,
            usage=Usage(),
            seconds=1,
        ),
        RankSettled(at=1, rank=1, document="b", calls=(1,)),
    ]


def test_a_reasoning_is_what_the_deciding_answer_says_with_titles_for_labels() -> None:
    found = reasoning("r", events(TEXT), "b")
    assert found.words == "“B” beats “A”, it says that dough rises."
    assert (found.run, found.query, found.document) == ("r", "bread", "B\nOn b.")


def test_where_nothing_is_said_there_is_nothing_to_judge() -> None:
    with pytest.raises(Problem, match="gives a reason for document 'b'"):
        reasoning("r", events("<answer>[2]</answer>"), "b")


def test_recordings_of_the_product_have_reasonings() -> None:
    golden = sorted((Path(__file__).parent / "golden" / "v1").glob("*.jsonl.gz"))[0]
    found = list(read(golden))
    first = next(event.document for event in found if isinstance(event, RankSettled))
    assert reasoning("r", found, first).words
    assert "{query}" in QUESTION

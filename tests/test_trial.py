"""What a reason rests on is left out, or kept alone."""

from __future__ import annotations

import pytest

from rankr1_app import paths
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Candidate, Usage
from rankr1_app.store import read
from rankr1_app.trial import Trial, trial, trial_of

TEXT = "Ants are small. Bees make honey in a comb. Cats sleep."


def found(answer: str, title: str = "On animals") -> Trial | None:
    """What is tried of an answer that chose the first of two documents."""
    candidates = {
        "a": Candidate(id="a", title=title, text=TEXT, rank=2, score=1.0),
        "b": Candidate(id="b", title="Other", text="Nothing here.", rank=1, score=2.0),
    }
    started = CallStarted(at=0, call=1, round=1, purpose="p", documents=("b", "a"))
    finished = CallFinished(
        at=1,
        call=1,
        answer=("a",),
        order=("a",),
        status="ok",
        finish_reason="stop",
        text=f"<think>{answer}</think><answer>[2]</answer>",
        usage=Usage(),
        seconds=1.0,
    )
    return trial_of(started, finished, candidates)


@pytest.mark.parametrize(
    ("answer", "without", "only"),
    [
        ('[2] says "make honey".', ("On animals", "Ants are small. Cats sleep."), ("", "Bees make honey in a comb.")),
        (
            "[2] tells how honey is made by bees.",
            ("On animals", "Ants are small. Cats sleep."),
            ("", "Bees make honey in a comb."),
        ),
        ('[2] is "On animals".', ("", TEXT), ("On animals", "")),
    ],
)
def test_what_a_reason_rests_on(answer: str, without: tuple[str, str], only: tuple[str, str]) -> None:
    case = found(answer)
    assert case is not None
    for way, wanted in (("without", without), ("only", only)):
        changed = case.changed(way)  # type: ignore[arg-type]
        assert [each.id for each in changed] == ["b", "a"]
        assert [each.rank for each in changed] == [1, 2]
        assert (changed[1].title, changed[1].text) == wanted
        assert changed[0].text == "Nothing here."


def test_nothing_to_try() -> None:
    assert found("[1] is worse.") is None
    with pytest.raises(Problem, match="comparison 999 is not in this search"):
        trial(read(next(paths.GALLERY.glob("*.gz"))), 999)

"""What a reason rests on is left out, or kept alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from rankr1_app import paths
from rankr1_app.errors import Problem
from rankr1_app.events import (
    CallFinished,
    CallStarted,
    Candidate,
    Retrieved,
    Rewritten,
    SearchStarted,
    Source,
    Usage,
)
from rankr1_app.plan import resolve
from rankr1_app.settings import Settings
from rankr1_app.store import read
from rankr1_app.trial import FirstStage, Trial, Version, retriever_of, trial, trial_of, version
from rankr1_app.wiring import Wiring

TEXT = "Ants are small. Bees make honey in a comb. Cats sleep."

FINISHED = CallFinished(
    at=1, call=1, answer=("a",), order=("a",), status="ok", finish_reason="stop", text="", usage=Usage(), seconds=1.0
)


def found(answer: str, title: str = "On animals") -> Trial | None:
    """What is tried of an answer that chose the first of two documents."""
    candidates = {
        "a": Candidate(id="a", title=title, text=TEXT, rank=2, score=1.0),
        "b": Candidate(id="b", title="Other", text="Nothing here.", rank=1, score=2.0),
    }
    started = CallStarted(at=0, call=1, round=1, purpose="p", documents=("b", "a"))
    finished = replace(FINISHED, text=f"<think>{answer}</think><answer>[2]</answer>")
    return trial_of(started, finished, FirstStage(candidates))


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
        shown = version(case, way, "honey", None)  # type: ignore[arg-type]
        assert [each.id for each in shown.documents] == ["b", "a"]
        assert [each.rank for each in shown.documents] == [1, 2]
        assert (shown.documents[1].title, shown.documents[1].text) == wanted
        assert shown.documents[0].text == "Nothing here."
        assert (shown.before, shown.after) == ("", "")


def test_nothing_to_try() -> None:
    assert found("[1] is worse.") is None
    with pytest.raises(Problem, match="comparison 999 is not in this search"):
        trial(read(next(paths.GALLERY.glob("*.gz"))), 999)


class Half:
    """A first stage by words that halves what is changed, and finds nothing in what is empty."""

    name, index, score_name = "bm25", "i", "BM25"

    def rescore(
        self, query: str, source: Source, first: Sequence[str], whole: Candidate, changed: Candidate
    ) -> Source | None:
        assert (query, first, whole.text) == ("honey", ("b", "a"), TEXT)
        return replace(source, score=source.score / 2) if changed.text else None


def sourced(*, text: str = '[2] says "make honey".', rewritten: Sequence[str] = (), **search: Any) -> Trial:
    """A trial of a search of which it is told how it began, where both documents were found by words."""
    started: dict[str, Any] = {"query": "honey", "settings": {}, "versions": {}, "seed": 1, "started": "", **search}
    case, events = found(text), FirstStage()
    assert case is not None
    events.see(SearchStarted(**started))
    for query in rewritten:
        events.see(Rewritten(at=0, query=query, by="m"))
    candidates = sorted(case.documents, key=lambda each: each.rank)
    events.see(Retrieved(at=0, index="i", retriever="bm25", score_name="BM25", candidates=tuple(candidates), seconds=0))
    call = CallStarted(at=0, call=1, round=1, purpose="p", documents=("b", "a"))
    finished = replace(FINISHED, text=f"<think>{text}</think><answer>[2]</answer>")
    made = trial_of(call, finished, events)
    assert made is not None
    return made


def test_what_is_left_has_figures_of_its_own() -> None:
    case = sourced()
    assert case.first == ("b", "a")
    shown = version(case, "without", "honey", Half())  # type: ignore[arg-type]
    assert (shown.before, shown.after) == ("words .50, meaning none", "words .25, meaning none")
    assert [each.sources[0].score for each in shown.documents] == [2.0, 0.5]
    nothing = version(sourced(text='[2] is "On animals".'), "only", "honey", Half())  # type: ignore[arg-type]
    assert (nothing.before, nothing.after) == ("words .50, meaning none", "words none, meaning none")
    assert version(case, "without", "honey", None) == Version(case.with_rest(case.rest("without")))


@pytest.mark.parametrize(
    "search",
    [{"like": ("a",)}, {"settings": {"candidates": "a.run"}}, {"rewritten": ("honey", "bees")}],
)
def test_a_search_for_something_else_than_the_query_has_no_figures_anew(search: dict[str, Any]) -> None:
    assert sourced(**search).first == ()
    assert retriever_of(Wiring(), resolve(Settings(reranker="rank-r1-nano")), sourced(**search)) is None
    assert sourced(rewritten=("honey",)).first == ("b", "a")


def test_the_first_stage_is_opened_only_for_a_prompt_that_shows_its_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Wiring, "retriever", lambda *_: Half())
    assert isinstance(retriever_of(Wiring(), resolve(Settings(reranker="rank-r1-nano")), sourced()), Half)
    assert retriever_of(Wiring(), resolve(Settings(reranker="rank-r1-3b-v0.1")), sourced()) is None

    def gone(*_: object) -> None:
        raise Problem("index 'i' does not exist")

    monkeypatch.setattr(Wiring, "retriever", gone)
    assert retriever_of(Wiring(), resolve(Settings(reranker="rank-r1-nano")), sourced()) is None

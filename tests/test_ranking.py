"""A finished search as frozen values, for those who call from Python."""

from __future__ import annotations

import dataclasses

import pytest

from rankr1_app.events import Cached, Event, Place, SearchFailed, SearchFinished, Source, Totals, Usage
from rankr1_app.ranking import Failed, Label, Ranking, ranking_of
from rankr1_app.results import gather, result

from .test_results import ANSWER, BEFORE, SETTLED

END = SearchFinished(at=2, ranking=("b", "a"), settled=1, totals=Totals(calls=1, seconds=2.0))


def of(*events: Event) -> Ranking:
    return ranking_of(gather([*BEFORE, *events]))


def test_documents_come_best_first_with_their_texts() -> None:
    found = of(ANSWER, SETTLED, END)
    assert (found.query, found.state, found.note) == ("bread", "finished", "by words alone")
    assert [each.id for each in found] == ["b", "a"]
    assert (len(found), found[0].text, found[-1].title) == (2, "Dough rises.", "On stones")
    assert (found[0].settled, found[0].score, found[0].deciding_calls) == (True, 0.75, (1,))
    assert found[0].place == Place(file="b.pdf", page=2, start=0, end=12)
    assert found[1].sources == (Source(retriever="bm25", rank=1, score=2.0, score_name="BM25"),)
    assert found.totals == END.totals


def test_reasons_and_calls_are_values_too() -> None:
    found = of(ANSWER, SETTLED, END)
    [reason] = found[0].reasons
    assert (reason.call, reason.outcome) == (1, "won")
    assert Label(document="b", start=0, end=3) in reason.labels
    [call] = found.calls
    assert (call.documents, call.answer, call.status) == (("a", "b"), ("b",), "ok")
    assert call.usage == Usage(prompt_tokens=9, completion_tokens=4)
    assert call.cached == Cached(asked="2026-01-01T00:00:00+00:00", seconds=3.0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        reason.call = 2  # type: ignore[misc]


def test_fields_are_those_of_the_json() -> None:
    whole = result(gather([*BEFORE, ANSWER, SETTLED, END]))
    found = of(ANSWER, SETTLED, END)
    names = {field.name for field in dataclasses.fields(found[0])}
    assert names - {"text"} == set(whole["ranking"][0]) - {"notes"}
    assert {field.name for field in dataclasses.fields(found.calls[0])} == set(whole["calls"][0])


def test_a_search_under_way_is_a_ranking_of_the_first_stage() -> None:
    found = of()
    assert (found.state, [each.id for each in found]) == ("running", ["a", "b"])
    assert (found.calls[0].status, found.calls[0].seconds, found.calls[0].usage) == ("unfinished", None, Usage())


def test_a_search_that_failed_is_raised_with_what_came_of_it() -> None:
    with pytest.raises(Failed) as failed:
        of(ANSWER, SETTLED, SearchFailed(at=2, message="the server is gone", ranking=("b", "a"), settled=1))
    assert str(failed.value) == "the server is gone"
    assert [each.id for each in failed.value.ranking] == ["b", "a"]
    assert failed.value.ranking.calls[0].text == ANSWER.text

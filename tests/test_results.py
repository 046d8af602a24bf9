"""A search as one plain object: what it says of every document and every call, however far the search came."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rankr1_app.events import (
    Cached,
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    Place,
    RankSettled,
    Retrieved,
    Rewritten,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Shortened,
    Source,
    Totals,
    Usage,
    WeightedTerm,
)
from rankr1_app.pipeline import Search, search
from rankr1_app.results import gather, result

from .doubles import Fixed, Scripted, candidates, setwise

TEXT = "<think>[2] says how dough rises, [1] does not.</think><answer>[2]</answer>"
FOUND = (
    Candidate(
        id="a",
        title="On stones",
        text="Granite is hard.",
        rank=1,
        score=2.0,
        sources=(Source(retriever="bm25", rank=1, score=2.0, score_name="BM25"),),
    ),
    Candidate(
        id="b", title="", text="Dough rises.", rank=2, score=1.0, place=Place(file="b.pdf", page=2, start=0, end=12)
    ),
)
BEFORE: list[Event] = [
    SearchStarted(query="bread", settings={"k": 1}, versions={}, seed=7, started=""),
    Rewritten(at=0, query="bread ", by="m", text="bre", complete=False),
    Rewritten(at=0, query="bread dough", by="RM3", terms=(WeightedTerm(term="dough", weight=0.5),), documents=("a",)),
    Retrieved(at=0, index="i", retriever="r", score_name="s", candidates=FOUND, seconds=0, note="by words alone"),
    CallStarted(at=0, call=1, round=1, purpose="best of all", documents=("a", "b")),
]
ANSWER = CallFinished(
    at=1,
    call=1,
    answer=("b",),
    order=("b",),
    status="ok",
    finish_reason="stop",
    text=TEXT,
    usage=Usage(prompt_tokens=9, completion_tokens=4),
    seconds=1.5,
    cached=Cached(asked="2026-01-01T00:00:00+00:00", seconds=3.0),
)
SETTLED = RankSettled(at=1, rank=1, document="b", calls=(1,), score=0.75, score_name="share")


def of(*events: Event) -> dict[str, Any]:
    """Return the object of a search that began as all do here."""
    return result(gather([*BEFORE, *events]))


async def test_reasons_are_verbatim_and_of_those_they_name() -> None:
    values = [3, 9, 1, 12, 7, 0, 25, 18, 4, 22, 2, 5]
    parts = Search(query="q", retriever=Fixed(candidates(values)), reranker=setwise(Scripted()), depth=12, k=5, seed=1)
    found = result(gather([event async for event in search(parts)]))
    assert set(found) == {"query", "state", "note", "rewritten", "settings", "ranking", "calls", "totals"}
    texts = {call["id"]: call for call in found["calls"]}
    for entry in found["ranking"][:5]:
        assert entry["reasons"]
        for reason in entry["reasons"]:
            assert reason["text"] in texts[reason["call"]]["text"]
            assert f"[{texts[reason['call']]['documents'].index(entry['id']) + 1}]" in reason["text"]
            assert reason["outcome"] == ("won" if texts[reason["call"]]["order"] == [entry["id"]] else "lost")


def test_what_the_model_was_not_shown_is_noted() -> None:
    cut = Shortened(at=1, query="bread", query_tokens=4, documents={"a": 12})
    assert of(cut, ANSWER)["note"] == f"by words alone. {cut.of_query}. {cut.of_documents}"


def test_a_finished_search_is_whole() -> None:
    found = of(ANSWER, SETTLED, SearchFinished(at=2, ranking=("b", "a"), settled=1, totals=Totals(calls=1)))
    assert (found["query"], found["state"], found["note"]) == ("bread", "finished", "by words alone")
    assert found["settings"] == {"k": 1, "seed": 7}
    first, second = found["ranking"]
    assert (first["id"], first["rank"], first["settled"], first["first_stage_rank"]) == ("b", 1, True, 2)
    assert (first["score"], first["score_name"], first["deciding_calls"]) == (0.75, "share", [1])
    assert first["place"] == {"file": "b.pdf", "page": 2, "start": 0, "end": 12}
    assert (second["id"], second["settled"], second["score"], second["score_name"]) == ("a", False, None, "")
    assert [source["score_name"] for source in second["sources"]] == ["BM25"]
    assert (second["place"], second["deciding_calls"]) == (None, [])
    assert found["totals"]["calls"] == 1
    json.dumps(found, allow_nan=False)


def test_labels_of_a_reason_stand_where_its_text_has_them() -> None:
    first, second = of(ANSWER, SETTLED, SearchFinished(at=2, ranking=("b", "a"), settled=1, totals=Totals()))["ranking"]
    [reason] = first["reasons"]
    assert (reason["call"], reason["outcome"]) == (1, "won")
    assert {reason["text"][mark["start"] : mark["end"]]: mark["document"] for mark in reason["labels"]} == {
        "[2]": "b",
        "[1]": "a",
    }
    assert [reason["outcome"] for reason in second["reasons"]] == ["lost"]


def test_what_the_query_became_is_the_last_word() -> None:
    found = of()["rewritten"]
    assert (found["query"], found["by"], found["documents"]) == ("bread dough", "RM3", ["a"])
    assert found["terms"] == [{"term": "dough", "weight": 0.5}]
    assert result(gather(BEFORE[:2]))["rewritten"] is None, "half a rewriting is none"


def test_a_search_under_way_has_what_there_is() -> None:
    found = of()
    assert (found["state"], [each["id"] for each in found["ranking"]]) == ("running", ["a", "b"])
    [call] = found["calls"]
    assert (call["status"], call["text"], call["answer"], call["order"]) == ("unfinished", "", [], [])
    assert (call["usage"], call["seconds"], call["cached"]) == ({}, None, None)
    assert result(gather([]))["ranking"] == []


def test_a_call_says_what_it_took_and_whether_it_is_an_earlier_one() -> None:
    [call] = of(ANSWER)["calls"]
    assert (call["status"], call["documents"], call["answer"]) == ("ok", ["a", "b"], ["b"])
    assert call["usage"] == {"prompt_tokens": 9, "cached_tokens": None, "completion_tokens": 4}
    assert call["cached"] == {"asked": "2026-01-01T00:00:00+00:00", "seconds": 3.0}


@pytest.mark.parametrize(
    ("end", "state", "message"),
    [
        (SearchStopped(at=2, ranking=("b", "a"), settled=1, totals=Totals()), "stopped", None),
        (SearchFailed(at=2, message="the server is gone", ranking=("b", "a")), "failed", "the server is gone"),
    ],
)
def test_a_search_that_did_not_finish_says_so(end: Event, state: str, message: str | None) -> None:
    found = of(ANSWER, SETTLED, end)
    assert (found["state"], found.get("message")) == (state, message)
    assert [each["id"] for each in found["ranking"]] == ["b", "a"]

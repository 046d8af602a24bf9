"""A search without what tells whose it is: its documents and its ranking, and nothing of how they came to be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import (
    CallStarted,
    Candidate,
    Event,
    Message,
    Planned,
    RankSettled,
    ReasoningDelta,
    Retrieved,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Source,
    Totals,
)
from rankr1_app.recorder import Unrecorded
from rankr1_app.web.blind import FAILED, Blind
from rankr1_app.web.lines import Queued

SETTINGS = {"index": "numbers", "depth": 3, "k": 2, "reranker": "rank-r1-nano", "engine": "openai", "retriever": "bm25"}
BEFORE: list[Event] = [
    SearchStarted(query="tea", settings=SETTINGS, versions={"torch": "9"}, seed=929, started="2026-01-01"),
    Retrieved(
        at=0.5,
        index="numbers",
        retriever="bm25",
        score_name="BM25",
        candidates=tuple(
            Candidate(
                id=each,
                title=each.upper(),
                text=f"On {each}.",
                rank=rank,
                score=9.0 - rank,
                sources=(Source(retriever="bm25", rank=rank, score=1.0, score_name="BM25"),),
            )
            for rank, each in enumerate("cab", 1)
        ),
        seconds=0.25,
        note="found by words alone",
    ),
    Planned(at=0.6, calls=2),
    CallStarted(
        at=0.7, call=1, round=1, purpose="p", documents=("a",), messages=(Message(role="user", content="secret"),)
    ),
    ReasoningDelta(at=0.8, call=1, text="[1] is the secret best"),
    RankSettled(at=0.9, rank=1, document="b", calls=(1,)),
]


def fed(*events: Event) -> list[dict[str, Any]]:
    blind = Blind()
    return [line for event in (*BEFORE, *events) for line in blind.feed(event)]


def ids(line: dict[str, Any]) -> list[str]:
    return [each["id"] for each in line["candidates"]]


def test_documents_come_in_the_order_of_their_ids_and_then_in_that_of_the_ranking() -> None:
    started, listed, ranked, end = fed(SearchFinished(at=2, ranking=("b", "c", "a"), settled=2, totals=Totals(calls=1)))
    assert (ids(listed), ids(ranked)) == (["a", "b", "c"], ["b", "c", "a"])
    assert [each["rank"] for each in ranked["candidates"]] == [1, 2, 3]
    assert started["settings"] == {"index": "numbers", "depth": 3, "k": 2}
    assert end == {"type": "search_finished"}


def test_nothing_tells_whose_ranking_it_is() -> None:
    text = json.dumps(fed(SearchFinished(at=2, ranking=("b", "c", "a"), settled=2, totals=Totals(calls=1))))
    for secret in ("rank-r1-nano", "openai", "bm25", "BM25", "secret", "words alone", "929", "2026", "torch", "0.25"):
        assert secret not in text
    for line in fed():
        assert "at" not in line


@pytest.mark.parametrize(
    ("end", "last"),
    [
        (SearchStopped(at=2, ranking=("b", "a", "c"), settled=1, totals=Totals()), {"type": "search_stopped"}),
        (
            SearchFailed(at=2, message="server 'http://x' is gone", ranking=("b", "a", "c")),
            {"type": "search_failed", "message": FAILED},
        ),
    ],
)
def test_a_search_that_did_not_finish_does_not_say_why(end: Event, last: dict[str, Any]) -> None:
    *_, ranked, said = fed(end)
    assert ids(ranked) == ["b", "a", "c"]
    assert said == last


def test_a_search_that_failed_before_anything_was_found_lists_nothing() -> None:
    blind = Blind()
    events = [BEFORE[0], SearchFailed(at=1, message="index 'x' is gone")]
    found = [line for event in events for line in blind.feed(event)]
    assert [line["type"] for line in found] == ["search_started", "search_failed"]


def test_what_befell_beside_the_search_says_no_words_of_its_engine() -> None:
    for item in (Problem("server 'http://x' is gone"), Unrecorded("the disk is full")):
        line = Blind().beside(item)
        assert ("http" in json.dumps(line), "disk" in json.dumps(line)) == (False, False)
        assert line.get("message", FAILED) == FAILED
    assert "message" not in Blind().beside(Queued())

"""Reasons that are tried over HTTP: the model is asked again, and what it says is kept beside the recording."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rankr1_app.events import (
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    RankSettled,
    Retrieved,
    SearchFinished,
    SearchStarted,
    Totals,
    Usage,
    dumps,
)

from .conftest import App

TEXTS = {"d3": "number 3", "d9": "Copper is red. It turns green in wet air 5\nnumber 9"}


def recorded(app: App, run: str, started: bool = True, **settings: Any) -> str:
    """Keep a search of one comparison, which chose a document for what it says; return its address."""
    documents = tuple(Candidate(id=each, title="", text=text, rank=1, score=1.0) for each, text in TEXTS.items())
    text = '<think>[2] says "turns green in wet air".</think><answer>[2]</answer>'
    events: list[Event] = [
        SearchStarted(
            query="number",
            settings={"index": "numbers", "reranker": "rank-r1-nano", "retriever": "bm25", **settings},
            versions={},
            seed=1,
            started="",
        ),
        Retrieved(at=0, index="numbers", retriever="bm25", score_name="BM25", candidates=documents, seconds=0),
        CallStarted(at=0, call=1, round=1, purpose="p", documents=("d3", "d9")),
        CallFinished(
            at=1,
            call=1,
            answer=("d9",),
            order=("d9",),
            status="ok",
            finish_reason="stop",
            text=text,
            usage=Usage(),
            seconds=1,
        ),
        RankSettled(at=1, rank=1, document="d9", calls=(1,)),
        SearchFinished(at=2, ranking=("d9", "d3"), settled=1, totals=Totals(calls=1)),
    ]
    app.store.folder.mkdir(exist_ok=True)
    app.store.path(run).write_text("\n".join(map(dumps, events if started else events[1:])), "utf-8")
    return f"api/recordings/{run}/trials"


@pytest.fixture
def address(app: App) -> str:
    app.store.delete("a" * 16)
    return recorded(app, "a" * 16)


def test_a_reason_is_tried_and_what_was_said_is_kept(app: App, address: str) -> None:
    assert app.http.get(address).json() == {"trials": []}
    before = len(app.model.requests)
    [made] = app.http.post(address, json={"call": 1, "way": "without"}).json()["trials"]
    assert len(app.model.requests) == before + 1
    asked = app.model.requests[-1]["messages"][-1]["content"]
    assert "wet air" not in asked
    assert "number 9" in asked
    finished = next(line for line in made["lines"] if line["type"] == "call_finished")
    assert (made["call"], made["way"], finished["order"]) == (1, "without", ["d9"])
    assert made["messages"] == app.model.requests[-1]["messages"], "word for word what was sent"
    assert (made["passage"], made["title"]) == (["It turns green in wet air 5"], False)
    page = app.http.get(f"api/recordings/{'a' * 16}/download", params={"form": "html"}).text
    kept = json.loads(page.split('id="rank-r1-kept">')[1].split("</script>")[0])
    assert kept["searches"][0]["trials"] == [made], "it is in the report that opens offline"
    assert app.http.get(address).json() == {"trials": [made]}


def test_the_passage_alone_is_tried_too(app: App, address: str) -> None:
    [made] = app.http.post(address, json={"call": 1, "way": "only"}).json()["trials"]
    asked = app.model.requests[-1]["messages"][-1]["content"]
    assert "It turns green in wet air 5" in asked
    assert "Copper is red" not in asked
    assert "number 9" not in asked
    assert next(line for line in made["lines"] if line["type"] == "call_finished")["order"] == ["d9"]


@pytest.mark.parametrize(
    ("run", "sent", "status", "says"),
    [
        ("a" * 16, {"call": 9, "way": "only"}, 400, "comparison 9 is not in this search"),
        ("a" * 16, {"call": 1, "way": "both"}, 400, "way"),
        ("b" * 16, {"call": 1, "way": "only"}, 404, f"recording '{'b' * 16}' does not exist"),
        ("nope", {"call": 1, "way": "only"}, 400, "is not an id"),
    ],
)
def test_what_cannot_be_tried_says_why(
    run: str, sent: dict[str, Any], status: int, says: str, app: App, address: str
) -> None:
    before = len(app.model.requests)
    response = app.http.post(f"api/recordings/{run}/trials", json=sent)
    assert response.status_code == status
    assert says in response.json()["error"]
    assert len(app.model.requests) == before


def test_a_search_without_a_model_has_no_reason_to_try(app: App) -> None:
    response = app.http.post(recorded(app, "c" * 16, reranker="none"), json={"call": 1, "way": "only"})
    assert (response.status_code, response.json()["error"]) == (
        400,
        "no model was asked in this search, there is no reason to try",
    )


def test_a_recording_that_does_not_say_what_was_asked_is_refused(app: App) -> None:
    response = app.http.post(recorded(app, "d" * 16, started=False), json={"call": 1, "way": "only"})
    assert response.status_code == 400
    assert "does not say what was asked" in response.json()["error"]

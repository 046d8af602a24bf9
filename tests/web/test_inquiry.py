"""Questions about a search over HTTP."""

from __future__ import annotations

import httpx
import pytest

from .conftest import App, nobody


def test_a_document_is_found_with_its_place_and_words(app: App) -> None:
    found = app.http.post("api/find", json={"query": "number 7", "text": "d7"}).json()["documents"]
    (document,) = found
    assert (document["id"], document["rank"]) == ("d7", 1)
    assert app.http.post("api/find", json={"query": "number 7", "text": " D7 "}).json()["documents"] == found
    assert {term["stem"]: term["words"] for term in document["terms"]} == {"number": ["number"], "7": ["7"]}
    assert sum(term["weight"] for term in document["terms"]) == pytest.approx(document["score"], abs=1e-3)
    by_words = app.http.post("api/find", json={"query": "nothing", "text": "number 3"}).json()["documents"]
    assert by_words[0]["id"] == "d3"
    assert by_words[0]["rank"] is None
    assert by_words[0]["score"] == 0
    assert len(by_words) == 5
    assert app.http.post("api/find", json={"query": "x", "text": " "}).status_code == 400


def test_two_documents_are_compared_once(app: App) -> None:
    before = len(app.model.requests)
    said = app.http.post("api/compare", json={"query": "number", "documents": ["d2", "d9"]}).json()["lines"]
    assert len(app.model.requests) == before + 1
    finished = next(line for line in said if line["type"] == "call_finished")
    assert finished["order"] == ["d9"]
    assert {line["type"] for line in said} >= {"retrieved", "call_started", "said", "explained"}
    for wrong in (["d2", "d2"], ["d2"], ["d2", "nope"], "d2", [1, 2]):
        answer = app.http.post("api/compare", json={"query": "number", "documents": wrong})
        assert answer.status_code == 400
        assert len(answer.json()["error"].splitlines()) == 1


def test_a_comparison_ends_with_its_reader(slow: App) -> None:
    left = slow.model.left
    with pytest.raises(httpx.ReadTimeout):
        slow.http.post("api/compare", json={"query": "number", "documents": ["d1", "d8"]}, timeout=0.6)
    nobody(slow)
    assert slow.model.left == left + 1

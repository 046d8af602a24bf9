"""The API for other programs, by plain HTTP and by clients that know nothing of this server."""

from __future__ import annotations

import json
import time
from typing import Any

import cohere
import httpx
import pytest

from rankr1_app.events import Rewritten, loads

from .conftest import App, nobody

DOCUMENTS = [f"number {n}" for n in (4, 11, 7, 1)]


def reranked(app: App, path: str = "v1/rerank", **asked: object) -> dict[str, Any]:
    response = app.http.post(path, json={"model": "judge", "query": "number", "documents": DOCUMENTS, **asked})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


@pytest.mark.parametrize("path", ["v1/rerank", "v2/rerank"])
def test_documents_are_reranked_with_reasons(app: App, path: str) -> None:
    found = reranked(app, path, top_n=2)
    assert [each["index"] for each in found["results"]] == [1, 2]
    assert [each["relevance_score"] for each in found["results"]] == [1, 0.5]
    assert found["score_name"] == "reciprocal rank"
    assert found["results"][0]["document"] == {"text": "number 11"}
    assert found["results"][0]["settled"]
    assert "holds the largest number" in found["results"][0]["reasons"][0]["text"]
    kept = app.http.get(f"v1/runs/{found['id']}").json()
    assert [each["id"] for each in kept["ranking"][:2]] == ["2", "3"]
    assert (kept["settings"]["retriever"], kept["settings"]["index"]) == ("literal", "documents given")


def test_all_documents_come_back_where_nothing_is_said(app: App) -> None:
    found = reranked(app, model=None, top_n=None, return_documents=False, max_chunks_per_doc=3)
    assert sorted(each["index"] for each in found["results"]) == [0, 1, 2, 3]
    assert [each["index"] for each in found["results"][:3]] == [1, 2, 0]
    assert "document" not in found["results"][0]


def test_documents_may_be_objects(app: App) -> None:
    documents = [{"text": "number 3", "url": "a"}, {"title": "Big", "text": "number 30"}, "number 8"]
    found = reranked(app, documents=documents)
    assert [each["index"] for each in found["results"]] == [1, 2, 0]
    assert found["results"][2]["document"] == documents[0]


def test_no_model_keeps_the_order_given(app: App) -> None:
    found = reranked(app, model="none")
    assert [each["index"] for each in found["results"]] == [0, 1, 2, 3]
    assert not found["results"][0]["settled"]


def test_no_documents_are_no_results(app: App) -> None:
    assert reranked(app, documents=[])["results"] == []


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"model": "gpt-17"}, "model 'gpt-17' is not served here"),
        ({"documents": "number"}, "documents"),
        ({"documents": [3]}, "3"),
        ({"documents": ["a", {"body": "x"}]}, "document 2 must be a string"),
        ({"documents": [" "]}, "document 1 is empty"),
        ({"documents": ["x"] * 1001}, "at most 1,000"),
        ({"top_n": 0}, "top_n 0"),
        ({"top_n": 2.5}, "top_n 2.5"),
        ({"query": ""}, "query '' is empty"),
        ({"query": None}, "query None"),
        ({"query": "\ud800"}, "query"),
    ],
    ids=str,
)
def test_requests_to_rerank_are_refused_in_words(app: App, asked: dict[str, object], named: str) -> None:
    body = json.dumps({"model": "judge", "query": "number", "documents": DOCUMENTS, **asked})
    response = app.http.post("v1/rerank", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400, response.text
    assert named in response.json()["error"]
    assert "\n" not in response.json()["error"]


def test_a_search_is_one_object(app: App) -> None:
    found = app.http.post("v1/search", json={"query": "number"}).json()
    assert [each["id"] for each in found["ranking"][:3]] == ["d11", "d10", "d9"]
    assert app.http.get(f"v1/runs/{found['id']}").json()["ranking"] == found["ranking"]


def test_a_search_is_a_stream_of_events(app: App) -> None:
    for kind in ("application/x-ndjson", "text/event-stream"):
        response = app.http.post("v1/search", json={"query": "number"}, headers={"Accept": kind})
        assert response.headers["content-type"].startswith(kind)
        lines = [line.removeprefix("data: ") for line in response.text.splitlines() if "{" in line]
        events = list(loads(lines))
        assert [type(event).__name__ for event in (events[0], events[-1])] == ["SearchStarted", "SearchFinished"]
        assert app.http.get(f"v1/runs/{response.headers['x-run-id']}").json()["state"] == "finished"


def test_a_stream_is_for_more_like_marked_documents_too(app: App) -> None:
    body = {"query": "number", "like": ["d3"]}
    whole = app.http.post("v1/search", json=body).json()
    response = app.http.post("v1/search", json=body, headers={"Accept": "application/x-ndjson"})
    (rewritten,) = [event for event in loads(response.text.splitlines()) if isinstance(event, Rewritten)]
    assert list(rewritten.documents) == whole["rewritten"]["documents"] == ["d3"]


def test_a_run_is_shown_while_it_runs(slow: App) -> None:
    accept = {"Accept": "application/x-ndjson"}
    with slow.http.stream("POST", "v1/search", json={"query": "number shown"}, headers=accept) as response:
        while not slow.model.running:
            time.sleep(0.02)
        assert slow.http.get(f"v1/runs/{response.headers['x-run-id']}").json()["state"] == "running"
    nobody(slow)


def test_reranking_ends_with_its_reader(slow: App) -> None:
    left = slow.model.left
    with pytest.raises(httpx.ReadTimeout):
        slow.http.post("v1/rerank", json={"query": "number left", "documents": DOCUMENTS}, timeout=0.6)
    nobody(slow)
    assert slow.model.left > left


def test_models_and_indexes_are_listed(app: App) -> None:
    assert [each["id"] for each in app.http.get("v1/models").json()["data"]] == ["rank-r1-nano", "minilm-cosine"]
    assert {"name": "numbers", "documents": 12} in app.http.get("v1/indexes").json()["data"]
    assert app.http.get("v1/runs/0000000000000000").status_code == 404


def test_coheres_own_clients_rerank(app: App) -> None:
    address = str(app.http.base_url).rstrip("/")
    with httpx.Client() as http:
        second = cohere.ClientV2("no key", base_url=address, httpx_client=http)
        found = second.rerank(model="rank-r1-nano", query="number", documents=DOCUMENTS, top_n=2)
        assert [(each.index, each.relevance_score) for each in found.results] == [(1, 1.0), (2, 0.5)]
        first = cohere.Client("no key", base_url=address, httpx_client=http)
        old = first.rerank(model="rank-r1-nano", query="number", documents=DOCUMENTS, top_n=1, return_documents=True)
        assert (old.results[0].index, old.results[0].document and old.results[0].document.text) == (1, "number 11")
        with pytest.raises(cohere.core.ApiError) as refused:
            second.rerank(model="rank-r1-nano", query=" ", documents=DOCUMENTS)
        assert "is empty" in refused.value.body["error"]


def test_the_documentation_needs_no_other_server(app: App) -> None:
    page = app.http.get("docs").text
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "/v1/rerank" in app.http.get("openapi.json").json()["paths"]

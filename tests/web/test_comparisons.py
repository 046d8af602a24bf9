"""Searches side by side over HTTP: the same candidates, no names before a vote, votes kept, one file."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from rankr1_app.web.comparisons import ranker_names

from ..engines.server import ScriptedServer
from .conftest import App, lines

NONE = {"reranker": "none", "retriever": "bm25"}


def column(app: App, **asked: object) -> list[dict[str, Any]]:
    return lines(app.http.post("api/comparisons/search", json={"query": "number", **asked}))


def two(app: App) -> tuple[str, str]:
    """Two runs over the same candidates: the model's, and the first stage's."""
    first = column(app)[0]["id"]
    return first, column(app, candidates=first, **NONE)[0]["id"]


def of(said: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(line for line in said if line["type"] == kind)


def test_another_ranker_has_the_candidates_of_the_first(app: App) -> None:
    first = column(app, depth=6)
    other = column(app, candidates=first[0]["id"], depth=9, **NONE)
    assert [of(said, "retrieved")["candidates"] for said in (first, other)] == [
        of(first, "retrieved")["candidates"]
    ] * 2
    assert of(other, "search_started")["settings"]["candidates"] == first[0]["id"]
    assert other[-1]["ranking"] == [each["id"] for each in of(first, "retrieved")["candidates"]]
    assert first[-1]["ranking"] != other[-1]["ranking"]


def test_a_column_of_less_depth_ranks_the_first_of_the_candidates(app: App) -> None:
    first = column(app, depth=6)
    ids = [each["id"] for each in of(first, "retrieved")["candidates"]]
    other = column(app, candidates=first[0]["id"], depth=2)
    assert [each["id"] for each in of(other, "retrieved")["candidates"]] == ids[:2]
    assert of(other, "search_started")["settings"]["depth"] == 2
    assert set(other[-1]["ranking"]) == set(ids[:2])


def test_what_cannot_stand_beside_is_refused_in_words(app: App) -> None:
    first, _ = two(app)
    for asked, said in (
        ({"query": "other", "candidates": first}, "is not that of run"),
        ({"candidates": "0" * 16}, "does not exist"),
        ({"candidates": "../x"}, "is not an id"),
        ({"candidates": first, "reranker": "rank-r1-32b-v0.2"}, "reranker"),
    ):
        response = app.http.post("api/comparisons/search", json={"query": "number", **asked})
        assert response.status_code in (400, 404)
        assert said in response.json()["error"]


def test_a_blind_search_tells_its_ranking_and_not_whose_it_is(app: App) -> None:
    said = column(app, blind=True)
    run, started, listed, *_, ranked, end = said
    assert [line["type"] for line in (started, listed, ranked, end)] == [
        "search_started",
        "retrieved",
        "retrieved",
        "search_finished",
    ]
    ids = [each["id"] for each in listed["candidates"]]
    assert ids == sorted(ids), "the first stage's order would tell which ranking is its own"
    assert [each["id"] for each in ranked["candidates"]][:3] == ["d11", "d10", "d9"]
    again = lines(app.http.get(f"api/comparisons/recordings/{run['id']}"))
    assert again[-2:] == said[-2:]
    whole = lines(app.http.get(f"api/recordings/{run['id']}"))
    names = {str(value) for value in of(whole, "search_started")["settings"].values() if isinstance(value, str)}
    for text in (json.dumps(said), json.dumps(again)):
        for name in {*names, "BM25", "largest"} - {"", "numbers"}:
            assert f'"{name}"' not in text, name
        assert "holds the largest" not in text


def test_a_vote_tells_two_depths_of_one_ranker_apart() -> None:
    nano, words = {"reranker": "rank-r1-nano"}, {"retriever": "bm25", "depth": 20}
    deep = ranker_names({"a": {**nano, "depth": 10}, "b": {**nano, "depth": 20}, "c": words, "d": {}})
    assert deep == {"a": "rank-r1-nano, depth 10", "b": "rank-r1-nano, depth 20", "c": "bm25", "d": ""}


def test_votes_are_kept_and_exported(app: App) -> None:
    first, second = two(app)
    address = f"api/comparisons/{second},{first}/votes"
    assert app.http.get(address).json() == {"votes": []}
    [vote] = app.http.post(address, json={"choice": first}).json()["votes"]
    assert (vote["choice"], vote["runs"], vote["query"]) == (first, [second, first], "number")
    assert vote["rankers"] == {first: "judge, prompted as rank-r1-nano", second: "bm25"}
    assert len(app.http.post(address, json={"choice": ""}).json()["votes"]) == 2
    exported = app.http.get("api/comparisons/votes")
    assert [json.loads(line) for line in exported.text.splitlines()][-2] == vote
    assert app.http.get("api/comparisons/votes", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 403
    for runs, choice in (
        (f"{first},{second}", "x"),
        (first, first),
        (f"{first},{first}", first),
        (f"{first},x", first),
    ):
        assert app.http.post(f"api/comparisons/{runs}/votes", json={"choice": choice}).status_code in (400, 404)


def test_a_comparison_is_one_file(app: App) -> None:
    runs = two(app)
    page = app.http.get(f"api/comparisons/{','.join(runs)}/download").text
    assert f'"compared":["{runs[0]}","{runs[1]}"]' in page


def test_no_more_columns_run_than_searches_may(ending: App) -> None:
    """A column is a search like any other: it waits for its turn."""
    with ending.http.stream("POST", "api/search", json={"query": "number"}) as first:
        beginning = first.iter_lines()
        run = json.loads(next(beginning))["id"]
        with ending.http.stream("POST", "api/comparisons/search", json={"query": "number"}) as second:
            arriving = second.iter_lines()
            assert [json.loads(next(arriving))["type"] for _ in range(2)] == ["run", "queued"]
        ending.http.post(f"api/search/{run}/stop")


def sounder(app: App, runs: str, **asked: object) -> Any:
    return app.http.post(f"api/comparisons/{runs}/sounder", json={"document": "d11", "judge": "fare-8b", **asked})


def test_a_judge_says_whose_reasoning_is_sounder(app: App) -> None:
    first, second = (column(app, seed=seed)[0]["id"] for seed in (1, 2))
    runs = f"{first},{second}"
    assert "reranker 'fare-8b' is unknown" in sounder(app, runs).json()["error"]
    with ScriptedServer(lambda _: "Explanation: Assistant A is right.\nVerdict: [A]") as server:
        judge = replace(app.service.settings, reranker="fare-8b", base_url=server.base_url, cache=False)
        app.service.others = {"fare-8b": judge}
        try:
            said = sounder(app, runs).json()["lines"]
            refused = [sounder(app, f"{runs},{two(app)[1]}"), sounder(app, runs, judge="rank-r1-nano")]
            lacking = sounder(app, runs, document="d0")
        finally:
            app.service.others = {}
        asked = [body["messages"][1]["content"] for body in server.requests]
    assert [line["answer"] for line in said if line["type"] == "call_finished"] == [[first], [second]], "a tie"
    assert len(asked) == 2
    assert all("Query: “number”. Document: number 11" in text for text in asked)
    assert all("holds the largest number" in text for text in asked)
    assert [each.status_code for each in refused] == [400, 400]
    assert "there is none to judge" in lacking.json()["error"]

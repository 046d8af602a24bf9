"""Recorded searches over HTTP."""

from __future__ import annotations

import itertools
import json

import pytest

from .conftest import App, lines


def test_a_search_is_kept_and_read_again(app: App) -> None:
    said = app.search()
    again = lines(app.http.get(f"api/recordings/{said[0]['id']}"))
    joined = [[line for line in each if line["type"] != "said"] for each in (said, again)]
    assert joined[0][0].pop("reader") == 1
    assert joined[0] == joined[1]
    call = app.http.get(f"api/recordings/{said[0]['id']}", params={"call": 1}).json()
    assert call["messages"][1]["role"] == "user"
    assert call["text"].startswith("<think>")
    kept = app.http.get("api/recordings").json()
    assert said[0]["id"] in [each["id"] for each in kept]


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("api/recordings/0000000000000000", 404, "does not exist"),
        ("api/recordings/..%2f..%2fetc", 404, ""),
        ("api/recordings/nonsense", 400, "16 hexadecimal digits"),
        ("api/recordings/0000000000000000?call=x", 400, "call 'x'"),
    ],
)
def test_what_was_not_kept(app: App, path: str, status: int, named: str) -> None:
    response = app.http.get(path)
    assert response.status_code == status
    assert named in response.text


def test_calls_and_searches_that_are_not_there(app: App) -> None:
    run = app.search()[0]["id"]
    assert app.http.get(f"api/recordings/{run}", params={"call": 99}).json()["error"] == "call 99 is not in this search"
    response = app.http.post(f"api/search/{run}/stop")
    assert (response.status_code, "is not running" in response.json()["error"]) == (404, True)


def test_what_was_kept_can_be_downloaded(app: App) -> None:
    said = app.search()
    run, ranking = said[0]["id"], said[-1]["ranking"]
    where = f"api/recordings/{run}/download"
    trec = app.http.get(where, params={"form": "run"})
    assert f'filename="rank-r1-{run}.run"' in trec.headers["content-disposition"]
    rows = [line.split() for line in trec.text.splitlines()]
    assert [row[2] for row in rows] == ranking
    assert [int(row[3]) for row in rows] == list(range(1, 13))
    assert all(float(a[4]) > float(b[4]) for a, b in itertools.pairwise(rows))
    assert [each["id"] for each in app.http.get(where, params={"form": "json"}).json()["ranking"]] == ranking
    events = [json.loads(line) for line in app.http.get(where, params={"form": "jsonl"}).text.splitlines()]
    assert (events[0]["type"], events[-1]["ranking"]) == ("search_started", ranking)
    page = app.http.get(where, params={"form": "html"}).text
    assert page.startswith("<!doctype html>")
    assert "http" not in page.replace("http-equiv", "").split("importmap")[0].split("rank-r1-kept")[0]
    assert "default-src 'none'" in page


def test_what_cannot_be_downloaded_is_said(app: App) -> None:
    run = app.search()[0]["id"]
    unknown = app.http.get(f"api/recordings/{run}/download", params={"form": "pdf"})
    assert unknown.status_code == 400
    assert unknown.json()["error"] == "download 'pdf' is unknown, known are run, json, jsonl, html"
    assert app.http.get("api/recordings/0123456789abcdef/download", params={"form": "run"}).status_code == 404


def test_a_kept_page_holds_hostile_texts_as_data(app: App) -> None:
    said = app.search(query="number </script><script>alert(1)</script>")
    page = app.http.get(f"api/recordings/{said[0]['id']}/download", params={"form": "html"}).text
    assert "<script>alert(1)" not in page
    assert page.count("</script>") == page.count("<script")

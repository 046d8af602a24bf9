"""Known indexes over HTTP: listed with how far each is, fetched one at a time, stopped, closed to everybody else."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rankr1_app import paths
from rankr1_app.retrieval import indexes

from ..retrieval.test_fetch import NAME, Server, archive
from .conftest import App

__all__ = ["archive"]
OTHER = "other.flat"


def listing(server: Server) -> str:
    """A catalogue of the user's: the server's index under its name, and another one that nobody serves."""
    rows = {key: value for key, value in vars(server.known).items() if key != "name"}
    rows["licence"] = "CC0"
    parts = {NAME: rows, OTHER: {**rows, "url": "http://127.0.0.1:9/x.tar.gz"}}
    return "\n".join(
        f'["{name}"]\n' + "\n".join(f"{key} = {json.dumps(value)}" for key, value in part.items())
        for name, part in parts.items()
    )


@pytest.fixture
def server(archive: bytes) -> Iterator[Server]:
    """A server of a small index, which stands in the user's own catalogue."""
    made = Server(archive)
    own = paths.home() / "indexes.toml"
    own.write_text(listing(made), "utf-8")
    yield made
    made.http.shutdown()
    made.http.server_close()
    own.unlink()
    shutil.rmtree(indexes.root() / NAME, ignore_errors=True)
    for left in indexes.root().glob(".*.flat.*"):
        left.unlink()


def one(state: dict[str, Any], name: str = NAME) -> dict[str, Any]:
    return next(each for each in state["indexes"] if each["name"] == name)


def ended(http: httpx.Client, name: str = NAME) -> dict[str, Any]:
    """The index once its fetch is over."""
    for _ in range(200):
        found = one(http.get("api/known").json(), name)
        if found["fetching"] and found["fetching"]["over"]:
            return found
        time.sleep(0.05)
    raise AssertionError("the fetch does not end")


def test_a_known_index_is_fetched_and_can_be_searched(server: Server, app: App) -> None:
    http = app.http
    before = one(http.get("api/known").json())
    assert (before["here"], before["fetching"], before["documents"], before["licence"]) == (False, None, 2, "CC0")
    assert http.post("api/known", json={"name": NAME}).status_code == 200
    found = ended(http)
    assert (found["here"], found["fetching"]["wrong"]) == (True, "")
    assert NAME in [each["name"] for each in http.get("api/catalogue").json()["indexes"]]
    lines = http.post("api/search", json={"query": "copper", "index": NAME, "reranker": "none"}).text.splitlines()
    documents = next(line for line in map(json.loads, lines) if line["type"] == "retrieved")["candidates"]
    assert [each["id"] for each in documents] == ["a"]


def test_what_cannot_be_fetched_says_why(server: Server, app: App) -> None:
    http = app.http
    http.post("api/known", json={"name": OTHER})
    found = ended(http, OTHER)
    assert not found["here"]
    assert "127.0.0.1 cannot be reached" in found["fetching"]["wrong"]
    unknown = http.post("api/known", json={"name": "nope"})
    assert (unknown.status_code, unknown.json()["error"][:33]) == (400, "index 'nope' cannot be fetched, `")


def test_one_is_fetched_at_a_time_and_stopped(server: Server, app: App) -> None:
    http = app.http
    server.hold.clear()
    http.post("api/known", json={"name": NAME})
    refused = http.post("api/known", json={"name": OTHER})
    assert refused.json()["error"] == f"index '{NAME}' is being fetched, wait for it or stop it"
    http.delete("api/known")
    server.hold.set()
    found = ended(http)
    assert (found["here"], found["fetching"]["wrong"][:7]) == (False, "stopped")
    http.post("api/known", json={"name": NAME})
    assert ended(http)["here"]


def test_nobody_else_fetches(server: Server, app: App) -> None:
    http = app.http
    through = {"X-Forwarded-For": "203.0.113.9"}
    assert http.get("api/known", headers=through).json() == {"open": False, "indexes": []}
    for method in ("POST", "DELETE"):
        answer = http.request(method, "api/known", json={"name": NAME}, headers=through)
        assert (answer.status_code, answer.json()["error"][:33]) == (403, "indexes are fetched by programs o")
    assert server.ranges == []

"""A server with a route that scores documents: which of its routes answers, in which shape, and what it says else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from rankr1_app.engines.protocol import Fault
from rankr1_app.engines.rerank import FORMS, Endpoint, create, scored
from rankr1_app.errors import Problem
from rankr1_app.events import Usage
from rankr1_app.plan import EngineSpec

Route = Callable[[dict[str, Any]], tuple[int, bytes]]


@pytest.mark.parametrize(
    ("answer", "scores"),
    [
        (b'{"results": [{"index": 1, "relevance_score": 0.5}, {"index": 0, "relevance_score": 2}]}', (2.0, 0.5)),
        (b'[{"index": 1, "score": 0.25}, {"index": 0, "score": 0.5}]', (0.5, 0.25)),
        (b'{"data": [{"index": 0, "score": -1.5, "object": "score"}, {"score": 3}]}', (-1.5, 3.0)),
        (b'{"results": [{"index": 7, "relevance_score": 1}, {"index": 0, "relevance_score": 2}]}', (2.0, None)),
        (b'{"results": [{"index": 0, "relevance_score": NaN}]}', None),
        (b'{"results": {}}', None),
        (b"<html>", None),
        (b"[1, 2]", None),
        (b'{"results": [{"index": 0, "relevance_score": 1%s}]}' % (b"0" * 400), None),
        (b'{"results": [{"index": 0, "relevance_score": true}, {"index": 1, "relevance_score": 2}]}', (None, 2.0)),
        (b'{"results": [{"index": true, "relevance_score": 1}]}', None),
        (b'{"results": []}', None),
        (b"[" * 100_000, None),
    ],
)
def test_shapes_of_answers(answer: bytes, scores: tuple[float | None, ...] | None) -> None:
    found = scored(answer, 2)
    assert (found.scores if found else None) == scores


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        (b'{"total_tokens": 7}', Usage(prompt_tokens=7, completion_tokens=0)),
        (b'{"total_tokens": 0}', Usage()),
        (b'{"total_tokens": "7"}', Usage()),
        (b"[7]", Usage()),
    ],
)
def test_tokens_are_those_that_the_server_tells(usage: bytes, tokens: Usage) -> None:
    found = scored(b'{"results": [{"score": 1}], "usage": %s}' % usage, 1)
    assert found is not None
    assert found.usage == tokens


class Server:
    """Stands in for a connection: some routes are there, and take some shapes."""

    where = "server 'x'"

    def __init__(self, routes: Mapping[str, Route]) -> None:
        self.routes, self.asked = routes, list[str]()

    async def fetch(self, method: str, url: str, body: dict[str, Any]) -> tuple[int, bytes]:
        self.asked.append(url.removeprefix("http://x:1"))
        route = self.routes.get(self.asked[-1])
        return route(body) if route else (404, b"not found")

    def hide(self, text: str) -> str:
        return text


def endpoint(server: Server) -> Endpoint:
    made = Endpoint("http://x:1/v1", "m", timeout=1.0, concurrency=1)

    async def start() -> None:
        made.connection = server  # type: ignore[assignment]
        made.ways = made.ways or [(base, *form) for base in ("http://x:1/v1", "http://x:1") for form in FORMS]

    made.start = start  # type: ignore[method-assign]
    return made


def tei(body: dict[str, Any]) -> tuple[int, bytes]:
    if "texts" not in body:
        return 422, b'{"error": "missing field texts"}'
    return 200, b'[{"index": 1, "score": 0.9}, {"index": 0, "score": 0.1}]'


def pairs(body: dict[str, Any]) -> tuple[int, bytes]:
    assert (body["text_1"], body["text_2"], body["model"]) == ("q", ["a", "b"], "m")
    return 200, b'{"data": [{"index": 0, "score": 0.1}, {"index": 1, "score": 0.9}], "usage": {"total_tokens": 7}}'


async def test_the_route_is_found_once() -> None:
    ways: list[dict[str, Route]] = [{"/rerank": tei}, {"/score": pairs}]
    for routes in ways:
        server = Server(routes)
        made = endpoint(server)
        assert (await made.score("q", ["a", "b"])).scores == (0.1, 0.9)
        first = len(server.asked)
        await made.score("q", ["a", "b"])
        assert len(server.asked) == first + 1


async def test_a_server_that_cannot_score_says_so() -> None:
    with pytest.raises(Problem, match="server 'x' has no route that scores documents"):
        await endpoint(Server({})).score("q", ["a"])
    with pytest.raises(Fault, match="did not score"):
        await endpoint(Server({"/v1/rerank": lambda _: (503, b"loading")})).score("q", ["a"])
    with pytest.raises(Problem, match="refused to score"):
        await endpoint(Server({"/v1/rerank": lambda _: (401, b'{"error": "no key"}')})).score("q", ["a"])


async def test_what_a_route_says_tells_more_than_that_another_is_not() -> None:
    routes: dict[str, Route] = {"/v1/rerank": lambda _: (400, b'{"error": "model m cannot score"}')}
    with pytest.raises(Problem, match=r"\(/rerank or /score\): .*model m cannot score"):
        await endpoint(Server(routes)).score("q", ["a"])


async def test_nothing_is_sent_before_it_is_asked() -> None:
    spec = EngineSpec(
        kind="rerank", model="m", adapter="", base_url="no address", timeout=1, concurrency=0, cache=False
    )
    made = create(spec, 4)
    assert (made.name, made.model, made.concurrency, made.state) == ("rerank", "m", 4, "not started")
    with pytest.raises(Problem, match="'no address' is no address"):
        await made.start()
    made = create(EngineSpec(**{**vars(spec), "base_url": "http://127.0.0.1:9/v1"}), 4)
    await made.start()
    assert (made.state, len(made.ways) % len(FORMS)) == ("ready", 0)
    await made.close()
    assert (made.state, made.connection) == ("not started", None)

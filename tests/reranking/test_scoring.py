"""Scoring: cross-encoders, routes of servers, and the cosine of the encoder that comes with the product."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app import engines, reranking
from rankr1_app.engines.protocol import Decoding, Fault
from rankr1_app.engines.rerank import Endpoint, scored
from rankr1_app.engines.scorer import Scored, Scorer
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Event, Planned, RankSettled, Usage
from rankr1_app.plan import resolve
from rankr1_app.settings import Settings

from ..doubles import candidates

Route = Callable[[dict[str, Any]], tuple[int, bytes]]
PLAN = resolve(Settings(reranker="ms-marco-minilm-l6").checked())


LOOP = asyncio.new_event_loop()
"""For cases by the thousand."""


class Numbers(Scorer):
    """Scores a document by its number, or as it is told."""

    def __init__(self, told: Callable[[list[int]], Sequence[float | None]] = lambda numbers: numbers) -> None:
        super().__init__("numbers", "numbers", "number", 1)
        self.told = told
        self.faults = 0

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        if self.faults:
            self.faults -= 1
            raise Fault("the server cut the connection")
        return Scored(tuple(self.told([int(text.split()[-1]) for text in texts])), Usage(prompt_tokens=5))


def events(engine: Scorer, numbers: Sequence[int], k: int = 1000) -> list[Event]:
    made = reranking.create(PLAN, engine)

    async def go() -> list[Event]:
        return [event async for event in made.rerank("q", candidates(numbers), k, lambda: 0.0)]

    return LOOP.run_until_complete(go())


def ranking(found: list[Event]) -> list[str]:
    return [event.document for event in found if isinstance(event, RankSettled)]


def test_documents_are_scored_in_batches() -> None:
    found = events(Numbers(), range(70), 3)
    assert found[0] == Planned(at=0.0, calls=3, rounds=1)
    started = [event for event in found if isinstance(event, CallStarted)]
    assert [(len(call.documents), call.kind, call.messages) for call in started] == [
        (32, "score", ()),
        (32, "score", ()),
        (6, "score", ()),
    ]
    assert ranking(found) == ["d69", "d68", "d67"]
    settled = [event for event in found if isinstance(event, RankSettled)]
    assert [(event.score, event.score_name, event.calls) for event in settled][:1] == [(69.0, "number", (3,))]


def test_a_call_that_breaks_is_made_again_once() -> None:
    engine = Numbers()
    engine.faults = 1
    found = events(engine, [1, 2])
    assert [call.status for call in found if isinstance(call, CallFinished)] == ["retried", "ok"]
    assert ranking(found) == ["d2", "d1"]
    engine.faults = 2
    with pytest.raises(Problem, match="documents 1 to 2 got no scores twice: the server cut the connection"):
        events(engine, [1, 2])


def test_a_document_without_a_score_stays_last() -> None:
    found = events(Numbers(lambda numbers: [None if number == 9 else float(number) for number in numbers]), [9, 1, 2])
    assert ranking(found) == ["d2", "d1", "d9"]
    (call,) = [event for event in found if isinstance(event, CallFinished)]
    assert (call.status, call.error, call.scores) == ("repaired", "1 documents got no score and stay last", ())


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats()), min_size=1, max_size=8))
def test_no_document_is_lost_doubled_or_invented(told: list[float | None]) -> None:
    found = events(Numbers(lambda numbers: told), range(len(told)))
    assert sorted(ranking(found)) == sorted(f"d{number}" for number in range(len(told)))


def test_no_candidates() -> None:
    assert events(Numbers(), []) == [Planned(at=0.0, calls=0, rounds=0)]


async def test_a_scorer_writes_nothing() -> None:
    with pytest.raises(Problem, match="model 'numbers' scores documents and writes nothing"):
        await anext(Numbers().generate((), Decoding(max_tokens=1)))


def test_the_family_chooses_the_engine() -> None:
    def kind(**given: Any) -> str:
        plan = resolve(Settings(**given).checked())
        assert plan.engine
        return plan.engine.kind

    assert kind(reranker="minilm-cosine") == "encoder"
    assert kind(reranker="ms-marco-minilm-l6") == "cross-encoder"
    assert kind(reranker="rerank-endpoint", base_url="http://127.0.0.1:1/v1") == "rerank"
    with pytest.raises(Problem, match="reranker 'rerank-endpoint' is whatever a server runs, give its address"):
        Settings(reranker="rerank-endpoint").checked()
    with pytest.raises(Problem, match="engine 'vllm' writes and scores nothing"):
        Settings(reranker="ms-marco-minilm-l6", engine="vllm").checked()


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
    ],
)
def test_shapes_of_answers(answer: bytes, scores: tuple[float | None, ...] | None) -> None:
    found = scored(answer, 2)
    assert (found.scores if found else None) == scores


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
        from rankr1_app.engines.rerank import FORMS

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


async def test_the_cosine_of_the_encoder_that_comes_with_the_product() -> None:
    plan = resolve(Settings(reranker="minilm-cosine").checked())
    assert plan.engine
    engine = engines.create(plan.engine)
    assert isinstance(engine, Scorer)
    found = await engine.score("why does bread rise", ["Granite is hard.", "Yeast makes dough rise."])
    assert found.scores[0] is not None
    assert found.scores[1] is not None
    assert -1.0 <= found.scores[0] < 0.3 < found.scores[1] <= 1.0


async def test_a_cross_encoder_that_is_not_there() -> None:
    plan = resolve(Settings(reranker="ms-marco-minilm-l6", model="/nowhere/at/all").checked())
    assert plan.engine
    with pytest.raises(Problem, match="model '/nowhere/at/all' cannot be loaded"):
        await engines.create(plan.engine).start()

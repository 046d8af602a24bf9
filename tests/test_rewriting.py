"""Queries that the model rewrites: what it is asked, what is searched for, and that the reranker reads the original."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rankr1_app import rewriting
from rankr1_app.consistency import consistent
from rankr1_app.errors import Problem
from rankr1_app.events import CallStarted, Event, Retrieved, Rewritten, SearchFinished, SearchStopped, dumps
from rankr1_app.pipeline import Stop, search
from rankr1_app.results import gather, result
from rankr1_app.retrieval import bm25, fusion, indexes
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import read
from rankr1_app.ways import ways
from tests.engines.server import Fault, ScriptedServer
from tests.retrieval.conftest import TEXTS

QUERY = "why does the ocean move"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Six short texts, by words alone."""
    folder = tmp_path_factory.mktemp("rewriting")
    rows = [{"id": name, "title": title, "text": text} for name, (title, text) in TEXTS.items()]
    (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return indexes.build(folder / "c.jsonl", "rewriting", folder)[0].folder


@pytest.fixture
def searched(index: str) -> Iterator[Callable[..., Any]]:
    """Search for `QUERY`, rewritten in a way to a text; returns the events."""
    with ExitStack() as stack:

        async def go(way: str, text: str, fault: Fault = lambda number: "") -> list[Event]:
            def judge(messages: list[dict[str, str]]) -> str:
                asks = "Here are the documents" in messages[-1]["content"]
                return "<think> so </think>\n<answer>[1]</answer>" if asks else text

            server = stack.enter_context(ScriptedServer(judge, pause=0.01, fault=fault))
            settings = Settings(
                index=index, retriever="bm25", base_url=server.base_url, model="judge", rewrite=way, k=1, cache=False
            )
            service = Service(settings.checked())
            return [event async for event in search(service.prepare(QUERY, service.settings))]

        yield go


def of(events: list[Event]) -> tuple[list[Rewritten], Retrieved]:
    """What the query became, step by step, and what was found."""
    (found,) = (event for event in events if isinstance(event, Retrieved))
    return [event for event in events if isinstance(event, Rewritten)], found


@pytest.mark.parametrize(("way", "expected"), [("hyde", f"{QUERY}\nThe moon pulls."), ("reasoning", "The moon pulls.")])
async def test_what_the_model_writes_is_searched_for(
    searched: Callable[..., Any], tmp_path: Path, way: str, expected: str
) -> None:
    events = await searched(way, "<think>moon? tea?</think>\nThe moon pulls.")
    steps, found = of(events)
    first, last = steps[0], steps[-1]
    assert QUERY in first.messages[-1].content
    assert [step.complete for step in steps] == [False] * (len(steps) - 1) + [True]
    assert last.text.startswith("".join(step.text for step in steps[:-1]))
    assert (last.query, last.by, last.note) == (expected, f"{way}, judge", "")
    assert [each.id for each in found.candidates] == ["sea"]
    calls = [event for event in events if isinstance(event, CallStarted)]
    assert all(QUERY in call.messages[-1].content for call in calls)
    assert not any("The moon pulls." in call.messages[-1].content.split("documents")[0] for call in calls)
    (end,) = (event for event in events if isinstance(event, SearchFinished))
    assert last.usage is not None
    assert end.totals.completion_tokens >= (last.usage.completion_tokens or 0) > 0
    record = tmp_path / "r.jsonl"
    record.write_text("".join(dumps(event) + "\n" for event in events))
    assert list(consistent(read(record), "r")) == events
    assert result(gather(events))["rewritten"]["query"] == expected


async def test_several_queries_are_searched_for_and_fused(searched: Callable[..., Any], index: str) -> None:
    steps, found = of(await searched("queries", '1. salt water\n\n- "moon tides"\n- moon tides\n* hot tea leaves'))
    lines = [QUERY, "salt water", "moon tides", "hot tea leaves"]
    assert steps[-1].query.splitlines() == lines
    rankings = [[(each.id, each.score) for each in bm25.open_index(index).search(line, 100)] for line in lines]
    fused = fusion.reciprocal_ranks(rankings)
    assert [(each.id, each.score) for each in found.candidates] == fused
    assert (found.retriever, found.score_name) == ("bm25", "sum of reciprocal ranks")
    sea = next(each for each in found.candidates if each.id == "sea")
    assert [source.retriever for source in sea.sources] == ["“salt water”", "“moon tides”"]
    assert sea.sources[0].score_name == "BM25 for “salt water”"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "sent an empty answer"),
        ("<think>and so on", "the model wrote nothing to search for"),
        ("<think>a</think> \n", "the model wrote nothing to search for"),
    ],
)
async def test_a_query_that_could_not_be_rewritten_is_searched_for_and_says_so(
    searched: Callable[..., Any], text: str, why: str
) -> None:
    steps, found = of(await searched("reasoning", text))
    assert steps[-1].query == QUERY
    assert steps[-1].note.startswith("the query was not rewritten, and is searched for as it is: ")
    assert steps[-1].note.endswith(why)
    assert found.candidates == ()


async def test_half_an_answer_is_not_searched_for(searched: Callable[..., Any]) -> None:
    events = await searched("hyde", "The moon pulls. " * 20, lambda number: "cut" if number == 1 else "")
    steps, _ = of(events)
    assert "The moon" in steps[-1].text
    assert steps[-1].query == QUERY
    assert steps[-1].note.startswith("the query was not rewritten, and is searched for as it is: ")


async def test_stop_ends_the_generation(index: str) -> None:
    with ScriptedServer(lambda _: "word " * 4000, pause=0.05) as server:
        settings = Settings(index=index, retriever="bm25", base_url=server.base_url, model="judge", rewrite="hyde")
        service, stop = Service(settings.checked()), Stop()
        seen = []
        async for event in search(service.prepare(QUERY, service.settings), stop):
            seen.append(event)
            if isinstance(event, Rewritten) and event.text:
                stop.set()
        assert isinstance(seen[-1], SearchStopped)
        assert not any(isinstance(event, Retrieved) for event in seen)
        for _ in range(100):
            if not server.running:
                break
            await asyncio.sleep(0.1)
        assert (server.running, server.left) == (0, 1)


def test_a_query_can_end_no_turn_and_fill_in_nothing() -> None:
    (asked,) = rewriting.messages_of(ways()["hyde"], "a {docs} <|im_end|>")
    assert "{docs}" in asked.content
    assert "<|im_end|>" not in asked.content


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"rewrite": "psychic"}, "rewrite 'psychic' is unknown, known are hyde, queries, reasoning"),
        ({"rewrite": "hyde"}, "rewrite 'hyde' needs a model that writes, and rank-r1-nano has only learnt to compare"),
        ({"rewrite": "hyde", "reranker": "rank-r1-nano-pairwise"}, "has only learnt to compare"),
        ({"rewrite": "hyde", "reranker": "none"}, "needs a model that writes, reranker 'none' is none"),
        (
            {"rewrite": "hyde", "reranker": "minilm-cosine"},
            "needs a model that writes, reranker 'minilm-cosine' is none",
        ),
    ],
)
def test_only_a_model_that_writes_rewrites(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(Problem, match=why):
        Settings(**settings).checked()
    assert Service(Settings()).rewrites() == {}
    known = Service(Settings(base_url="http://localhost:1/v1")).rewrites()
    assert list(known) == ["hyde", "queries", "reasoning"]

"""The OpenAI engine over real HTTP: streams, faults, and words for what went wrong."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import Any

import pytest

from rankr1_app.engines.connection import Connection
from rankr1_app.engines.openai import OpenAI
from rankr1_app.engines.protocol import Chunk, Decoding, Fault
from rankr1_app.errors import Problem
from rankr1_app.events import Message, RankSettled, Usage

from ..doubles import ENTRY, best, candidates, setwise, shown
from .server import ScriptedServer

ASK = (Message(role="user", content="hello"),)
DECODING = Decoding(max_tokens=50, seed=3)


async def listen(engine: OpenAI) -> list[Chunk]:
    return [chunk async for chunk in engine.generate(ASK, DECODING)]


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


async def test_streams_text_usage_and_finish() -> None:
    with ScriptedServer(lambda messages: "some words of an answer") as server:
        engine = OpenAI(server.base_url, "")
        chunks = await listen(engine)
        await engine.close()
    assert text(chunks) == "some words of an answer"
    assert len([c for c in chunks if c.text]) == 3
    assert [c.finish_reason for c in chunks if c.finish_reason] == ["stop"]
    assert [c.usage for c in chunks if c.usage] == [Usage(prompt_tokens=11, cached_tokens=3, completion_tokens=7)]
    asked = server.requests[0]
    assert asked["model"] == "judge"
    assert (asked["max_tokens"], asked["temperature"], asked["seed"]) == (50, 0.0, 3)


@pytest.mark.parametrize("how", ["500", "503", "429"])
async def test_retries_what_passes(how: str) -> None:
    with ScriptedServer(lambda messages: "fine", fault=lambda n: how if n == 1 else "") as server:
        engine = OpenAI(server.base_url, "")
        assert text(await listen(engine)) == "fine"
        await engine.close()
    assert len(server.requests) == 2


async def test_a_lasting_500_is_a_fault() -> None:
    with ScriptedServer(lambda messages: "fine", fault=lambda n: "500") as server:
        engine = OpenAI(server.base_url, "")
        with pytest.raises(Fault, match="answered HTTP 500 4 times"):
            await listen(engine)
        await engine.close()


async def test_a_cut_answer_is_a_fault() -> None:
    with ScriptedServer(lambda messages: "fine words that get cut", fault=lambda n: "cut") as server:
        engine = OpenAI(server.base_url, "")
        with pytest.raises(Fault, match=r"in the middle of an answer|cut the connection"):
            await listen(engine)
        await engine.close()


async def test_silence_is_a_fault() -> None:
    with ScriptedServer(lambda messages: "fine", fault=lambda n: "hang") as server:
        engine = OpenAI(server.base_url, "", timeout=0.3)
        began = time.perf_counter()
        with pytest.raises(Fault, match=r"nothing for 0\.3 seconds|nothing in time"):
            await listen(engine)
        assert time.perf_counter() - began < 20
        await engine.close()


async def test_closing_ends_the_stream_on_the_server() -> None:
    with ScriptedServer(lambda messages: "x" * 10_000, pause=0.01) as server:
        engine = OpenAI(server.base_url, "")
        stream = engine.generate(ASK, DECODING)
        await anext(stream)
        assert server.running == 1
        await stream.aclose()
        for _ in range(100):
            if not server.running:
                break
            await asyncio.sleep(0.02)
        assert server.running == 0
        assert server.left == 1
        await engine.close()


async def test_words_for_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    async def says(base_url: str, model: str, words: str) -> None:
        engine = OpenAI(base_url, model, timeout=2)
        with pytest.raises(Problem, match=words) as caught:
            await engine.start()
        assert engine.state.startswith(("lost: ", "not started"))
        assert "\n" not in str(caught.value)
        await engine.close()

    with ScriptedServer(lambda m: "", models=("a", "b")) as server:
        await says(server.base_url, "", "has not one model but a, b, choose with --model")
    with ScriptedServer(lambda m: "", page="<html>hello</html>") as server:
        await says(server.base_url, "", "does not say which models it has, name one with --model")
    await says("http://127.0.0.1:9/v1", "m", "cannot be reached")
    for url in ("not a url", "ftp://x/v1", "http://", "127.0.0.1:8000"):
        await says(url, "m", "is no address, write it like http://127.0.0.1:8000/v1")


async def test_the_key_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKR1_API_KEY", "secret-key")
    with ScriptedServer(lambda m: "", fault=lambda n: "401") as server:
        engine = OpenAI(server.base_url, "judge")
        with pytest.raises(Problem, match="refused the key") as caught:
            await listen(engine)
        await engine.close()
    assert server.keys == ["Bearer secret-key"]
    assert "secret" not in str(caught.value) + engine.state


async def test_a_server_that_comes_back_is_found_again() -> None:
    with ScriptedServer(lambda m: "one") as server:
        engine = OpenAI(server.base_url, "judge", timeout=2)
        assert text(await listen(engine)) == "one"
        port = server.port
    with pytest.raises(Problem, match=r"cannot be reached|cut the connection"):
        await listen(engine)
    again = ScriptedServer(lambda m: "two")
    again.server.config.port = port
    with again:
        assert text(await listen(engine)) == "two"
        await engine.close()


@pytest.mark.parametrize("n", [1, 2, 9, 10, 19, 20, 21, 43, 100, 333])
async def test_top_ten_over_http(n: int) -> None:
    import random

    from rankr1_app.events import CallStarted

    values = list(range(n))
    random.Random(n).shuffle(values)
    judge_v02 = lambda messages: best(shown([Message(**m) for m in messages]))  # noqa: E731
    with ScriptedServer(judge_v02) as server:
        engine = OpenAI(server.base_url, "judge")
        reranker = setwise(engine, docs_per_call=20, entry=ENTRY)
        events = [e async for e in reranker.rerank("largest", candidates(values), 10, lambda: 0.0)]
        await engine.close()
    assert [e.document for e in events if isinstance(e, RankSettled)] == [f"d{v}" for v in range(n - 1, n - 11, -1)][:n]
    calls = sum(isinstance(e, CallStarted) for e in events)
    assert len(server.requests) == calls
    if n == 20:
        assert calls == 10
    if n == 100:
        assert 20 <= calls <= 25


@pytest.mark.parametrize("how", ["500", "cut", "drop"])
async def test_a_fifth_of_broken_calls_loses_no_document(how: str) -> None:
    import random

    dice = random.Random(1)
    values = list(range(60))
    dice.shuffle(values)
    judge = lambda messages: best(shown([Message(**m) for m in messages]))  # noqa: E731
    with ScriptedServer(judge, fault=lambda n: how if dice.random() < 0.2 else "") as server:
        engine = OpenAI(server.base_url, "judge")
        reranker = setwise(engine, docs_per_call=20)
        events = [e async for e in reranker.rerank("largest", candidates(values), 10, lambda: 0.0)]
        await engine.close()
    top = [e.document for e in events if isinstance(e, RankSettled)]
    assert len(set(top)) == 10
    assert len(set(top) & {f"d{v}" for v in range(50, 60)}) >= 9


async def test_two_who_start_at_once_share_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    begin = Connection.__init__

    def counted(self: Connection, *args: Any) -> None:
        made.append(args)
        begin(self, *args)

    monkeypatch.setattr(Connection, "__init__", counted)
    with ScriptedServer(lambda messages: "") as server:
        engine = OpenAI(server.base_url, "")
        await asyncio.gather(engine.start(), engine.start())
        await engine.close()
    assert len(made) == 1


async def test_room_is_what_running_calls_leave() -> None:
    with ScriptedServer(lambda messages: "some words of an answer") as server:
        engine = OpenAI(server.base_url, "", concurrency=2)
        assert engine.room == 2
        async with aclosing(engine.generate(ASK, DECODING)) as chunks:
            await anext(chunks)
            assert engine.room == 1
        assert engine.room == 2
        await engine.close()

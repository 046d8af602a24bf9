"""Servers that are silent, slow, gone or never done: every call ends in time, in our words."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rankr1_app.engines.openai import OpenAI
from rankr1_app.engines.protocol import Decoding, Fault
from rankr1_app.errors import Problem
from rankr1_app.events import Message
from rankr1_app.pipeline import Search, search

from ..doubles import ENTRY, Fixed, candidates, setwise
from .quirks import Quirk, QuirkServer, Request, Response, error, piece, plain

ASK = (Message(role="user", content="hello"),)
PLAIN = Quirk("plain", "", "", "", plain)


def scripted(*blocks: bytes | float, **more: object) -> Quirk:
    return Quirk("scripted", "", "", "", lambda request: Response(list(blocks)), **more)  # type: ignore[arg-type]


async def told(quirk: Quirk, silence: float) -> tuple[str, float]:
    """What one call says, and the seconds it takes."""
    with QuirkServer(quirk) as server:
        engine = OpenAI(server.base_url, "judge", timeout=silence)
        await engine.start()
        began = time.perf_counter()
        with pytest.raises(Fault) as caught:
            _ = [chunk async for chunk in engine.generate(ASK, Decoding(max_tokens=50))]
        took = time.perf_counter() - began
        await engine.close()
    return str(caught.value), took


async def test_silence_is_not_asked_again() -> None:
    words, took = await told(scripted(5.0), 0.3)
    assert "said nothing for 0.3 seconds" in words
    assert took < 1.5


async def test_one_byte_at_a_time_is_silence() -> None:
    drip = [block for byte in piece({"content": "x" * 500}) for block in (bytes([byte]), 0.1)]
    words, took = await told(scripted(*drip), 0.4)
    assert "said nothing for 0.4 seconds" in words
    assert took < 2


async def test_signs_of_life_without_end_end() -> None:
    words, took = await told(scripted(*(each for _ in range(200) for each in (b": wait\n\n", 0.05))), 0.2)
    assert "did not end its answer within 2 seconds, a longer --timeout may help" in words
    assert took < 4


async def test_pauses_end_with_the_call() -> None:
    words, took = await told(Quirk("busy", "", "", "", lambda request: error(429, "busy", Retry_After="3600")), 1)
    assert "answered HTTP 429, and asks to wait 3600 seconds: 'busy'" in words
    assert took < 1.5


async def test_an_answer_without_end_is_left() -> None:
    words, _ = await told(scripted(*([b"data: " + b"x" * 2**20] * 70)), 5)
    assert "sent more than 64 MB and did not end" in words


@contextmanager
def listener(answer: bytes) -> Iterator[str]:
    """A server that says the same bytes to everybody and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    client.settimeout(1)
                    try:
                        client.recv(65_536)
                        client.sendall(answer)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}/v1"
        server.shutdown(socket.SHUT_RDWR)
    thread.join(2)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_what_is_no_web_server(answer: bytes, scheme: str) -> None:
    with listener(answer) as place:
        engine = OpenAI(f"{scheme}://{place}", "judge", timeout=3)
        with pytest.raises(Problem, match=r"cut the connection|does not speak https|no way to it") as caught:
            await engine.start()
        await engine.close()
    assert not any(word in str(caught.value) for word in ("Error", "SSL", "peer", "illegal", "Errno"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9/v1", "cannot be reached: nothing listens there"),
        ("http://no-such-host.invalid/v1", "cannot be reached: no host has this name"),
        ("http://alice:hunter22@127.0.0.1:9/v1?key=abcdef", "server 'http://127.0.0.1:9/v1' cannot be reached"),
    ],
)
async def test_nobody_there(url: str, words: str) -> None:
    engine = OpenAI(url, "judge", timeout=3)
    with pytest.raises(Problem, match=words) as caught:
        await engine.start()
    for text in (str(caught.value), engine.state, repr(caught.value.__cause__)):
        assert not any(secret in text for secret in ("alice", "hunter22", "abcdef"))
    await engine.close()


async def test_user_and_key_reach_the_server_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKR1_API_KEY", "sk-hidden\n")

    def echo(request: Request) -> Response:
        return error(400, {"error": {"message": f"odd header {request.headers['Authorization']} {request.path}"}})

    with QuirkServer(Quirk("echo", "", "", "", echo)) as server:
        for place, header in (("127", "Bearer sk-hidden"), ("alice:hunter22@127", "Basic YWxpY2U6aHVudGVyMjI=")):
            engine = OpenAI(server.base_url.replace("127", place, 1), "judge")
            reranker = setwise(engine, entry=ENTRY)
            asked = Search(
                query="largest", retriever=Fixed(candidates([1, 2])), reranker=reranker, depth=2, k=1, seed=9
            )
            events = [event async for event in search(asked)]
            await engine.close()
            assert server.asked[-1].headers["Authorization"] == header
            said = f"{events}{engine.state}{engine.connection}"
            assert "odd header" in said
            assert not any(secret in said for secret in ("sk-hidden", "alice", "hunter22", "YWxp"))


async def test_closing_in_the_middle_is_a_fault() -> None:
    with QuirkServer(scripted(piece({"content": "a"}), 0.3, piece({"content": "b"}))) as server:
        engine = OpenAI(server.base_url, "judge", timeout=3)
        stream = engine.generate(ASK, Decoding(max_tokens=5))
        await anext(stream)
        await engine.close()
        with pytest.raises(Fault):
            _ = [chunk async for chunk in stream]


async def test_what_was_learnt_is_sent_to_all_calls_at_once() -> None:
    def chat(request: Request) -> Response:
        return error(400, {"error": "seed is not supported"}) if "seed" in request.body else plain_text()

    def plain_text() -> Response:
        return Response([piece({"content": "hello"}, "stop")])

    with QuirkServer(Quirk("seed", "", "", "", chat)) as server:
        engine = OpenAI(server.base_url, "judge")

        async def call() -> str:
            chunks = [chunk async for chunk in engine.generate(ASK, Decoding(max_tokens=5, seed=1))]
            return "".join(chunk.text for chunk in chunks)

        assert await asyncio.gather(*(call() for _ in range(8))) == ["hello"] * 8
        assert len(server.asked) <= 16
        assert await call() == "hello"
        assert "seed" not in server.asked[-1].body
        assert engine.notes == ("seed left out, which the server refuses",)
        await engine.close()

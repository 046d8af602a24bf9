"""A server's tokenizer: which route it has, and texts cut by it without trust in what it sends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rankr1_app.engines.protocol import Fault
from rankr1_app.engines.tokens import WAYS, Tokens, find
from rankr1_app.errors import Problem


class Server:
    """Stands in for a connection to a server whose tokens are the words of a text, in one of the dialects."""

    where = "server 'x'"

    def __init__(self, field: str = "prompt") -> None:
        self.field = field
        self.requests: list[tuple[str, dict[str, Any]]] = []

    async def fetch(self, method: str, url: str, body: dict[str, Any]) -> tuple[int, bytes]:
        self.requests.append((url, body))
        if url == "http://x/tokenize" and self.field in body:
            return 200, json.dumps({"tokens": body[self.field].lower().split()}).encode()
        if url == "http://x/detokenize":
            return 200, json.dumps({self.field: " ".join(body["tokens"])}).encode()
        return 404, b"not found"


class Odd(Server):
    """A server that answers in one way, whatever it is asked."""

    def __init__(self, answer: tuple[int, bytes] | Problem, only: str = "tokenize") -> None:
        super().__init__()
        self.answer, self.only = answer, only

    async def fetch(self, method: str, url: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if not url.endswith(self.only):
            return await super().fetch(method, url, body)
        if isinstance(self.answer, Problem):
            raise self.answer
        return self.answer


def tokens(server: Server) -> Tokens:
    return Tokens(server, "http://x", "m", WAYS[0])  # type: ignore[arg-type]


@pytest.mark.parametrize(("field", "way"), [("prompt", WAYS[0]), ("content", WAYS[1])])
async def test_the_dialect_of_a_server_is_found_by_asking(field: str, way: tuple[str, dict[str, Any], str]) -> None:
    found = await find(Server(field), "http://x", "m")  # type: ignore[arg-type]
    assert found is not None
    assert found.way == way
    assert await found.cut("One  TWO three", 2) == "One  TWO"


async def test_a_server_without_a_tokenizer_has_none() -> None:
    assert await find(Server("neither"), "http://x", "m") is None  # type: ignore[arg-type]


async def test_a_text_is_cut_in_its_own_characters() -> None:
    server = Server()
    assert await tokens(server).cut("Bread  and\nDOUGH rise", 3) == "Bread  and\nDOUGH"
    assert server.requests[0] == (
        "http://x/tokenize",
        {"model": "m", "prompt": "Bread  and\nDOUGH rise", "add_special_tokens": False},
    )
    assert server.requests[1][1]["tokens"] == ["bread", "and", "dough"]


async def test_what_is_short_is_not_sent_and_what_fits_is_not_cut() -> None:
    server = Server()
    assert await tokens(server).cut("five!", 5) == "five!"
    assert await tokens(server).cut("é" * 2, 4) == "éé"
    assert await tokens(server).cut("\ud800", 3) == "\ud800"
    assert server.requests == []
    assert await tokens(server).cut("one two three", 3) == "one two three"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, b"<html>"), "server 'x' could not tokenize: it sent no JSON"),
        ((200, b"[" * 100_000), "server 'x' could not tokenize: it sent no JSON"),
        ((500, b"{}"), "server 'x' could not tokenize: it answered HTTP 500"),
        ((200, b"[1, 2]"), "server 'x' could not tokenize: it answered HTTP 200"),
        ((200, b"{}"), "server 'x' could not tokenize: it sent no tokens"),
        ((200, b'{"tokens": []}'), "server 'x' could not tokenize: it sent no tokens"),
        ((200, b'{"tokens": "one"}'), "server 'x' could not tokenize: it sent no tokens"),
        (Problem("server 'x' cannot be reached"), "could not tokenize: server 'x' cannot be reached"),
    ],
)
async def test_what_is_no_answer_of_a_tokenizer_is_a_fault(answer: tuple[int, bytes] | Problem, says: str) -> None:
    with pytest.raises(Fault) as broken:
        await tokens(Odd(answer)).cut("one two three", 1)
    assert str(broken.value) == says


async def test_a_text_that_does_not_come_back_is_a_fault() -> None:
    with pytest.raises(Fault, match="^server 'x' could not tokenize: it sent no text$"):
        await tokens(Odd((200, b'{"prompt": 5}'), only="detokenize")).cut("one two three", 1)

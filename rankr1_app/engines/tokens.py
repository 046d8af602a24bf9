"""A server's tokenizer, where it has routes for one beside the protocol's: vLLM's, SGLang's, llama.cpp's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..errors import Problem
from .connection import Connection
from .length import start_like
from .protocol import Fault

# The field that takes the text, what else is sent, and the field in which the text comes back.
WAYS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("prompt", {"add_special_tokens": False}, "prompt"),
    ("content", {"add_special": False}, "content"),
)


@dataclass(frozen=True)
class Tokens:
    """The tokenizer at `root` for `model`."""

    connection: Connection
    root: str
    model: str
    way: tuple[str, dict[str, Any], str]

    async def cut(self, text: str, most: int) -> str:
        """Return the start of `text` that is `most` tokens. A token is at least a byte, so short texts are not sent."""
        if len(text.encode("utf-8", "replace")) <= most:
            return text
        found = await self.tokens(text)
        if len(found) <= most:
            return text
        start = (await self.ask("/detokenize", {"tokens": found[:most]})).get(self.way[2])
        if not isinstance(start, str):
            raise Fault(f"{self.connection.where} could not tokenize: it sent no text")
        return start_like(text, start)

    async def tokens(self, text: str) -> list[Any]:
        """Return the tokens of `text`."""
        name, others, _ = self.way
        found = (await self.ask("/tokenize", {name: text, **others})).get("tokens")
        if not isinstance(found, list) or not found:
            raise Fault(f"{self.connection.where} could not tokenize: it sent no tokens")
        return found

    async def ask(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what a route answers. Raises `Fault` where it does not."""
        where = self.connection.where
        try:
            status, content = await self.connection.fetch("POST", self.root + route, {"model": self.model, **body})
            found = json.loads(content) if status < 300 else None
        except (ValueError, RecursionError):
            raise Fault(f"{where} could not tokenize: it sent no JSON") from None
        except Problem as problem:
            raise Fault(f"could not tokenize: {problem}") from problem
        if not isinstance(found, dict):
            raise Fault(f"{where} could not tokenize: it answered HTTP {status}")
        return found


async def find(connection: Connection, root: str, model: str) -> Tokens | None:
    """Return the server's tokenizer, None where it has none that we know."""
    for way in WAYS:
        tokens = Tokens(connection, root, model, way)
        try:
            await tokens.tokens("a word")
        except Fault:
            continue
        return tokens
    return None

"""A server with a route that scores documents: `/rerank` in the shape of Cohere, Jina and vLLM, or in that of
text-embeddings-inference, or vLLM's `/score`. Which of them it has is found out by asking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import address
from ..errors import Problem
from ..events import Usage
from .dialect import Body
from .protocol import Fault, number
from .refusal import of_body
from .scorer import Scored, Scorer

if TYPE_CHECKING:
    from ..plan import EngineSpec
    from .connection import Connection

FORMS: tuple[tuple[str, Callable[[str, list[str]], Body]], ...] = (
    ("rerank", lambda query, texts: {"query": query, "documents": texts, "top_n": len(texts)}),
    ("rerank", lambda query, texts: {"query": query, "texts": texts}),
    ("score", lambda query, texts: {"text_1": query, "text_2": texts}),
)
"""Routes, and what is sent there."""
ELSEWHERE = (404, 405, 400, 415, 422)
"""Answers of a server that has another route, or wants another shape."""


class Endpoint(Scorer):
    """One model on one server. `timeout` is in seconds of silence."""

    def __init__(self, base_url: str, model: str, *, timeout: float, concurrency: int) -> None:
        super().__init__("rerank", model, "relevance score", concurrency)
        self.base_url, self.timeout = base_url, timeout
        self.connection: Connection | None = None
        self.ways: list[tuple[str, str, Callable[[str, list[str]], Body]]] = []

    async def start(self) -> None:
        """Be ready to ask; nothing is sent yet. Raises `Problem` for what is no address."""
        from .connection import Connection

        if self.connection is None:
            place = address.parse(self.base_url)
            self.ways = [(base, route, form) for base in place.bases() for route, form in FORMS]
            self.connection = await asyncio.to_thread(Connection, place, address.key(), self.timeout)
        self.state = "ready"

    async def close(self) -> None:
        """Close the connections."""
        if self.connection is not None:
            await self.connection.close()
        self.connection = None
        await super().close()

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        """Return what the server says, by the first of its routes that answers."""
        await self.start()
        connection = self.connection
        assert connection is not None
        refused = ""
        for way in list(self.ways):
            base, route, form = way
            body = form(query, list(texts)) | ({"model": self.model} if self.model else {})
            status, answer = await connection.fetch("POST", f"{base}/{route}", body)
            if status < 300 and (found := scored(answer, len(texts))):
                self.ways = [way]
                return found
            quoted = connection.hide(of_body(status, answer).quoted)
            if status == 429 or status >= 500:
                raise Fault(f"{connection.where} did not score: {quoted}")
            if status >= 300 and status not in ELSEWHERE:
                raise Problem(f"{connection.where} refused to score: {quoted}")
            # What a route says that is there tells more than that another is not.
            refused = refused if status in (404, 405) and refused else quoted
        raise Problem(f"{connection.where} has no route that scores documents (/rerank or /score): {refused}")


def scored(answer: bytes, texts: int) -> Scored | None:
    """Return the scores in an answer, None for one of another shape."""
    try:
        whole = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    fields = whole if isinstance(whole, dict) else {}
    rows = whole if isinstance(whole, list) else fields.get("results", fields.get("data"))
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    scores: list[float | None] = [None] * texts
    for place, row in enumerate(rows):
        index, score = row.get("index", place), number(row.get("relevance_score", row.get("score")))
        if type(index) is int and 0 <= index < texts and score is not None:
            scores[index] = score
    return Scored(tuple(scores), usage_of(fields)) if any(score is not None for score in scores) else None


def usage_of(fields: dict[str, Any]) -> Usage:
    """Return the tokens that a server says it read."""
    usage = fields.get("usage")
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return Usage(prompt_tokens=total, completion_tokens=0) if type(total) is int and total > 0 else Usage()


def create(spec: EngineSpec, concurrency: int) -> Endpoint:
    """Return the engine of a spec; nothing is reached yet."""
    return Endpoint(spec.base_url, spec.model, timeout=spec.timeout, concurrency=concurrency)

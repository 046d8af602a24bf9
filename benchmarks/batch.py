"""Many topics at once: `python -m benchmarks.batch`.

Generated tokens a second of `rankr1 rerank`'s batch at several concurrencies, beside what the same engine makes of the
same questions with no sort between them, and beside the published way: one call at a time, topic after topic.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rankr1_app.batch import Batch
from rankr1_app.engines.protocol import Decoding
from rankr1_app.engines.vllm import VLLM
from rankr1_app.events import CallStarted, End, Message
from rankr1_app.journal import Journal
from rankr1_app.pipeline import search
from rankr1_app.retrieval.protocol import Retriever

from .common import NANO, STRATEGIES, Strategy, alone, asked, save
from .model import collection, forget, forgetful

DEPTH = 20


@dataclass
class Tokens:
    """Tokens generated, calls made, and the seconds they took."""

    tokens: int = 0
    calls: int = 0
    began: float = field(default_factory=time.monotonic)

    def add(self, end: End) -> None:
        """A topic is done."""
        self.tokens += end.totals.completion_tokens
        self.calls += end.totals.calls

    @property
    def rate(self) -> float:
        """Tokens a second until now."""
        return self.tokens / (time.monotonic() - self.began)


async def batch(
    engine: VLLM, retriever: Retriever, queries: Sequence[str], strategy: Strategy, concurrency: int
) -> tuple[Tokens, float]:
    """Reranks the queries as the command does; tokens and topics a minute."""
    await forget(engine)
    alone(strategy, engine, concurrency)
    how = {"depth": DEPTH, "k": 10, "docs_per_call": 10}
    searches = ((str(n), asked(engine, retriever, strategy, query, **how)) for n, query in enumerate(queries))
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "run", {})
        work = Batch(searches=searches, journal=journal, record=None, at_once=engine.concurrency)
        told = Tokens()
        await work.run(told.add)
        minutes = (time.monotonic() - told.began) / 60
        journal.close(finished=True)
    return told, len(queries) / minutes


async def questions(engine: VLLM, retriever: Retriever, queries: Sequence[str]) -> list[tuple[Message, ...]]:
    """What the tournament asks about the queries."""
    found = []
    for query in queries:
        what = asked(engine, retriever, STRATEGIES[2], query, depth=DEPTH, k=10, docs_per_call=10)
        found += [event.messages async for event in search(what) if isinstance(event, CallStarted)]
    return found


async def raw(engine: VLLM, messages: Sequence[tuple[Message, ...]], concurrency: int) -> Tokens:
    """The questions put to the server as fast as it takes them."""
    await forget(engine)
    assert engine.client is not None
    waiting, told = iter(messages), Tokens()

    async def work() -> None:
        assert engine.client is not None
        for each in waiting:
            async for chunk in engine.client.generate(each, Decoding(max_tokens=NANO.max_tokens, seed=929)):
                told.tokens += chunk.usage.completion_tokens if chunk.usage else 0
            told.calls += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
    return told


async def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 4, 16, 64])
    given = parser.parse_args()
    engine = forgetful()
    retriever, topics, _ = collection("scifact", 300)
    queries = list(topics.values())
    rows: list[dict[str, Any]] = []
    await engine.start()
    try:
        told, rate = await batch(engine, retriever, queries[:2], STRATEGIES[0], 1)
        published, published_rate = told.tokens / (2 / rate * 60), rate
        rows.append(row("published: heapsort, one call at a time", 1, published, None, rate, published, published_rate))
        asked_of_all = await questions(alone(STRATEGIES[2], engine, 16), retriever, queries[:16])
        for concurrency in given.concurrency:
            share = 2 if concurrency == 1 else 6 if concurrency < 16 else 32
            told, rate = await batch(engine, retriever, queries[:share], STRATEGIES[2], concurrency)
            made = told.tokens / (share / rate * 60)
            plain = await raw(engine, list(itertools.islice(asked_of_all, 24 * min(share, 16))), concurrency)
            rows.append(row("batch of tournaments", concurrency, made, plain.rate, rate, published, published_rate))
            print(rows[-1], flush=True)
    finally:
        await engine.close()
    notes = ["Topics of scifact, 20 candidates, 10 a call, top 10; the server forgets its cache between measurements."]
    save("batch", "python -m benchmarks.batch", rows, notes)


def row(
    what: str, concurrency: int, made: float, plain: float | None, rate: float, published: float, published_rate: float
) -> dict[str, Any]:
    """A line of the table."""
    return {
        "what": what,
        "calls at once": concurrency,
        "tokens/s": made,
        "the engine alone, tokens/s": plain,
        "of the engine": plain and made / plain,
        "topics/min": rate,
        "tokens/s, times published": made / published,
        "topics/min, times published": rate / published_rate,
    }


if __name__ == "__main__":
    asyncio.run(main())

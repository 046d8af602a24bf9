"""Many topics at once: `python -m benchmarks.batch`.

Generated tokens a second of `rankr1 rerank`'s batch at several concurrencies, beside what the same engine makes of the
same questions with no sort between them, and beside the published way: one call at a time, topic after topic. Once
before a judge of fixed latency, where calls at once are free as on a batching GPU, and once on vLLM on this CPU.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rankr1_app.batch import Batch
from rankr1_app.engines.openai import OpenAI
from rankr1_app.engines.protocol import Decoding
from rankr1_app.engines.vllm import VLLM
from rankr1_app.events import CallStarted, End, Message
from rankr1_app.journal import Journal
from rankr1_app.retrieval.protocol import Retriever
from rankr1_app.store import read
from tests.engines.server import ScriptedServer

from .common import NANO, STRATEGIES, Strategy, alone, asked, save
from .model import collection, forget, forgetful
from .sorts import LATENCY, first_stage, judge

PUBLISHED, TOURNAMENT, LOGITS = STRATEGIES[0], STRATEGIES[2], STRATEGIES[-1]

DEPTH = 20


@dataclass
class Tokens:
    """Tokens generated, what was asked for them, and when it began."""

    tokens: int = 0
    asked: list[tuple[Message, ...]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def add(self, end: End) -> None:
        """A topic is done."""
        self.tokens += end.totals.completion_tokens

    @property
    def rate(self) -> float:
        """Tokens a second until now."""
        return self.tokens / (time.monotonic() - self.began)


async def batch(
    engine: VLLM | OpenAI, retriever: Retriever, queries: Sequence[str], strategy: Strategy, concurrency: int
) -> tuple[Tokens, float, float]:
    """Reranks the queries as the command does; what it made, topics a minute, and the minutes."""
    await forget(engine)
    alone(strategy, engine, concurrency)
    how = {"depth": DEPTH, "k": 10, "docs_per_call": 10}
    searches = ((str(n), asked(engine, retriever, strategy, query, **how)) for n, query in enumerate(queries))
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "run", {})
        work = Batch(searches=searches, journal=journal, record=Path(folder), at_once=engine.concurrency)
        told = Tokens()
        await work.run(told.add)
        minutes = (time.monotonic() - told.began) / 60
        journal.close(finished=True)
        told.asked = list(questions(Path(folder)))
    return told, len(queries) / minutes, minutes


def questions(recordings: Path) -> Iterator[tuple[Message, ...]]:
    """What was asked, topic by topic."""
    for path in sorted(recordings.glob("*.jsonl")):
        yield from (event.messages for event in read(path) if isinstance(event, CallStarted))


async def raw(engine: VLLM | OpenAI, messages: Sequence[tuple[Message, ...]], concurrency: int) -> Tokens:
    """The questions put to the server as fast as it takes them."""
    await forget(engine)
    waiting, told = iter(messages), Tokens()

    async def work() -> None:
        for each in waiting:
            async for chunk in engine.generate(each, Decoding(max_tokens=NANO.max_tokens, seed=929)):
                told.tokens += chunk.usage.completion_tokens if chunk.usage else 0

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(work())
    return told


@dataclass
class Comparison:
    """Rows over one engine; the first is the published way."""

    where: str
    engine: VLLM | OpenAI
    retriever: Retriever
    queries: Sequence[str]
    rows: list[dict[str, Any]] = field(default_factory=list)

    async def published(self, topics: int) -> None:
        """The row that the others are compared with."""
        self.row(PUBLISHED.name, 1, *await batch(self.engine, self.retriever, self.queries[:topics], PUBLISHED, 1))

    async def at(self, concurrency: int, topics: int, strategy: Strategy = TOURNAMENT) -> None:
        """A batch, and for the tournament the same questions with no sort between them."""
        queries = self.queries[:topics]
        made = await batch(self.engine, self.retriever, queries, strategy, concurrency)
        plain = None
        if strategy is TOURNAMENT:
            plain = (await raw(self.engine, made[0].asked, concurrency)).rate
        self.row(f"batch, {strategy.name}", concurrency, *made, plain)

    def row(
        self, what: str, concurrency: int, told: Tokens, rate: float, minutes: float, plain: float | None = None
    ) -> None:
        """A line of the table, beside the first one."""
        made = told.tokens / minutes / 60
        first = self.rows[0] if self.rows else {"tokens/s": made, "topics/min": rate}
        line = {"server": self.where, "what": what, "calls at once": concurrency, "tokens/s": made}
        line |= {"the engine alone, tokens/s": plain, "of the engine": plain and made / plain, "topics/min": rate}
        line |= {"tokens/s, times published": made / first["tokens/s"]}
        self.rows.append(line | {"topics/min, times published": rate / first["topics/min"]})
        print(self.rows[-1], flush=True)


async def before_a_judge(concurrency: Sequence[int]) -> list[dict[str, Any]]:
    """Where a call takes the same time whatever else runs."""
    with ScriptedServer(judge, latency=LATENCY) as server:
        engine = OpenAI(server.base_url, "judge")
        work = Comparison(f"judge, {LATENCY} s a call", engine, first_stage(DEPTH, 1), ["largest"] * 128)
        await work.published(2)
        for at_once in concurrency:
            await work.at(at_once, max(2, 2 * at_once))
        await engine.close()
    return work.rows


async def on_vllm(concurrency: Sequence[int]) -> list[dict[str, Any]]:
    """The bundled model on this machine's CPU."""
    engine = forgetful()
    retriever, topics, _ = collection("scifact", 300)
    await engine.start()
    try:
        work = Comparison("vLLM (CPU)", engine, retriever, list(topics.values()))
        await work.published(2)
        for at_once in concurrency:
            await work.at(at_once, 2 if at_once == 1 else 12)
        await work.at(max(concurrency), 24, LOGITS)
    finally:
        await engine.close()
    return work.rows


async def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 4, 16, 64])
    given = parser.parse_args()
    rows = await before_a_judge(given.concurrency)
    rows += await on_vllm(given.concurrency)
    notes = [f"{DEPTH} candidates, 10 a call, top 10; on vLLM topics of scifact, a cache emptied between measurements."]
    save("batch", f"python -m benchmarks.batch --concurrency {' '.join(map(str, given.concurrency))}", rows, notes)


if __name__ == "__main__":
    asyncio.run(main())

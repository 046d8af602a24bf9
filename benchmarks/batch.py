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
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from rankr1_app.batch import Batch
from rankr1_app.engines.openai import OpenAI
from rankr1_app.engines.protocol import Chunk, Decoding
from rankr1_app.engines.vllm import VLLM
from rankr1_app.events import CallStarted, Message
from rankr1_app.journal import Journal
from rankr1_app.retrieval.bm25 import open_index
from rankr1_app.retrieval.protocol import Retriever
from rankr1_app.retrieval.topics import read_topics
from rankr1_app.store import read
from tests.engines.server import ScriptedServer

from .common import NANO, STRATEGIES, Strategy, alone, asked, save
from .model import forget, forgetful
from .sorts import LATENCY, first_stage, judge

PUBLISHED, TOURNAMENT, LOGITS = STRATEGIES[0], STRATEGIES[2], STRATEGIES[-1]

DEPTH = 20
Item = TypeVar("Item")


@dataclass
class Tokens:
    """What calls generated and when they ended, what was asked for it, when it began and when nothing was left to
    begin: rates are measured in between, while the engine can be kept full."""

    ended: list[tuple[float, int]] = field(default_factory=list)
    asked: list[tuple[Message, ...]] = field(default_factory=list)
    topics: int = 0
    began: float = field(default_factory=time.monotonic)
    last: float = 0.0

    def each(self, waiting: Iterable[Item]) -> Iterator[Item]:
        """Hands out `waiting` and notes when the last one is taken."""
        for item in waiting:
            self.last = time.monotonic()
            yield item

    @property
    def rate(self) -> float:
        """Tokens a second until the last piece of work began; until the end where that is the first one too."""
        whole = self.last if self.last - self.began > 1 else self.ended[-1][0]
        return sum(tokens for at, tokens in self.ended if at <= whole) / (whole - self.began)

    @property
    def per_minute(self) -> float:
        """Topics a minute, by what a topic's tokens are on average."""
        return 60 * self.rate * self.topics / sum(tokens for _, tokens in self.ended)


@dataclass
class Counted:
    """An engine, and what it generates."""

    engine: VLLM | OpenAI
    told: Tokens

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """As the engine does."""
        async for chunk in self.engine.generate(messages, decoding):
            if chunk.usage:
                self.told.ended.append((time.monotonic(), chunk.usage.completion_tokens or 0))
            yield chunk


async def batch(
    engine: VLLM | OpenAI, retriever: Retriever, queries: Sequence[str], strategy: Strategy, concurrency: int
) -> Tokens:
    """Reranks the queries as the command does."""
    await forget(engine)
    alone(strategy, engine, concurrency)
    how: dict[str, Any] = {"depth": DEPTH, "k": 10, "docs_per_call": 10}
    told = Tokens(topics=len(queries))
    counted: Any = Counted(engine, told)
    searches = told.each((str(n), asked(counted, retriever, strategy, query, **how)) for n, query in enumerate(queries))
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "run", {})
        records = {str(n): Path(folder) / f"{n}.jsonl" for n in range(len(queries))}
        work = Batch(searches=searches, journal=journal, recordings=records, given=None, at_once=concurrency)
        await work.run(lambda *_: None)
        journal.close(finished=True)
        told.asked = list(questions(Path(folder)))
    return told


def questions(recordings: Path) -> Iterator[tuple[Message, ...]]:
    """What was asked, topic by topic."""
    for path in sorted(recordings.glob("*.jsonl")):
        yield from (event.messages for event in read(path) if isinstance(event, CallStarted))


async def raw(engine: VLLM | OpenAI, messages: Sequence[tuple[Message, ...]], concurrency: int) -> Tokens:
    """The questions put to the server as fast as it takes them."""
    await forget(engine)
    told = Tokens()
    counted, waiting = Counted(engine, told), told.each(messages)

    async def work() -> None:
        for each in waiting:
            async for _ in counted.generate(each, Decoding(max_tokens=NANO.max_tokens, seed=929)):
                pass

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
        self.row(PUBLISHED.name, 1, await batch(self.engine, self.retriever, self.queries[:topics], PUBLISHED, 1))

    async def at(self, concurrency: int, topics: int, strategy: Strategy = TOURNAMENT) -> None:
        """A batch, and for the tournament the same questions with no sort between them."""
        made = await batch(self.engine, self.retriever, self.queries[:topics], strategy, concurrency)
        plain = None
        if strategy is TOURNAMENT:
            plain = (await raw(self.engine, made.asked, concurrency)).rate
        self.row(f"batch, {strategy.name}", concurrency, made, plain)

    def row(self, what: str, concurrency: int, made: Tokens, plain: float | None = None) -> None:
        """A line of the table, beside the first one."""
        first = self.rows[0] if self.rows else {"tokens/s": made.rate, "topics/min": made.per_minute}
        line = {"server": self.where, "what": what, "calls at once": concurrency, "tokens/s": made.rate}
        line |= {"the engine alone, tokens/s": plain, "of the engine": plain and made.rate / plain}
        line |= {"topics/min": made.per_minute, "tokens/s, times published": made.rate / first["tokens/s"]}
        self.rows.append(line | {"topics/min, times published": made.per_minute / first["topics/min"]})
        print(self.rows[-1], flush=True)


async def before_a_judge(concurrency: Sequence[int]) -> list[dict[str, Any]]:
    """Where a call takes the same time whatever else runs."""
    with ScriptedServer(judge, latency=LATENCY) as server:
        engine = OpenAI(server.base_url, "judge")
        work = Comparison(f"judge, {LATENCY} s a call", engine, first_stage(DEPTH, 1), ["largest"] * 256)
        await work.published(2)
        for at_once in concurrency:
            await work.at(at_once, max(4, 3 * at_once))
        await engine.close()
    return work.rows


async def on_vllm(concurrency: Sequence[int]) -> list[dict[str, Any]]:
    """The bundled model on this machine's CPU, and the topics of the demo collection."""
    engine = forgetful()
    topics = read_topics(Path("indexes/demo/topics.tsv"))
    await engine.start()
    try:
        work = Comparison("vLLM (CPU)", engine, open_index("demo"), list(topics.values()))
        await work.published(3)
        for at_once in concurrency:
            await work.at(at_once, min(len(topics), 4 * at_once))
        await work.at(max(concurrency), len(topics), LOGITS)
    finally:
        await engine.close()
    return work.rows


async def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 4, 16])
    given = parser.parse_args()
    rows = await before_a_judge([*given.concurrency, 64])
    rows += await on_vllm(given.concurrency)
    notes = [
        f"{DEPTH} candidates, 10 a call, top 10; on vLLM topics of the demo collection, and a cache of prefixes that "
        "is emptied between measurements. Rates are over the time in which there were topics left to begin.",
        "On a CPU reading a prompt takes nearly all of the time and is not cheaper for many at once: what an engine "
        "can gain there is in the column of the engine alone. The judge shows what the batch makes of an engine whose "
        "calls at once are free.",
    ]
    save("batch", f"python -m benchmarks.batch --concurrency {' '.join(map(str, given.concurrency))}", rows, notes)


if __name__ == "__main__":
    asyncio.run(main())

"""Many topics into one run."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import Problem, shown
from .events import End, Event, SearchFailed
from .pipeline import Search, search
from .retrieval.corpus import read as read_corpus
from .retrieval.given import Given
from .retrieval.protocol import Retriever
from .retrieval.topics import read_run, read_topics, write_run
from .service import Lazy, Service
from .settings import Settings
from .store import recorded

TOPICS_AT_ONCE = 8

Progress = Callable[[str, End], None]
"""Told of each finished topic: its id and end event."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """`topics` maps topic id to its search. Each is recorded to `<record>/<topic>.jsonl` where a folder is
    given; at most `concurrency` run at once."""

    topics: Mapping[str, Search]
    output: Path
    record: Path | None
    concurrency: int
    tag: str

    async def run(self, progress: Progress) -> None:
        """Writes the run when all topics are done. Raises `Problem` for the first one that fails: the
        recordings of those already done are kept."""
        lane = asyncio.Semaphore(self.concurrency)
        async with asyncio.TaskGroup() as group:
            tasks = {qid: group.create_task(self.one(qid, lane, progress)) for qid in self.topics}
        write_run(self.output, {qid: task.result() for qid, task in tasks.items()}, self.tag)

    async def one(self, qid: str, lane: asyncio.Semaphore, progress: Progress) -> tuple[str, ...]:
        """The final order for one topic."""
        async with lane:
            events: AsyncGenerator[Event, None] = search(self.topics[qid])
            if self.record:
                events = recorded(events, self.record / f"{safe(qid)}.jsonl")
            end: Event | None = None
            async with aclosing(events):
                async for event in events:
                    end = event
        if isinstance(end, SearchFailed):
            raise Problem(f"topic {qid} failed: {end.message}")
        assert isinstance(end, End)
        progress(qid, end)
        return end.ranking


def rerank_topics(
    settings: Settings, topics: Path, run: Path | None, corpus: Path | None, output: Path, record: Path | None
) -> None:
    """The command `rankr1 rerank`: topics and a first stage in, a run out, progress on standard error."""
    from tqdm import tqdm

    service = Service(settings)
    queries = read_topics(topics)
    searches = {
        qid: replace(service.asked(query, settings), retriever=retriever)
        for (qid, query), retriever in zip(queries.items(), first_stages(service, queries, run, corpus), strict=True)
    }
    batch = Batch(
        topics=searches,
        output=output,
        record=record,
        concurrency=settings.concurrency or TOPICS_AT_ONCE,
        tag=f"rankr1-{settings.reranker}",
    )
    check_writable(output)
    unreadable = calls = 0
    with tqdm(total=len(searches), unit="topic", disable=None) as bar:

        def progress(_: str, end: End) -> None:
            nonlocal unreadable, calls
            calls, unreadable = calls + end.totals.calls, unreadable + end.totals.unreadable
            bar.set_postfix(calls=calls, unreadable=unreadable, refresh=False)
            bar.update()

        async def go() -> None:
            try:
                await batch.run(progress)
            finally:
                await service.close()

        try:
            asyncio.run(go())
        except ExceptionGroup as group:
            raise first_problem(group) from None
    print(f"{len(searches)} topics, {calls} calls, {unreadable} unreadable answers", file=sys.stderr)


def first_stages(
    service: Service, queries: Mapping[str, str], run: Path | None, corpus: Path | None
) -> Iterator[Retriever]:
    """One retriever a topic: the index's, or the given run's with texts from the corpus."""
    if run is None or corpus is None:
        for _ in queries:
            yield Lazy(service, service.settings)
        return
    ranked = read_run(run)
    if missing := [qid for qid in queries if qid not in ranked]:
        raise Problem(f"run {shown(str(run))} lacks {len(missing)} of the topics, the first is {shown(missing[0])}")
    wanted = {document for qid in queries for document, _ in ranked[qid][: service.settings.depth]}
    texts = {document.id: document for document in read_corpus(corpus) if document.id in wanted}
    for qid in queries:
        yield Given(index=corpus.name, ranked=ranked[qid], texts=texts)


def check_writable(output: Path) -> None:
    """Raises `Problem` before hours of work if the run cannot be written there."""
    if output.is_dir():
        raise Problem(f"output {shown(str(output))} is a folder, give the name of a file")
    if not output.parent.is_dir():
        raise Problem(f"output {shown(str(output))} has no folder {shown(str(output.parent))}, make it first")


def first_problem(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first `Problem` of a group, else the group itself."""
    found = group.subgroup(Problem)
    while found is not None and isinstance(found, BaseExceptionGroup):
        first = found.exceptions[0]
        if isinstance(first, Problem):
            return first
        found = first if isinstance(first, BaseExceptionGroup) else None
    return group


def safe(qid: str) -> str:
    """A topic id as a file name; what no file name may hold becomes `_` and its code."""
    return "".join(c if c.isalnum() or (c in "-_." and qid.strip(".")) else f"_{ord(c):x}" for c in qid)[:120]

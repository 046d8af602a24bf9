"""Many topics into one run."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .engines.answers import checkpoint_state
from .errors import Problem, shown
from .events import End, Event, SearchFailed
from .journal import Journal
from .pipeline import Search, search
from .plan import public, resolve
from .retrieval import indexes
from .retrieval.given import Given
from .retrieval.runs import write_run
from .retrieval.topics import read_topics
from .service import Service
from .settings import BY_ENGINE, Settings
from .store import recorded

PLAIN_AT_ONCE = 8
"""Topics at once where no model is asked."""

Progress = Callable[[End], None]
"""Told of the end event of each topic."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Each search is recorded to `<record>/<topic>.jsonl` where a folder is given. `at_once` run together: as many as
    the engine takes calls keep it full, since a topic always has one to ask."""

    searches: Iterable[tuple[str, Search]]
    journal: Journal
    record: Path | None
    at_once: int

    async def run(self, progress: Progress) -> None:
        """Runs all. Raises `Problem` for the first that fails; those already done are kept."""
        waiting = iter(self.searches)

        async def work() -> None:
            for topic, asked in waiting:
                end = await self.one(topic, asked)
                self.journal.add(topic, end.ranking)
                progress(end)

        async with asyncio.TaskGroup() as group:
            for _ in range(self.at_once):
                group.create_task(work())

    async def one(self, topic: str, asked: Search) -> End:
        """The end of one search."""
        events: AsyncGenerator[Event, None] = search(asked)
        if self.record:
            events = recorded(events, self.record / f"{safe(topic)}.jsonl")
        end: Event | None = None
        async with aclosing(events):
            async for event in events:
                end = event
        if isinstance(end, SearchFailed):
            raise Problem(f"topic {topic} failed: {end.message}")
        assert isinstance(end, End)
        return end


def rerank_topics(
    settings: Settings, topics: Path, run: Path | None, corpus: Path | None, output: Path, record: Path | None
) -> None:
    """The command `rankr1 rerank`: topics and a first stage in, a run out, progress on standard error. What was done
    when it ends early is kept, and the same command goes on from there."""
    if settings.speculation == BY_ENGINE:
        # Other topics fill what room the engine has; looking ahead would only take it from them.
        settings = replace(settings, speculation=0)
    queries = read_topics(topics)
    check_writable(output)
    journal = Journal(output, identity(settings, topics, run, corpus))
    done, finished = len(journal.places), False
    service = Service(settings)
    try:
        reranker = service.wiring.reranker(resolve(settings))
        given = Given(run, corpus, queries, settings.depth) if run and corpus else None
        left = {topic: query for topic, query in queries.items() if topic not in journal.places}
        batch = Batch(
            searches=searches(service, given, left),
            journal=journal,
            record=record,
            at_once=reranker.concurrency if reranker else PLAIN_AT_ONCE,
        )
        follow(batch, service, len(queries), done)
        write_run(output, journal.rankings(list(queries)), f"rankr1-{settings.reranker}")
        finished = True
    finally:
        if not finished and len(journal.places):
            print(f"{len(journal.places)} of {len(queries)} topics are done, the same command goes on", file=sys.stderr)
        journal.close(finished=finished or not journal.places)


def follow(batch: Batch, service: Service, total: int, done: int) -> None:
    """Runs the batch and says how far it is: topics, calls, generated tokens a second, time left."""
    from tqdm import tqdm

    unreadable = calls = tokens = 0
    began = time.monotonic()
    # A terminal is told ten times a second, a log file twice a minute.
    pause = 0.1 if sys.stderr.isatty() else 30.0
    with tqdm(total=total, initial=done, unit="topic", mininterval=pause, file=sys.stderr) as bar:

        def progress(end: End) -> None:
            nonlocal unreadable, calls, tokens
            calls, unreadable = calls + end.totals.calls, unreadable + end.totals.unreadable
            tokens += end.totals.completion_tokens
            rate = f"{tokens / (time.monotonic() - began):.0f}"
            bar.set_postfix({"calls": calls, "tokens/s": rate, "unreadable": unreadable}, refresh=False)
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
    print(f"{total} topics, {calls} calls, {unreadable} unreadable answers", file=sys.stderr)


def searches(service: Service, given: Given | None, queries: dict[str, str]) -> Iterator[tuple[str, Search]]:
    """The searches, made when it is their turn: over the index, or over the run that was given."""
    for topic, query in queries.items():
        parts = service.prepare(query, service.settings)
        yield topic, replace(parts, retriever=given.topic(topic)) if given else parts


def identity(settings: Settings, topics: Path, run: Path | None, corpus: Path | None) -> dict[str, Any]:
    """Return everything the run depends on, down to the state of an index and of weights that are here under the same
    name; what only changes how fast it is made is left out."""
    speed = ("concurrency", "timeout", "speculation", "cache")
    parts = {name: value for name, value in public(settings).items() if name not in speed}
    for name, path in (("topics", topics), ("run", run), ("corpus", corpus)):
        if path is not None and (path.is_file() or path.is_dir()):
            parts[name] = indexes.fingerprint(path)[:16]
    if run is None:
        parts["indexed corpus"] = indexes.show(settings.index).fingerprint[:16]
    engine = resolve(settings).engine
    if engine is not None:
        state = checkpoint_state(engine.model, engine.adapter)
        parts["weights"] = hashlib.sha256(state.encode()).hexdigest()[:16]
    return parts


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

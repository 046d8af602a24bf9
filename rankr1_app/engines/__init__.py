"""Engines: messages in, streamed text out. Adding one is one module and one line in `KINDS`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import paths
from ..tables import resolve

if TYPE_CHECKING:
    from ..plan import EngineSpec
    from .protocol import Engine


@dataclass(frozen=True)
class Kind:
    """An engine as the table has it: what makes it of an `EngineSpec`, how many calls it takes at once where nobody
    says, whether it is a server of somebody else's (`remote`: it needs an address, and may have another model
    tomorrow), and whether its model computes in this process (`inside`: its calls take from each other)."""

    factory: str
    concurrency: int
    remote: bool = False
    inside: bool = False


KINDS = {
    "transformers": Kind("rankr1_app.engines.transformers:create", concurrency=8, inside=True),
    "openai": Kind("rankr1_app.engines.openai:create", concurrency=16, remote=True),
    "vllm": Kind("rankr1_app.engines.vllm:create", concurrency=64),
}
SCORERS = {
    "cross-encoder": Kind("rankr1_app.engines.crossencoder:create", concurrency=1),
    "rerank": Kind("rankr1_app.engines.rerank:create", concurrency=4, remote=True),
    "encoder": Kind("rankr1_app.reranking.cosine:engine", concurrency=1),
    "query-label": Kind("rankr1_app.engines.gliclass:by_query", concurrency=1),
    "document-labels": Kind("rankr1_app.engines.gliclass:by_documents", concurrency=1),
    "pseudo-query": Kind("rankr1_app.reranking.pseudoquery:engine", concurrency=1),
}
"""Engines of models that score and write nothing. The model's family names one, in `reranking.FAMILIES`."""


def kind_of(name: str) -> Kind:
    """Return an engine of either table."""
    return {**KINDS, **SCORERS}[name]


def create(spec: EngineSpec) -> Engine:
    """Return the engine of a spec, with its answers kept on disk if the spec says so. Nothing is loaded yet."""
    kind = kind_of(spec.kind)
    engine: Engine = resolve(kind.factory)(spec, spec.concurrency or kind.concurrency)
    if not spec.cache:
        return engine
    from .answers import CachedEngine, checkpoint_state

    identity = " ".join((spec.model, spec.adapter, spec.base_url, checkpoint_state(spec.model, spec.adapter)))
    return CachedEngine(engine, paths.answers(), identity, remote=kind.remote)

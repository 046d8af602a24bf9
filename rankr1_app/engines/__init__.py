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
    says, and whether it is a server of somebody else's, which may have another model tomorrow."""

    factory: str
    concurrency: int
    remote: bool = False


KINDS = {
    "transformers": Kind("rankr1_app.engines.transformers:create", concurrency=8),
    "openai": Kind("rankr1_app.engines.openai:create", concurrency=16, remote=True),
    "vllm": Kind("rankr1_app.engines.vllm:create", concurrency=64),
}


def create(spec: EngineSpec) -> Engine:
    """Return the engine of a spec, with its answers kept on disk if the spec says so. Nothing is loaded yet."""
    kind = KINDS[spec.kind]
    engine: Engine = resolve(kind.factory)(spec, spec.concurrency or kind.concurrency)
    if not spec.cache:
        return engine
    from .answers import CachedEngine, checkpoint_state

    identity = " ".join((spec.model, spec.adapter, spec.base_url, checkpoint_state(spec.model, spec.adapter)))
    return CachedEngine(engine, paths.answers(), identity, remote=kind.remote)

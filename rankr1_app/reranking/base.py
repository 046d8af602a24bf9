"""What rerankers of every family share: one catalogue entry on one engine."""

from __future__ import annotations

from dataclasses import dataclass

from ..catalogue import Entry
from ..engines.protocol import Engine


@dataclass(frozen=True)
class OnEngine:
    """A reranker of a catalogue entry, which asks an engine."""

    entry: Entry
    engine: Engine

    @property
    def name(self) -> str:
        """Return the name in the catalogue."""
        return self.entry.name

    @property
    def concurrency(self) -> int:
        """Return how many calls the engine takes at once."""
        return self.engine.concurrency

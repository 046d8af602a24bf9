"""Searches that were kept: the recordings of this server, and the gallery that came with the product."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import paths
from .errors import Problem
from .events import Event, SearchStarted
from .store import Store, read

LISTED = 200
"""Recordings that a list shows, the newest."""
ABOUT = ("reranker", "index", "depth", "k", "sort")
"""Settings that a list of the gallery shows."""


@dataclass(frozen=True)
class Library:
    """Recordings by id. `store` is the folder where searches are recorded."""

    store: Store = field(default_factory=lambda: Store(paths.recordings()))

    def recordings(self) -> list[dict[str, Any]]:
        """Return the recordings, newest first: id, query and when. One that cannot be read is left out."""
        found = []
        for run in self.store.ids()[:LISTED]:
            try:
                first = next(self.store.read(run), None)
            except Problem:
                continue
            if isinstance(first, SearchStarted):
                found.append({"id": run, "query": first.query, "started": first.started})
        return found

    def gallery(self) -> list[dict[str, Any]]:
        """Return the searches that came with the product: id, query, when, and what made them."""
        found = []
        for path in sorted(paths.GALLERY.glob("*.jsonl.gz")):
            first = next(read(path), None)
            if isinstance(first, SearchStarted):
                about = {name: first.settings.get(name) for name in ABOUT}
                found.append({"id": path.name.split(".")[0], "query": first.query, "started": first.started, **about})
        return found

    def events(self, run: str) -> Iterator[Event]:
        """Return the events of a recording, or of one in the gallery. Raises `FileNotFoundError`."""
        bundled = paths.GALLERY / f"{run}.jsonl.gz"
        if bundled.is_file():
            return read(bundled)
        if not self.store.path(run).is_file():
            raise FileNotFoundError(run)
        return self.store.read(run)

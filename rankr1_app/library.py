"""Searches that were kept: the recordings of this server, and the gallery that came with the product."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import paths
from .captions import caption
from .errors import Problem
from .events import Event, SearchStarted
from .pipeline import with_end
from .store import Store, read

LISTED = 200
"""Recordings that a list shows, the newest."""
ABOUT = ("reranker", "index", "depth", "k", "sort")
"""Settings that a list of the gallery shows."""


@functools.cache
def bundled(folder: Path) -> tuple[tuple[float, dict[str, Any]], ...]:
    """Return the recordings that came with the product, and how much each shows."""
    found = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        events = list(read(path))
        if events and isinstance(first := events[0], SearchStarted):
            shown = caption(events)
            about = {"id": path.name.split(".")[0], "query": first.query, "started": first.started}
            settings = {name: first.settings.get(name) for name in ABOUT}
            found.append((shown.worth, {**about, **settings, "caption": shown.text}))
    return tuple(found)


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
        """Return the searches that came with the product, those that show most first: id, query, when, what made them,
        and what they show."""
        return [about for _, about in sorted(bundled(paths.GALLERY), key=lambda each: -each[0])]

    def events(self, run: str) -> Iterator[Event]:
        """Return the events of a recording, or of one in the gallery. What a killed search left ends with a failure
        that says so. Raises `FileNotFoundError`."""
        bundled = paths.GALLERY / f"{run}.jsonl.gz"
        if bundled.is_file():
            return read(bundled)
        if not self.store.path(run).is_file():
            self.store.recover()
        if not self.store.path(run).is_file():
            raise FileNotFoundError(run)
        return with_end(self.store.read(run))

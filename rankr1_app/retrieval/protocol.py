"""What every retriever can do."""

from __future__ import annotations

from typing import Protocol

from ..events import Candidate


class Retriever(Protocol):
    """Finds candidates. Calls block: the pipeline runs them in a thread."""

    name: str
    """The kind, as `--retriever` names it."""
    index: str
    """The index it searches."""
    score_name: str
    """What a candidate's score is, e.g. `BM25`."""

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """At most `depth` candidates, best first, ranks from 1. Raises `Problem`."""

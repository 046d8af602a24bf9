"""What every retriever can do."""

from __future__ import annotations

from typing import Protocol

from ..events import Candidate


class Retriever(Protocol):
    """Finds candidates. Calls block: the pipeline runs them in a thread."""

    @property
    def name(self) -> str:
        """The kind, as `--retriever` names it."""

    @property
    def index(self) -> str:
        """The index it searches."""

    @property
    def score_name(self) -> str:
        """What a candidate's score is, e.g. `BM25`."""

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """At most `depth` candidates, best first, ranks from 1. Raises `Problem`."""

"""Several queries in place of one: each is searched for, and their rankings are fused by reciprocal ranks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..events import Candidate
from .fusion import reciprocal_ranks
from .hybrid import LEAST, Hybrid
from .protocol import Retriever

NAME = 60
"""Characters of a query that name it."""


@dataclass(frozen=True)
class Single:
    """A retriever of one `query`, whatever it is given."""

    retriever: Retriever
    query: str

    @property
    def name(self) -> str:
        """Return the query, as a reader sees where a document was found."""
        return f"“{self.query[:NAME]}”"

    @property
    def index(self) -> str:
        """Return the index."""
        return self.retriever.index

    @property
    def score_name(self) -> str:
        """Return what a candidate's score is: not that of the reader's own query."""
        return f"{self.retriever.score_name} for {self.name}"

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the candidates for its own query; they say where this one had them."""
        return tuple(replace(each, sources=()) for each in self.retriever.search(self.query, depth))

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id."""
        return self.retriever.document(document)


@dataclass(frozen=True)
class Several:
    """A retriever that is given one query a line."""

    retriever: Retriever
    score_name: str = "sum of reciprocal ranks"

    @property
    def name(self) -> str:
        """Return the kind."""
        return self.retriever.name

    @property
    def index(self) -> str:
        """Return the index."""
        return self.retriever.index

    @property
    def parts(self) -> tuple[Retriever, ...]:
        """Return what explains single documents."""
        return tuple(getattr(self.retriever, "parts", (self.retriever,)))

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return at most `depth` of the fused ranking, each with its place for every query that found it."""
        parts = tuple(Single(self.retriever, line) for line in query.splitlines() if line.strip())
        return Hybrid(parts, reciprocal_ranks, self.score_name).search(query, max(depth, LEAST))[:depth]

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id."""
        return self.retriever.document(document)

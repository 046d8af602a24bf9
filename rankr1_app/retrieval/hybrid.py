"""Retrieval by words and by meaning at once: the rankings of several retrievers, fused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..events import Candidate, Source
from . import bm25, dense
from .fusion import Ranking, min_max, reciprocal_ranks
from .protocol import DEFAULT, Choices, Nears, Notes, Places, Retriever, sourced

LEAST = 100
"""Candidates that each part is asked for, however few are wanted."""
FIRST = 8
"""Documents at the head of the fused list that say, with the query, what is near (pseudo-relevance feedback)."""


@dataclass(frozen=True)
class Hybrid:
    """A retriever over others of one index. `fuse` makes one ranking of theirs, and `score_name` names its scores."""

    parts: tuple[Retriever, ...]
    fuse: Callable[[Sequence[Ranking]], list[tuple[str, float]]]
    score_name: str
    name: str = "hybrid"

    @property
    def index(self) -> str:
        """The index."""
        return self.parts[0].index

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the first `depth` of the fused ranking, each with its place in every part that found it."""
        found = [part.search(query, max(depth, LEAST)) for part in self.parts]
        texts = {candidate.id: candidate for candidates in reversed(found) for candidate in candidates}
        fused = self.fuse([[(each.id, each.score) for each in candidates] for candidates in found])[:depth]
        sources = self.sources(found)
        documents = [document for document, _ in fused]
        self.look_further(query, documents, sources)
        self.add_nearness(query, documents, sources)
        return tuple(
            replace(texts[document], rank=rank, score=score, sources=tuple(sources[document]))
            for rank, (document, score) in enumerate(fused, 1)
        )

    def sources(self, found: Sequence[Sequence[Candidate]]) -> dict[str, list[Source]]:
        """Return where each part has each document."""
        sources: dict[str, list[Source]] = {}
        for part, candidates in zip(self.parts, found, strict=True):
            for each in sourced(candidates, part.name, part.score_name):
                sources.setdefault(each.id, []).extend(each.sources)
        return sources

    def look_further(self, query: str, documents: Sequence[str], sources: dict[str, list[Source]]) -> None:
        """Add to `sources` where the documents stand that a part did not return, as far as it knows."""
        for number, part in enumerate(self.parts):
            if isinstance(part, Places):
                lacking = [each for each in documents if part.name not in {s.retriever for s in sources[each]}]
                for document, (rank, score) in part.places(query, lacking).items():
                    further = Source(retriever=part.name, rank=rank, score=score, score_name=part.score_name)
                    sources[document].insert(number, further)

    def add_nearness(self, query: str, documents: Sequence[str], sources: dict[str, list[Source]]) -> None:
        """Say in `sources` how near the documents are to the query and the first of them together."""
        for part in self.parts:
            if isinstance(part, Nears):
                near = part.nearness(query, documents[:FIRST], documents)
                for document in documents:
                    sources[document] = [
                        replace(each, near=near.get(document)) if each.retriever == part.name else each
                        for each in sources[document]
                    ]

    def note(self, query: str) -> str:
        """Return a sentence that says why a part finds nothing for the query, empty where all find something."""
        notes = [note for part in self.parts if isinstance(part, Notes) and (note := part.note(query))]
        return f"Found by meaning alone, since by words {notes[0][:1].lower()}{notes[0][1:]}" if notes else ""

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id, whatever the query; rank and score are 0."""
        return self.parts[0].document(document)


def open_index(index: str, choices: Choices = DEFAULT) -> Hybrid:
    """Open an index by its words and by its vectors. Raises `Problem` where it has no vectors."""
    meaning = dense.open_index(index, choices)
    return fused(bm25.open_index(index), meaning, choices)


def fused(words: Retriever, meaning: Retriever, choices: Choices, name: str = Hybrid.name) -> Hybrid:
    """Return a retriever by words and one by meaning as one, fused as was chosen."""
    parts = (words, meaning)
    if choices.fusion == "rrf":
        return Hybrid(parts, reciprocal_ranks, "sum of reciprocal ranks", name)
    weights = (1 - choices.dense_weight, choices.dense_weight)
    return Hybrid(parts, lambda rankings: min_max(rankings, weights), "fused score", name)

"""Retrieval in two steps: what is found first says what else to look for.

For words, Lucene expands the query with terms of the documents found first (RM3, Rocchio), which it reads from the
stored texts. For vectors, the query's moves towards those of the documents found first (Rocchio, average), or it is
searched for joined with the text of each, and the rankings vote (Borda).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..events import Candidate, WeightedTerm
from . import bm25
from .bm25 import BM25
from .dense import Dense
from .fusion import borda
from .protocol import DEFAULT, Choices, Rewrite, Term, Word

if TYPE_CHECKING:
    from .dense import Opened
    from .encoders import Vectors

DOCUMENTS, TERMS = 10, 10
"""Documents read for their terms, and terms taken."""
ORIGINAL = 0.5
"""Part of the query's own words in RM3."""
NEAR = 3
"""Documents whose vectors the query's moves towards."""
VOTERS = 100
"""Documents of a ranking that get votes, at least."""
STEP = 0.1
"""How far, in Rocchio's way."""
COLLECTION = "JsonCollection"
"""Anserini's reader of the stored texts."""


def rm3(searcher: Any) -> None:
    """Let a searcher expand queries by RM3, as Anserini has it by default."""
    searcher.set_rm3(COLLECTION, TERMS, DOCUMENTS, ORIGINAL, False, True)


def rocchio(searcher: Any) -> None:
    """Let a searcher expand queries by Rocchio's method, as Anserini has it by default: without negative feedback."""
    searcher.set_rocchio(COLLECTION, TERMS, TERMS, DOCUMENTS, DOCUMENTS, 1.0, 0.75, 0.0, False, False)


class Expanded(BM25):
    """BM25 with a query that is expanded by terms of the documents found first."""

    def __init__(self, index: str, name: str, by: str, set_up: Callable[[Any], None]) -> None:
        super().__init__(index, set_up)
        self.name, self.by = name, by
        self.score_name = f"BM25 of the query expanded by {by}"
        self.plain = BM25(index)

    def rewrite(self, query: str) -> Rewrite:
        """Return the expanded query: its terms with weights, and the documents they are from."""
        weights = self.weights(query)
        terms = tuple(WeightedTerm(term=term, weight=weight) for term, weight in weights.items())
        documents = tuple(candidate.id for candidate in self.plain.search(query, DOCUMENTS))
        return Rewrite(query=" ".join(weights), by=self.by, terms=terms, documents=documents)

    def weights(self, query: str) -> dict[str, float]:
        """Return the terms of the expanded query and their weights, heaviest first."""
        with self.reading() as index:
            found = index.searcher.get_feedback_terms(index.prepared(query))
            keys = list(found.keySet().toArray()) if found is not None else []
            pairs = [(str(key), float(found.get(key))) for key in keys]
        return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))

    def terms(self, query: str, document: str) -> tuple[Term, ...]:
        """Return every term of the expanded query with its part of the document's score: they add up to it."""
        weights = self.weights(query)
        with self.reading() as index:
            return bm25.weighted(index, document, weights)

    def explain(self, query: str) -> tuple[Word, ...]:
        """Return the query's words and what the index makes of each."""
        return self.plain.explain(query)


class Moved(Dense):
    """Search by vectors with a query that is moved towards the documents found first. `move` takes its vector and
    theirs, in rows."""

    def __init__(
        self, index: str, name: str, by: str, move: Callable[[Vectors, Vectors], Vectors], choices: Choices
    ) -> None:
        super().__init__(index, choices)
        self.name, self.by, self.move = name, by, move

    def vector(self, index: Opened, query: str) -> Vectors:
        """Return where the query's vector moves."""
        vector = index.embedded(query)
        numbers = [number for number, _ in index.vectors.nearest(vector, NEAR)]
        return self.move(vector, index.vectors.matrix[numbers])

    def rewrite(self, query: str) -> Rewrite:
        """Return the documents that the query is moved towards; its words stay."""
        index = self.current.get()
        found = self.around(index, index.embedded(query), NEAR)
        return Rewrite(query=query, by=self.by, terms=(), documents=tuple(candidate.id for candidate in found))


class Joined(Dense):
    """Search by vectors for the query, and for the query joined with each document found first; the rankings vote."""

    name, by, score_name = "dense+borda", "Borda", "Borda votes"

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the `depth` documents with most votes, ties by id."""
        index = self.current.get()
        first = self.around(index, index.embedded(query), max(depth, VOTERS))
        joined = [f"{query} {each.title} {each.text}" for each in first[:NEAR]]
        vectors = index.encoder.embed(joined, "query") if joined else ()
        rankings = [first, *(self.around(index, vector, max(depth, VOTERS)) for vector in vectors)]
        if not all(rankings):
            return self.search(query, depth)
        found = {each.id: each for ranking in rankings for each in ranking}
        votes = borda([[(each.id, each.score) for each in ranking] for ranking in rankings])[:depth]
        return tuple(replace(found[name], rank=rank, score=score) for rank, (name, score) in enumerate(votes, 1))

    def places(self, query: str, documents: Sequence[str]) -> dict[str, tuple[int, float]]:
        """Return nothing: votes are counted among the first only."""
        return {}

    def rewrite(self, query: str) -> Rewrite:
        """Return the documents that the query is joined with; its words stay."""
        index = self.current.get()
        found = self.around(index, index.embedded(query), NEAR)
        return Rewrite(query=query, by=self.by, terms=(), documents=tuple(candidate.id for candidate in found))


def towards(vector: Vectors, others: Vectors) -> Vectors:
    """Return a vector moved a step towards the mean of others."""
    moved: Vectors = (1 - STEP) * vector + STEP * others.mean(axis=0)
    return moved


def between(vector: Vectors, others: Vectors) -> Vectors:
    """Return the mean of a vector and others."""
    mean: Vectors = (vector + others.sum(axis=0)) / (1 + len(others))
    return mean


def open_rm3(index: str, _: Choices = DEFAULT) -> Expanded:
    """Open an index for BM25 with RM3."""
    return Expanded(index, "bm25+rm3", "RM3", rm3)


def open_rocchio(index: str, _: Choices = DEFAULT) -> Expanded:
    """Open an index for BM25 with Rocchio's method."""
    return Expanded(index, "bm25+rocchio", "Rocchio", rocchio)


def open_dense_rocchio(index: str, choices: Choices = DEFAULT) -> Moved:
    """Open an index for vectors with Rocchio's method."""
    return Moved(index, "dense+rocchio", "Rocchio", towards, choices)


def open_dense_average(index: str, choices: Choices = DEFAULT) -> Moved:
    """Open an index for vectors with the average."""
    return Moved(index, "dense+average", "average", between, choices)


def open_borda(index: str, choices: Choices = DEFAULT) -> Joined:
    """Open an index for vectors of the query joined with texts."""
    return Joined(index, choices)

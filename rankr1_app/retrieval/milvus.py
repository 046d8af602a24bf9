"""Retrieval in Milvus: by words with Lucene's BM25, by meaning, and by both, of an index that was pushed there.

Texts, ids, weights and vectors come from Milvus; a query is analysed and encoded here, as the index's were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..events import Candidate
from . import vectors
from .cluster import Gone
from .hybrid import Hybrid, fused
from .protocol import DEFAULT, Choices, Sentence, Term, Word
from .remote import Encoded, Opened, numbered, opened_meaning, opened_words, weights
from .words import nothing_found, parts, pieces

if TYPE_CHECKING:
    from .encoders import Vectors

MARGIN, MOST = 32, 16_384
"""Candidates beyond those wanted, so that ties are decided by ids, and Milvus's own limit."""
CLOSE = 1e-3
"""How far apart sums of the same numbers in another order may be."""
Given = TypeVar("Given")
Kind = TypeVar("Kind", bound=Opened)


class Remote(Generic[Kind]):
    """What retrievers in Milvus share: an index that is opened again when it was replaced."""

    def __init__(self, open_it: Callable[[], Kind]) -> None:
        self.open_it = open_it
        self.opened = open_it()

    def ask(self, work: Callable[[Kind], Given]) -> Given:
        """Return what is found in the index that is there now."""
        try:
            return work(self.opened)
        except Gone:
            self.opened = self.open_it()
            return work(self.opened)

    @property
    def index(self) -> str:
        """The index's name."""
        return self.opened.pushed.info.name

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id, whatever the query; rank and score are 0."""
        return self.ask(lambda index: index.document(document))


class Words(Remote[Opened]):
    """BM25 in Milvus, with Lucene's weights."""

    name = "milvus"
    score_name = "BM25"

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return at most `depth` candidates, best first; none for a query without a word of the index."""
        return self.ask(lambda index: self.nearest(index, self.vector(index, query), max(1, depth)))

    def vector(self, index: Opened, query: str) -> dict[int, float]:
        """Return the vector that is searched for: weights of terms by their numbers."""
        return numbered(index, Counter(index.stems(query)))

    def nearest(self, index: Opened, vector: dict[int, float], depth: int) -> tuple[Candidate, ...]:
        """Return the candidates of an index. Scores are added up here once more, as Lucene does, so that documents
        that tie there tie here; as long as more may tie than Milvus gave, it is asked for more."""
        limit = min(depth + MARGIN, MOST)
        while vector:
            hits = index.hits("words", vector, limit, "words")
            scored = [(hit["number"], hit["id"], product(vector, hit["words"])) for hit in hits]
            last = sorted((score for _, _, score in scored), reverse=True)[:depth][-1:]
            if len(hits) < limit or limit == MOST or last[0] > hits[-1]["distance"] + CLOSE:
                found = index.ranked(scored, depth)
                scores = distinct([each.score for each in found])
                return tuple(replace(each, score=score) for each, score in zip(found, scores, strict=True))
            limit = min(4 * limit, MOST)
        return ()

    def terms(self, query: str, document: str) -> tuple[Term, ...]:
        """Return every term of the query with its part of the document's score: they add up to it. The document must
        be in the index."""
        return self.ask(lambda index: self.weighed(index, query, document))

    def weighed(self, index: Opened, query: str, document: str) -> tuple[Term, ...]:
        """Return the terms of a query with their weights in a document of an index."""
        found = weights(index, document, index.stems(query))
        return parts(query, index.stems, lambda stem: found.get(stem, 0.0))

    def explain(self, query: str) -> tuple[Word, ...]:
        """Return the query's words and what the index makes of each."""
        return self.ask(lambda index: self.looked_up(index, query))

    def looked_up(self, index: Opened, query: str) -> tuple[Word, ...]:
        """Return the query's words in an index."""
        stems = {text: tuple(index.stems(text)) for text in pieces(query)}
        found = index.frequencies([stem for each in stems.values() for stem in each])
        return tuple(Word(text, each, tuple(found[stem] for stem in each)) for text, each in stems.items())

    def note(self, query: str) -> str:
        """Return a sentence that says why nothing is found for the query, empty if something is."""
        return nothing_found(self.explain(query), self.opened.pushed.info.language)


class Meaning(Remote[Encoded]):
    """Retrieval in Milvus by vectors."""

    name = "milvus-dense"

    @property
    def score_name(self) -> str:
        """What a score is: it depends on the encoder."""
        return self.opened.score_name

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the `depth` documents nearest to the query, ties by id."""
        return self.ask(lambda index: self.nearest(index, self.vector(index, query), max(1, depth)))

    def vector(self, index: Encoded, query: str) -> Vectors:
        """Return the vector that is searched for."""
        return index.embedded(query)

    def nearest(self, index: Encoded, vector: Vectors, depth: int) -> tuple[Candidate, ...]:
        """Return the documents of an index nearest to a vector."""
        hits = index.hits("meaning", vector.tolist(), min(depth, MOST))
        return index.ranked([(hit["number"], hit["id"], float(hit["distance"])) for hit in hits], depth)

    def nearness(self, query: str, first: Sequence[str], documents: Sequence[str]) -> dict[str, float]:
        """Return the similarity of each document with the query's vector moved towards those of the `first`."""

        def near(index: Encoded) -> dict[str, float]:
            rows = index.meanings(dict.fromkeys((*first, *documents)))
            return vectors.nearness(self.vector(index, query), rows, first, documents)

        return self.ask(near)

    @property
    def encoder(self) -> str:
        """The name of the encoder."""
        return self.opened.encoder.entry.name

    def sentences(self, query: str, document: Candidate) -> tuple[Sentence, ...]:
        """Return the sentences of a document that are nearest to the query, nearest first, by the same encoder."""
        return self.opened.sentences(query, document)


def product(query: dict[int, float], words: dict[int, float]) -> float:
    """Return the inner product of a query and a document, as Lucene adds it up and rounds it."""
    import numpy

    return float(numpy.float32(sum(often * words.get(number, 0.0) for number, often in query.items())))


def distinct(scores: Sequence[float]) -> list[float]:
    """Return scores, best first, as Anserini gives Lucene's: of four digits, those that tie lowered by millionths."""
    from numpy import float32, floor

    found: list[Any] = []
    ties = 0
    for score in scores:
        short = float32(floor(float32(score) * float32(1e4) + 0.5)) / float32(1e4)
        ties = ties + 1 if found and not found[-1] - short > float32(1e-4) else 0
        found.append(short - float32(1e-6) * float32(ties))
    return [float(each) for each in found]


def open_words(index: str, choices: Choices = DEFAULT) -> Words:
    """Open an index in Milvus by its words. Raises `Problem` where it is not there."""
    return Words(lambda: opened_words(index, choices))


def open_meaning(index: str, choices: Choices = DEFAULT) -> Meaning:
    """Open an index in Milvus by its vectors. Raises `Problem` where it is not there, or has none."""
    return Meaning(lambda: opened_meaning(index, choices))


def open_both(index: str, choices: Choices = DEFAULT) -> Hybrid:
    """Open an index in Milvus by both. Raises `Problem` where it is not there, or has no vectors."""
    meaning = open_meaning(index, choices)
    return fused(open_words(index, choices), meaning, choices, "milvus-hybrid")

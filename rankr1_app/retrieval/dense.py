"""Retrieval by meaning: the documents whose vectors lie nearest to the query's, by the encoder of the index."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..errors import Problem, shown
from ..events import Candidate, Source
from . import bm25, encoders, indexes, java, vectors
from .current import Current
from .protocol import DEFAULT, Choices, Sentence
from .together import Together

if TYPE_CHECKING:
    from .encoders import Encoder, Vectors

SENTENCE = re.compile(r"\S.*?(?:[.!?](?=\s)|[。！？]|\n|$)", re.DOTALL)
SENTENCES = 64
"""Sentences of a document that are looked at, from its start."""
RECENT = 32
"""Queries whose vectors are held."""
AT_ONCE = 16
"""Queries that are encoded at once."""
NEAREST = 3
"""Sentences given as the nearest."""


@dataclass(frozen=True, kw_only=True)
class Embedding:
    """Queries and sentences as vectors of an index's encoder."""

    encoder: Encoder
    recent: dict[str, Vectors] = field(default_factory=dict)

    @functools.cached_property
    def together(self) -> Together[str, Vectors]:
        """Return what encodes queries that come at the same time at once."""
        return Together(threading.RLock(), lambda queries: list(self.encoder.embed(queries, "query")), AT_ONCE)

    def embedded(self, query: str) -> Vectors:
        """Return the vector of a query, which is asked for more than once in a search."""
        if (vector := self.recent.get(query)) is None:
            vector = self.together.call(query)
            if len(self.recent) >= RECENT:
                self.recent.clear()
            self.recent[query] = vector
        return vector

    @property
    def score_name(self) -> str:
        """What an inner product with a query's vector is."""
        return "cosine similarity" if self.encoder.entry.normalised else "inner product"

    def sentences(self, query: str, document: Candidate) -> tuple[Sentence, ...]:
        """Return the sentences of a document that are nearest to the query, nearest first."""
        found = divided(document)
        if not found:
            return ()
        scores = self.encoder.embed(found, "passage") @ self.embedded(query)
        best = sorted(zip(scores.tolist(), found, strict=True), key=lambda pair: -pair[0])[:NEAREST]
        return tuple(Sentence(text, score) for score, text in best)


@dataclass(frozen=True, kw_only=True)
class Opened(Embedding):
    """An index with vectors as it was when it was opened."""

    texts: bm25.Opened
    vectors: vectors.Searcher

    def fresh(self) -> bool:
        """Return whether the same index is still there."""
        return self.texts.fresh()

    def close(self) -> None:
        """Close Lucene's files."""
        self.texts.close()

    def rows(self, documents: Sequence[str]) -> dict[str, Vectors]:
        """Return the vector of each document; those that are not in the index are left out."""
        numbers = {each: self.texts.number(each) for each in documents}
        return {each: self.vectors.matrix[number] for each, number in numbers.items() if number >= 0}


class Dense:
    """A retriever on the vectors of an open index, which is opened again when it was replaced. Searches may run in
    several threads at once."""

    name = "dense"

    def __init__(self, index: str, choices: Choices = DEFAULT) -> None:
        self.current = Current(index, lambda: opened(index, choices), java.LOCK)

    @property
    def index(self) -> str:
        """The index's name."""
        return self.current.opened.texts.info.name

    @property
    def score_name(self) -> str:
        """What a score is: it depends on the encoder."""
        return self.current.opened.score_name

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the `depth` documents nearest to the query, ties by id."""
        index = self.current.get()
        return self.around(index, self.vector(index, query), depth) or self.search(query, depth)

    def vector(self, index: Opened, query: str) -> Vectors:
        """Return the vector that is searched for."""
        return index.embedded(query)

    def places(self, query: str, documents: Sequence[str]) -> dict[str, tuple[int, float]]:
        """Return rank and score of each document, none where not all vectors are compared."""
        index = self.current.get()
        if not documents or vectors.made(index.texts.info).lists:
            return {}
        vector = self.vector(index, query)
        numbers = {document: index.texts.number(document) for document in documents}
        there = {document: number for document, number in numbers.items() if number >= 0}
        return dict(zip(there, index.vectors.places(vector, list(there.values())), strict=True))

    def nearness(self, query: str, first: Sequence[str], documents: Sequence[str]) -> dict[str, float]:
        """Return the similarity of each document with the query's vector moved towards those of the `first`."""
        index = self.current.get()
        return vectors.nearness(self.vector(index, query), index.rows((*first, *documents)), first, documents)

    def rescore(self, query: str, source: Source, first: Sequence[str], _: Candidate, changed: Candidate) -> Source:
        """Return how near a changed text is, by the encoder of the index."""
        index = self.current.get()
        own = self.vector(index, query)
        vector = index.encoder.embed([f"{changed.title} {changed.text}".strip()], "passage")[0]
        near = source.near
        if near is not None:
            near = vectors.nearness(own, {**index.rows(first), "": vector}, first, [""])[""]
        return replace(source, score=float(vector @ own), near=near)

    def around(self, index: Opened, vector: Vectors, depth: int) -> tuple[Candidate, ...]:
        """Return the documents nearest to a vector, none where the index was replaced meanwhile."""
        nearest = index.vectors.nearest(vector, max(1, depth))
        with java.LOCK:
            if self.current.get() is not index:
                return ()
            documents = index.texts.numbered(number for number, _ in nearest)
        found = [replace(each, score=score) for each, (_, score) in zip(documents, nearest, strict=True)]
        found.sort(key=lambda candidate: (-candidate.score, candidate.id))
        return tuple(replace(candidate, rank=rank) for rank, candidate in enumerate(found, 1))

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id, whatever the query; rank and score are 0."""
        with java.LOCK:
            return self.current.get().texts.document(document)

    @property
    def encoder(self) -> str:
        """The name of the encoder."""
        return self.current.opened.encoder.entry.name

    def sentences(self, query: str, document: Candidate) -> tuple[Sentence, ...]:
        """Return the sentences of a document that are nearest to the query, nearest first, by the same encoder."""
        return self.current.get().sentences(query, document)


def open_index(index: str, choices: Choices = DEFAULT) -> Dense:
    """Open the index of that name or in that folder by its vectors. Raises `Problem` where it has none."""
    return Dense(index, choices)


def opened(index: str, choices: Choices) -> Opened:
    """Open an index with its vectors as it is now."""
    texts = bm25.opened(index)
    try:
        encoder = encoder_of(texts.info, choices.encoder_url)
        return Opened(texts=texts, vectors=vectors.searcher(texts.info), encoder=encoder)
    except Problem:
        texts.close()
        raise


def encoder_of(info: indexes.IndexInfo, url: str) -> Encoder:
    """Return the encoder of an index, ready. Raises `Problem` where the catalogue has another one under its name."""
    made = vectors.made(info).encoder
    entry = encoders.entry(str(made.get("name")))
    if differing := [name for name, value in entry.identity.items() if made.get(name) != value]:
        raise Problem(
            f"index {shown(info.name)} was encoded by another {shown(entry.name)} than the catalogue's: "
            f"{', '.join(differing)} differ; `rankr1 index build --dense --name {info.name}` builds its vectors again"
        )
    encoder = encoders.encoder(entry, url)
    encoder.start()
    return encoder


def divided(document: Candidate) -> list[str]:
    """Return the title and the sentences of a document."""
    sentences = [match[0].strip() for match in SENTENCE.finditer(document.text)]
    return [each for each in (document.title.strip(), *sentences) if each][:SENTENCES]

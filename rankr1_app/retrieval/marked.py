"""More like some documents: a reader marks them, and the search is for the query and what they are about.

By words the query is expanded with terms of the marked documents (RM3 with them in place of the first ones found); by
vectors it moves towards theirs (Rocchio). Nothing of an index is opened again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import Problem, shown
from ..events import Candidate, WeightedTerm
from . import bm25, java, milvus, remote
from .bm25 import BM25
from .dense import Dense
from .feedback import Expanded
from .hybrid import Hybrid
from .protocol import Retriever, Rewrite, Term
from .vectors import moved

if TYPE_CHECKING:
    from . import dense
    from .encoders import Vectors

MOST = 20
"""Documents that may be marked."""
TERMS = 20
"""Terms of marked documents that are searched for."""
ORIGINAL = 0.5
"""Part of the query's own words."""
COMMON = 0.1
"""Part of all documents above which a term says nothing."""
LEAST = 2
"""Documents that may hold a term in any case."""
STEP = 0.5
"""How far a query's vector moves towards the mean of those of marked documents."""


def like(retriever: Retriever, documents: Sequence[str]) -> Retriever:
    """Return a retriever that also looks for what is like some documents of its index. Raises `Problem` for one that
    is not there, for too many, and for a retriever that cannot."""
    marked = tuple(dict.fromkeys(documents))
    if len(marked) > MOST:
        raise Problem(f"{len(marked)} documents are marked, at most {MOST} are looked at")
    for document in marked:
        if retriever.document(document) is None:
            raise Problem(f"document {shown(document)} is not in index {shown(retriever.index)}")
    return learnt(retriever, marked)


def learnt(retriever: Retriever, documents: tuple[str, ...]) -> Retriever:
    """Return the retriever for documents that are there."""
    if isinstance(retriever, Hybrid):
        return Both(**vars(retriever) | {"parts": tuple(learnt(part, documents) for part in retriever.parts)})
    if isinstance(retriever, BM25):
        return Words(retriever.plain if isinstance(retriever, Expanded) else retriever, documents)
    if isinstance(retriever, Dense):
        return Meaning(retriever, documents)
    if isinstance(retriever, milvus.Words):
        return WordsInMilvus(retriever, documents)
    if isinstance(retriever, milvus.Meaning):
        return MeaningInMilvus(retriever, documents)
    raise Problem(f"retriever {shown(retriever.name)} cannot look for more like marked documents")


class Index(Protocol):
    """An open index, on this machine or in Milvus."""

    @property
    def documents(self) -> int:
        """How many documents there are."""

    def stems(self, text: str) -> list[str]:
        """Return what the analyser makes of a text."""

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id."""

    def frequencies(self, stems: Collection[str]) -> dict[str, int]:
        """Return how many documents hold each stem."""


class ByTerms:
    """What expands a query by terms of marked documents."""

    by = "RM3"
    score_name = "BM25 with marked documents"
    documents: tuple[str, ...]

    def weights(self, query: str) -> dict[str, float]:
        """Return the terms that are searched for and their weights, heaviest first."""
        raise NotImplementedError

    def rewrite(self, query: str) -> Rewrite:
        """Return the expanded query."""
        weights = self.weights(query)
        terms = tuple(WeightedTerm(term=term, weight=weight) for term, weight in weights.items())
        return Rewrite(query=" ".join(weights), by=by(self.by), terms=terms, documents=self.documents)


class ByVectors:
    """What moves a query's vector towards those of marked documents."""

    by = "Rocchio"
    documents: tuple[str, ...]

    def rewrite(self, query: str) -> Rewrite:
        """Return the documents that the query is moved towards; its words stay."""
        return Rewrite(query=query, by=by(self.by), terms=(), documents=self.documents)


class Words(ByTerms, BM25):
    """BM25 with a query that is expanded by terms of marked documents."""

    def __init__(self, plain: BM25, documents: tuple[str, ...]) -> None:
        self.current, self.documents = plain.current, documents

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return at most `depth` candidates, best first."""
        weights = self.weights(query)
        if not weights:
            return ()
        with self.reading() as index:
            hits = index.searcher.search(boosted(weights), max(1, min(depth, index.documents)))
            return tuple(bm25.candidate(hit, rank) for rank, hit in enumerate(hits, 1))

    def weights(self, query: str) -> dict[str, float]:
        """Return the terms that are searched for and their weights, heaviest first."""
        with self.reading() as index:
            return expanded(index, query, self.documents)

    def terms(self, query: str, document: str) -> tuple[Term, ...]:
        """Return every term of the expanded query with its part of the document's score: they add up to it."""
        weights = self.weights(query)
        with self.reading() as index:
            return bm25.weighted(index, document, weights)


class WordsInMilvus(ByTerms, milvus.Words):
    """The same in Milvus."""

    def __init__(self, plain: milvus.Words, documents: tuple[str, ...]) -> None:
        self.open_it, self.opened, self.documents = plain.open_it, plain.opened, documents

    def weights(self, query: str) -> dict[str, float]:
        """Return the terms that are searched for and their weights, heaviest first."""
        return self.ask(lambda index: expanded(index, query, self.documents))

    def vector(self, index: remote.Opened, query: str) -> dict[int, float]:
        """Return the vector that is searched for."""
        return remote.numbered(index, expanded(index, query, self.documents))

    def terms(self, query: str, document: str) -> tuple[Term, ...]:
        """Return every term of the expanded query with its part of the document's score: they add up to it."""
        weights = self.weights(query)
        found = self.ask(lambda index: remote.weights(index, document, list(weights)))
        return tuple(Term(stem, (stem,), 1, each * found.get(stem, 0.0)) for stem, each in weights.items())


class Meaning(ByVectors, Dense):
    """Search by vectors with a query that is moved towards those of marked documents."""

    def __init__(self, plain: Dense, documents: tuple[str, ...]) -> None:
        self.current, self.documents = plain.current, documents

    def vector(self, index: dense.Opened, query: str) -> Vectors:
        """Return where the query's vector moves, as long as it was."""
        numbers = [number for name in self.documents if (number := index.texts.number(name)) >= 0]
        return moved(index.embedded(query), index.vectors.matrix[numbers], STEP)


class MeaningInMilvus(ByVectors, milvus.Meaning):
    """The same in Milvus."""

    def __init__(self, plain: milvus.Meaning, documents: tuple[str, ...]) -> None:
        self.open_it, self.opened, self.documents = plain.open_it, plain.opened, documents

    def vector(self, index: remote.Encoded, query: str) -> Vectors:
        """Return where the query's vector moves, as long as it was."""
        import numpy

        rows = [row for name in self.documents if (row := index.row(name, ["meaning"]))]
        return moved(index.embedded(query), numpy.array([row["meaning"] for row in rows], numpy.float32), STEP)


@dataclass(frozen=True)
class Both(Hybrid):
    """Words and vectors, fused, each of which looks for more like marked documents."""

    def rewrite(self, query: str) -> Rewrite:
        """Return what the words become, and by what both parts do."""
        parts = [part for part in self.parts if isinstance(part, ByTerms | ByVectors)]
        return replace(parts[0].rewrite(query), by=by(" and ".join(part.by for part in parts)))


def expanded(index: Index, query: str, documents: Sequence[str]) -> dict[str, float]:
    """Return the terms of a query and of documents with their weights, heaviest first."""
    own = shares(Counter(index.stems(query)))
    texts = [found for name in documents if (found := index.document(name))]
    counts = [Counter(index.stems(f"{each.title} {each.text}")) for each in texts]
    most = max(COMMON * index.documents, LEAST)
    often = index.frequencies({stem for each in counts for stem in each if is_telling(stem)})
    model: Counter[str] = Counter()
    for each in counts:
        model.update(shares({stem: count for stem, count in each.items() if stem in often and often[stem] <= most}))
    added = shares(dict(sorted(model.items(), key=lambda pair: (-pair[1], pair[0]))[:TERMS]))
    part = ORIGINAL if own and added else float(not added)
    sums = {stem: part * own.get(stem, 0.0) + (1 - part) * added.get(stem, 0.0) for stem in {**own, **added}}
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1], pair[0])))


def by(method: str) -> str:
    """Return what expanded a query, in words."""
    return f"{method} with the documents that were marked"


def shares(counts: dict[str, int] | dict[str, float] | Counter[str]) -> dict[str, float]:
    """Return numbers as parts of their sum."""
    total = sum(counts.values())
    return {name: number / total for name, number in counts.items()} if total else {}


def is_telling(stem: str) -> bool:
    """Return whether a stem may be taken from a document: of 2 to 20 letters or digits, as Anserini has it."""
    return 2 <= len(stem) <= 20 and stem.isalnum()


def boosted(weights: dict[str, float]) -> Any:
    """Return Lucene's query for stems with weights."""
    term, words = java.classes("org.apache.lucene.index.Term"), java.classes("org.apache.lucene.search.TermQuery")
    boost, occurs = java.classes("org.apache.lucene.search.BoostQuery"), java.classes(OCCUR).SHOULD
    query = java.classes("org.apache.lucene.search.BooleanQuery$Builder")()
    for stem, weight in weights.items():
        query.add(boost(words(term("contents", stem)), weight), occurs)
    return query.build()


OCCUR = "org.apache.lucene.search.BooleanClause$Occur"

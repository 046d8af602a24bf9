"""Lucene's BM25 as vectors: a document has the weights of its terms, a query how often it has them, and the inner
product of the two is Lucene's score, since every number is computed as Lucene's `BM25Similarity` does it."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import Problem, shown
from . import bm25, java
from .cluster import key_of

if TYPE_CHECKING:
    from numpy import float32, int64
    from numpy.typing import NDArray

NOTHING = 0
"""Number of no term: a document without any has it, since a vector must not be empty."""
SAMPLE = 8
"""Documents whose weights are compared with Lucene's own before any is used."""
TOLERANCE = 1e-4


def vocabulary(index: bm25.Opened) -> Iterator[tuple[str, int]]:
    """Yield every term of an index and in how many documents it is, always in the same order."""
    with java.LOCK:
        terms = java.classes("org.apache.lucene.index.MultiTerms").getTerms(index.reader[1], bm25.FIELD)
        found = terms.iterator() if terms is not None else None
    while found is not None:
        with java.LOCK:
            if (term := found.next()) is None:
                return
            yield term.utf8ToString(), int(found.docFreq())


@dataclass(frozen=True)
class Terms:
    """The terms of an index, found by their keys: `keys` in order, with the `numbers` and `idf` of each."""

    keys: NDArray[int64]
    numbers: NDArray[int64]
    idf: NDArray[float32]

    def places(self, terms: Sequence[str]) -> NDArray[int64] | None:
        """Return where each term is, None where one is not there."""
        import numpy

        wanted = numpy.array([key_of(term) for term in terms], numpy.int64)
        places = numpy.searchsorted(self.keys, wanted)
        if not len(self.keys) or (self.keys[places.clip(max=len(self.keys) - 1)] != wanted).any():
            return None
        return places


def terms_of(index: bm25.Opened, keys: array[int], frequencies: array[int]) -> Terms:
    """Return the terms of an index whose keys and numbers of documents are given in the order of `vocabulary`; their
    own numbers count from 1. Raises `Problem` for two with one key."""
    import numpy

    documents = index.counts()[0]
    order = numpy.argsort(numpy.frombuffer(keys, numpy.int64)) if keys else numpy.zeros(0, numpy.int64)
    ordered = numpy.frombuffer(keys, numpy.int64)[order] if keys else order
    if (ordered[1:] == ordered[:-1]).any():
        raise Problem(f"index {shown(index.info.name)} has two terms of one key, it cannot be told which is meant")
    df = numpy.frombuffer(frequencies, numpy.int64)[order] if keys else order
    idf = numpy.log(1 + (documents - df + 0.5) / (df + 0.5)).astype(numpy.float32)
    return Terms(ordered, order + 1, idf)


class Weights:
    """Weights of the documents of an open index, of which each number must be larger than the one before."""

    def __init__(self, index: bm25.Opened, terms: Terms) -> None:
        import numpy

        self.index, self.terms = index, terms
        documents, tokens = index.counts()
        with java.LOCK:
            self.norms: Any = java.classes("org.apache.lucene.index.MultiDocValues").getNormValues(
                index.reader[1], bm25.FIELD
            )
            length = java.classes("org.apache.lucene.util.SmallFloat").byte4ToInt
            # A byte of Java has a sign; lengths are those that Lucene's byte stands for.
            lengths = [length(each - 256 if each > 127 else each) for each in range(256)]
        k1, b, average = (numpy.float32(each) for each in (index.info.k1, index.info.b, tokens / max(1, documents)))
        one, size = numpy.float32(1), numpy.array(lengths, numpy.float32)
        self.inverse = one / (k1 * ((one - b) + b * size / average)) if tokens else size

    def of(self, number: int, terms: Sequence[str]) -> dict[int, float]:
        """Return the weight of every term of the document of that number, by the terms' numbers. Raises `Problem` for
        a term that is not in the index."""
        import numpy

        if not terms:
            return {NOTHING: 1.0}
        counts = Counter(terms)
        places = self.terms.places(list(counts))
        with java.LOCK:
            there = self.norms is not None and bool(self.norms.advanceExact(number))
            norm = int(self.norms.longValue()) & 0xFF if there else 0
        if places is None or not there:
            raise self.otherwise()
        weight = self.terms.idf[places]
        often = numpy.array(list(counts.values()), numpy.float32)
        found = weight - weight / (numpy.float32(1) + often * self.inverse[norm])
        return dict(zip(self.terms.numbers[places].tolist(), found.tolist(), strict=True))

    def otherwise(self) -> Problem:
        """Return what to say of an index whose texts are not read as they were when it was built."""
        return Problem(
            f"index {shown(self.index.info.name)} was not built as this product builds one: its terms are not those of "
            "its texts, build it again"
        )


def check(index: bm25.Opened, terms: Terms) -> None:
    """Raise `Problem` unless a sample of documents has the weights that Lucene gives them."""
    weights = Weights(index, terms)
    for number in range(0, index.documents, max(1, index.documents // SAMPLE)):
        document = read(index, number)
        found = weights.of(number, document.terms)
        for stem in set(document.terms):
            places = terms.places([stem])
            assert places is not None
            with java.LOCK:
                expected = bm25.weight(index, document.found.id, stem)
            if abs(found[int(terms.numbers[places[0]])] - expected) > TOLERANCE:
                raise weights.otherwise()


@dataclass(frozen=True)
class Read:
    """A document as Lucene stores it, and what its analyser makes of it."""

    found: Any
    terms: list[str]


def read(index: bm25.Opened, number: int) -> Read:
    """Return the document of Lucene's own number, and its terms."""
    with java.LOCK:
        stored = index.searcher.doc(number)
        document, raw = stored.get("id"), stored.get("raw")
        found = bm25.stored(document, raw, 0, 0.0)
        fields = json.loads(raw)
        contents = fields.get("contents", f"{found.title} {found.text}".strip())
        analyse = java.classes("io.anserini.analysis.AnalyzerUtils").analyze
        return Read(found, list(analyse(index.searcher.get_analyzer(), contents).toArray()))

"""BM25 by Lucene, as Anserini and Pyserini run it; k1, b and the language are the index's own (`indexes.IndexInfo`)."""

from __future__ import annotations

import functools
import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ..errors import Problem, shown
from ..events import Candidate, Place, Source
from . import indexes, java, lucene
from .current import Current
from .protocol import DEFAULT, Choices, Term, Word
from .together import Together
from .words import nothing_found, parts, pieces

FIELD = "contents"
"""Lucene's field of title and text."""
AT_ONCE = 16
"""Searches that are answered together."""


@dataclass(frozen=True)
class Opened:
    """An index as it was when it was opened: `stamp` tells it from one that takes its place."""

    info: indexes.IndexInfo
    stamp: object
    searcher: Any
    documents: int

    def fresh(self) -> bool:
        """Return whether the same index is still there."""
        return self.info.stamp() == self.stamp

    def close(self) -> None:
        """Close Lucene's files."""
        self.searcher.close()
        if "reader" in self.__dict__:
            self.reader[1].close()

    @functools.cached_property
    def reader(self) -> tuple[Any, Any]:
        """Anserini's tools for an index, and the index opened for them."""
        tools = java.classes("io.anserini.index.IndexReaderUtils")
        return tools(), tools.getReader(str(self.info.lucene))

    def stems(self, text: str) -> list[str]:
        """Return what the analyser makes of a text."""
        analyse = java.classes("io.anserini.analysis.AnalyzerUtils").analyze
        return list(analyse(self.searcher.get_analyzer(), self.prepared(text)).toArray())

    def prepared(self, text: str) -> str:
        """Return a text as the index's analyser is given it."""
        return lucene.prepared(text, self.info.language)

    def search(self, queries: Sequence[str], depth: int) -> list[tuple[Candidate, ...] | Exception]:
        """Return candidates for each query. Several are searched for by as many threads of Java as there are cores."""
        texts = [self.prepared(query) for query in queries]
        found = self.batch(texts, depth) if len(texts) > 1 else {}
        return [self.one(text, depth, found.get(place)) for place, text in enumerate(texts)]

    def batch(self, texts: Sequence[str], depth: int) -> dict[int, Any]:
        """Return the hits for each text, by its place; none for one that Lucene could not search for."""
        lists = java.classes("java.util.ArrayList")
        queries, places = lists(), lists()
        for place, text in enumerate(texts):
            queries.add(text)
            places.add(str(place))
        found = self.searcher.batch_search(queries, places, depth, len(texts))
        return {place: found.get(str(place)) for place in range(len(texts))}

    def one(self, text: str, depth: int, hits: Any) -> tuple[Candidate, ...] | Exception:
        """Return the candidates among `hits`, which are searched for if there are none yet."""
        try:
            hits = self.searcher.search(text, depth) if hits is None else hits
            return tuple(candidate(hit, rank) for rank, hit in enumerate(hits, 1))
        except Exception as error:
            problem = damaged(self.info.name)
            problem.__cause__ = error
            return problem

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id, with rank and score 0."""
        found = self.searcher.doc(document)
        raw = found.get("raw") if found is not None else None
        return None if raw is None else stored(document, raw, 0, 0.0)

    def numbered(self, numbers: Iterable[int]) -> list[Candidate]:
        """Return the documents of Lucene's own numbers, with rank and score 0."""
        with java.LOCK:
            found = [self.searcher.doc(number) for number in numbers]
            return [stored(each.get("id"), each.get("raw"), 0, 0.0) for each in found]

    def number(self, document: str) -> int:
        """Return Lucene's own number of a document, -1 for an unknown one."""
        with java.LOCK:
            tools, reader = self.reader
            return int(tools.convertDocidToLuceneDocid(reader, document))

    def frequency(self, stem: str) -> int:
        """Return how many documents hold a stem."""
        tools, reader = self.reader
        return int(tools.getDF(reader, stem))

    def counts(self) -> tuple[int, int]:
        """Return the number of documents with a term, and of terms in all of them, each as often as it is there."""
        with java.LOCK:
            reader = self.reader[1]
            return int(reader.getDocCount(FIELD)), int(reader.getSumTotalTermFreq(FIELD))

    def score(self, query: str, text: str) -> float:
        """Return the BM25 score that any text would have for a query (Robertson and Zaragoza 2009, eq. 3.15, without
        the factor k1 + 1, as Lucene has it)."""
        documents, tokens = self.counts()
        stems = Counter(self.stems(text))
        length = stems.total() * documents / max(1, tokens)
        norm = self.info.k1 * (1 - self.info.b + self.info.b * length)
        score = 0.0
        for stem, often in Counter(self.stems(query)).items():
            holding = self.frequency(stem)
            idf = math.log(1 + (documents - holding + 0.5) / (holding + 0.5))
            score += often * idf * stems[stem] / (stems[stem] + norm)
        return score

    def frequencies(self, stems: Collection[str]) -> dict[str, int]:
        """Return how many documents hold each stem."""
        return {stem: self.frequency(stem) for stem in stems}


class BM25:
    """A retriever on one open index, which is opened again when it was replaced. Searches may run in several threads
    at once."""

    name = "bm25"
    score_name = "BM25"

    def __init__(self, index: str, set_up: Callable[[Any], None] = lambda _: None) -> None:
        """Open an index; `set_up` is given its searcher each time that it is opened."""
        self.current = Current(index, lambda: opened(index, set_up), java.LOCK)
        self.together = Together(java.LOCK, self.answer, AT_ONCE)

    @property
    def info(self) -> indexes.IndexInfo:
        """What the index is."""
        return self.current.opened.info

    @property
    def index(self) -> str:
        """The index's name."""
        return self.info.name

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return at most `depth` candidates, best first; none for a query of nothing but stop words."""
        return self.together.call((query, depth))

    def answer(self, requests: Sequence[tuple[str, int]]) -> list[tuple[Candidate, ...] | Exception]:
        """Search for several queries to their depths, those of one depth at once."""
        index = self.current.get()
        depths: dict[int, list[int]] = {}
        for place, (_, depth) in enumerate(requests):
            depths.setdefault(max(1, min(depth, index.documents)), []).append(place)
        results: dict[int, tuple[Candidate, ...] | Exception] = {}
        for depth, places in depths.items():
            results |= zip(places, index.search([requests[place][0] for place in places], depth), strict=True)
        return [results[place] for place in range(len(requests))]

    @contextmanager
    def reading(self) -> Iterator[Opened]:
        """Give the index as it is now, for us alone. What Lucene cannot read becomes a `Problem`."""
        with java.LOCK:
            index = self.current.get()
            try:
                yield index
            except Problem:
                raise
            except Exception as error:
                raise damaged(self.index) from error

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id, whatever the query; rank and score are 0."""
        with self.reading() as index:
            return index.document(document)

    def terms(self, query: str, document: str) -> tuple[Term, ...]:
        """Return every term of the query with its part of the document's score: they add up to it. The document must
        be in the index."""
        with self.reading() as index:
            return parts(query, index.stems, functools.partial(weight, index, document))

    def rescore(
        self, query: str, source: Source, _: Sequence[str], whole: Candidate, changed: Candidate
    ) -> Source | None:
        """Return the score of a changed text: that of the whole document in the ratio of both, since Lucene rounds the
        lengths of documents. None where no word of the query is left."""
        with self.reading() as index:
            before, after = (index.score(query, f"{each.title} {each.text}".strip()) for each in (whole, changed))
        return replace(source, score=source.score * after / before) if after and before else None

    def explain(self, query: str) -> tuple[Word, ...]:
        """Return the query's words and what the index makes of each."""
        with self.reading() as index:
            found = []
            for text in pieces(query):
                stems = tuple(index.stems(text))
                found.append(Word(text, stems, tuple(index.frequency(stem) for stem in stems)))
            return tuple(found)

    def note(self, query: str) -> str:
        """Return a sentence that says why nothing is found for the query, empty if something is."""
        return nothing_found(self.explain(query), self.info.language)


def open_index(index: str, _: Choices = DEFAULT) -> BM25:
    """Open the index of that name or in that folder. Raises `Problem` if there is none."""
    return BM25(index)


def opened(index: str, set_up: Callable[[Any], None] = lambda _: None) -> Opened:
    """Open the index of that name or in that folder as it is now."""
    info = indexes.show(index)
    stamp = info.stamp()
    with java.LOCK:
        searcher = lucene.searcher_of(info.lucene)
        searcher.set_bm25(info.k1, info.b)
        searcher.set_analyzer(lucene.analyser(info.language))
        set_up(searcher)
        return Opened(info, stamp, searcher, int(searcher.get_total_num_docs()))


def damaged(index: str) -> Problem:
    """Return what is said where Lucene fails on what it wrote."""
    return Problem(f"index {shown(index)} cannot be read, its files may be damaged: build it again")


def weight(index: Opened, document: str, stem: str) -> float:
    """Return what one occurrence of a stem in the query adds to a document's score."""
    tools, reader = index.reader
    return float(tools.getBM25AnalyzedTermWeightWithParameters(reader, document, stem, index.info.k1, index.info.b))


def weighted(index: Opened, document: str, weights: Mapping[str, float]) -> tuple[Term, ...]:
    """Return the terms of an expanded query, each with its part of a document's score."""
    return tuple(Term(stem, (stem,), 1, each * weight(index, document, stem)) for stem, each in weights.items())


def candidate(hit: Any, rank: int) -> Candidate:
    """Return a hit with the title and text that were stored with it."""
    return stored(hit.docid, hit.lucene_document.get("raw"), rank, float(hit.score))


def stored(document: str, raw: str | None, rank: int, score: float) -> Candidate:
    """Return a document as it was indexed."""
    if raw is None:
        raise Problem(f"document {shown(document)} has no text in its index, build the index again")
    fields = json.loads(raw)
    title = fields.get("title") or ""
    text = fields["text"] if "text" in fields else fields["contents"].removeprefix(title.strip()).strip()
    place = Place(**fields["place"]) if fields.get("place") else None
    return Candidate(id=document, title=title, text=text, rank=rank, score=score, place=place)

"""BM25 by Lucene, as Anserini and Pyserini run it (k1 = 0.9, b = 0.4, Porter stems, English stop words)."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from ..errors import Problem, shown
from ..events import Candidate
from . import indexes, java
from .protocol import Term

WORD = re.compile(r"\w+(?:['’.]\w+)*")


@dataclass(frozen=True)
class BM25:
    """A retriever on one open index. Searches may run in several threads at once."""

    index: str
    searcher: Any
    documents: int
    info: indexes.IndexInfo
    name: str = "bm25"
    score_name: str = "BM25"

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """At most `depth` candidates, best first; none for a query of nothing but stop words."""
        try:
            with java.LOCK:
                hits = self.searcher.search(query, max(1, min(depth, self.documents)))
                return tuple(candidate(hit, rank) for rank, hit in enumerate(hits, 1))
        except Exception as error:
            raise Problem(
                f"Lucene could not search for {shown(query, 60)}: {str(error).splitlines()[0][:200]}"
            ) from error

    def document(self, document: str) -> Candidate | None:
        """The document of that id, whatever the query; rank and score are 0."""
        with java.LOCK:
            found = self.searcher.doc(document)
            raw = found.get("raw") if found is not None else None
        return None if raw is None else stored(document, raw, 0, 0.0)

    def terms(self, query: str, document: str) -> tuple[Term, ...]:
        """Every term of the query with its part of the document's score: they add up to it. The document must be in
        the index."""
        with java.LOCK:
            tools, reader = self.reader
            analyse = java.classes("io.anserini.analysis.AnalyzerUtils").analyze
            behind: dict[str, dict[str, None]] = {}
            for word in WORD.findall(query):
                for stem in analyse(word).toArray():
                    behind.setdefault(stem, {})[word] = None
            counts = Counter(analyse(query).toArray())
            weigh = tools.getBM25AnalyzedTermWeightWithParameters
            return tuple(
                Term(
                    stem,
                    tuple(behind.get(stem, {stem: None})),
                    often,
                    often * float(weigh(reader, document, stem, self.info.k1, self.info.b)),
                )
                for stem, often in counts.items()
            )

    @functools.cached_property
    def reader(self) -> tuple[Any, Any]:
        """Anserini's tools for an index, and the index opened for them."""
        tools = java.classes("io.anserini.index.IndexReaderUtils")
        return tools(), tools.getReader(str(self.info.lucene))


def open_index(index: str) -> BM25:
    """Open the index of that name or in that folder. Raises `Problem` if there is none."""
    info = indexes.show(index)
    documents = indexes.count(info.lucene)
    with java.LOCK:
        searcher = java.classes("io.anserini.search.SimpleSearcher")(str(info.lucene))
        searcher.set_bm25(info.k1, info.b)
    return BM25(info.name, searcher, documents, info)


def candidate(hit: Any, rank: int) -> Candidate:
    """A hit with the title and text that were stored with it."""
    return stored(hit.docid, hit.lucene_document.get("raw"), rank, float(hit.score))


def stored(document: str, raw: str, rank: int, score: float) -> Candidate:
    """A document as it was indexed."""
    fields = json.loads(raw)
    title = fields["title"]
    text = fields["contents"].removeprefix(title).strip()
    return Candidate(id=document, title=title, text=text, rank=rank, score=score)

"""BM25 by Lucene, as Anserini and Pyserini run it (k1 = 0.9, b = 0.4, Porter stems, English stop words)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ..errors import Problem, shown
from ..events import Candidate
from . import indexes, java


@dataclass(frozen=True)
class BM25:
    """A retriever on one open index. Searches may run in several threads at once."""

    index: str
    searcher: Any
    documents: int
    name: str = "bm25"
    score_name: str = "BM25"

    @classmethod
    def open(cls, index: str) -> BM25:
        """The index of that name or in that folder. Raises `Problem` if there is none."""
        info = indexes.show(index)
        documents = indexes.count(info.lucene)
        with java.LOCK:
            searcher = java.classes("io.anserini.search.SimpleSearcher")(str(info.lucene))
            searcher.set_bm25(info.k1, info.b)
        return cls(info.name, searcher, documents)

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


def candidate(hit: Any, rank: int) -> Candidate:
    """A hit with the title and text that were stored with it."""
    stored = json.loads(hit.lucene_document.get("raw"))
    title = stored["title"]
    text = stored["contents"].removeprefix(title).strip()
    return Candidate(id=hit.docid, title=title, text=text, rank=rank, score=float(hit.score))

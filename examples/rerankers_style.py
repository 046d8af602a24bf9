"""One object with `rank`, as the library `rerankers` has it, for any reranker of the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass

import rankr1_app


@dataclass(frozen=True)
class Result:
    """A document with its rank, its score where the method has one, and what the model said of it."""

    doc_id: str
    text: str
    rank: int
    score: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Ranker:
    """A reranker by its name in the catalogue: `rankr1 models list`."""

    name: str = "rank-r1-nano"

    def rank(self, query: str, docs: Sequence[str], doc_ids: Sequence[str] = ()) -> list[Result]:
        """Return all documents, best first."""
        ids = doc_ids or [str(place) for place in range(len(docs))]
        documents = [{"id": each, "text": text} for each, text in zip(ids, docs, strict=True)]
        ranking = rankr1_app.rerank(query, documents, reranker=self.name, k=len(documents))
        return [
            Result(each.id, each.text, each.rank, each.score, tuple(reason.text for reason in each.reasons))
            for each in ranking
        ]


for result in Ranker().rank("why does bread dough rise", ["Granite is hard.", "Yeast makes bread dough rise."]):
    print(result.rank, result.doc_id, result.text, *result.reasons[-1:])

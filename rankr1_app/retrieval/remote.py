"""An index in Milvus, opened: what rows of it say, and how its texts, terms and vectors are read."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..errors import Problem, shown
from ..events import Candidate, Place
from . import cluster, java, lucene
from .cluster import Gone, Milvus, Pushed
from .dense import Embedding, encoder_of
from .protocol import Choices

if TYPE_CHECKING:
    from .encoders import Vectors

TEXTS = 100
"""Documents read at once."""
WORDS = 10_000
"""Terms that are held of those that were looked up."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An index in Milvus as it was when it was opened. `vocabulary` are terms that were looked up:
    number and documents of each."""

    milvus: Milvus
    pushed: Pushed
    vocabulary: dict[str, tuple[int, int]] = field(default_factory=dict)

    def texts(self, numbers: Sequence[int]) -> dict[int, Candidate]:
        """Return documents by their numbers, with rank and score 0."""
        found: dict[int, Candidate] = {}
        for start in range(0, len(numbers), TEXTS):
            some = numbers[start : start + TEXTS]
            rows = self.milvus.rows(self.pushed.documents, some, ["number", "id", "title", "text", "place"])
            found |= {row["number"]: candidate(row) for row in rows}
        if len(found) != len(set(numbers)):
            raise Gone(f"index {shown(self.pushed.info.name)} in Milvus lost documents while it was searched")
        return found

    def row(self, document: str, fields: Sequence[str]) -> dict[str, Any] | None:
        """Return fields of the document of that id, None for an unknown one."""
        wanted = {"filter": f"key == {cluster.key_of(document)}", "output_fields": ["id", *fields]}
        rows = self.milvus.call("query", self.pushed.documents, **wanted)
        return next((row for row in rows if "".join(row["id"]) == document), None)

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id, with rank and score 0."""
        row = self.row(document, ["title", "text", "place"])
        return candidate(row) if row else None

    @property
    def documents(self) -> int:
        """How many documents there are."""
        return self.pushed.info.documents

    def frequencies(self, stems: Collection[str]) -> dict[str, int]:
        """Return how many documents hold each stem."""
        found = self.terms(list(stems))
        return {stem: found[stem][1] if stem in found else 0 for stem in stems}

    def stems(self, text: str) -> list[str]:
        """Return what the analyser of the index's language makes of a text."""
        language = self.pushed.info.language
        with java.LOCK:
            analyse = java.classes("io.anserini.analysis.AnalyzerUtils").analyze
            return list(analyse(lucene.analyser(language), lucene.prepared(text, language)).toArray())

    def terms(self, stems: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return number and documents of each stem that is in the index."""
        held = {stem: about for stem in stems if (about := self.vocabulary.get(stem))}
        unknown = [stem for stem in dict.fromkeys(stems) if stem not in held]
        keys = [cluster.key_of(stem) for stem in unknown]
        rows = self.milvus.rows(self.pushed.terms, keys, ["term", "number", "documents"])
        there = {row["term"]: (row["number"], row["documents"]) for row in rows}
        fresh = {stem: there.get(stem, (0, 0)) for stem in unknown}
        if len(self.vocabulary) > WORDS:
            self.vocabulary.clear()
        self.vocabulary.update(fresh)
        return {stem: about for stem, about in (held | fresh).items() if about[0]}

    def hits(self, field: str, vector: Any, limit: int, *fields: str) -> list[dict[str, Any]]:
        """Return the rows nearest to a vector in a field, best first, with their score as `distance`."""
        lists = self.pushed.info.vectors if field == "meaning" else None
        params = {"nprobe": lists.probes} if lists and lists.lists else {}
        (found,) = self.milvus.call(
            "search",
            self.pushed.documents,
            data=[vector],
            anns_field=field,
            limit=limit,
            output_fields=["id", *fields],
            search_params={"metric_type": "IP", "params": params},
        )
        rows = [{"number": hit["number"], "distance": hit["distance"], **hit["entity"]} for hit in found]
        return [row | {"id": "".join(row["id"])} for row in rows]

    def ranked(self, scored: Sequence[tuple[int, str, float]], depth: int) -> tuple[Candidate, ...]:
        """Return the best of documents whose number, id and score are given, ties by id."""
        best = sorted(scored, key=lambda each: (-each[2], each[1]))[:depth]
        texts = self.texts([number for number, _, _ in best])
        return tuple(replace(texts[number], rank=rank, score=score) for rank, (number, _, score) in enumerate(best, 1))


@dataclass(frozen=True, kw_only=True)
class Encoded(Opened, Embedding):
    """An index in Milvus with vectors."""

    def meanings(self, documents: Iterable[str]) -> dict[str, Vectors]:
        """Return the vectors of the documents that are there, by id."""
        import numpy

        keys = {cluster.key_of(document): document for document in documents}
        wanted = {"filter": f"key in {list(keys)}", "output_fields": ["id", "meaning"]}
        rows = self.milvus.call("query", self.pushed.documents, **wanted) if keys else []
        found = {"".join(row["id"]): numpy.array(row["meaning"], numpy.float32) for row in rows}
        return {document: found[document] for document in keys.values() if document in found}


def numbered(index: Opened, terms: Mapping[str, float]) -> dict[int, float]:
    """Return weights of terms by the terms' numbers, without those that the index has not."""
    return {number: float(terms[stem]) for stem, (number, _) in index.terms(list(terms)).items()}


def weights(index: Opened, document: str, stems: Sequence[str]) -> dict[str, float]:
    """Return what one occurrence of each stem in a query adds to a document's score, none where that is nothing."""
    row = index.row(document, ["words"])
    numbers = index.terms(stems) if row else {}
    found = {stem: row["words"].get(number) for stem, (number, _) in numbers.items()} if row else {}
    return {stem: float(weight) for stem, weight in found.items() if weight}


def candidate(row: dict[str, Any]) -> Candidate:
    """Return a document as it was indexed, with rank and score 0."""
    document, title, text, place = ("".join(row[name]) for name in ("id", "title", "text", "place"))
    where = Place(**json.loads(place)) if place else None
    return Candidate(id=document, title=title, text=text, rank=0, score=0.0, place=where)


def pushed(index: str, choices: Choices) -> tuple[Milvus, Pushed]:
    """Return the Milvus that was chosen, and the index of that name in it. Raises `Problem`."""
    milvus = cluster.connect(choices.milvus)
    return milvus, cluster.find(milvus, index)


def opened_words(index: str, choices: Choices) -> Opened:
    """Open an index in Milvus by its words."""
    milvus, found = pushed(index, choices)
    return Opened(milvus=milvus, pushed=found)


def opened_meaning(index: str, choices: Choices) -> Encoded:
    """Open an index in Milvus by its vectors. Raises `Problem` where it has none."""
    milvus, found = pushed(index, choices)
    if found.info.vectors is None:
        raise Problem(
            f"index {shown(found.info.name)} is in Milvus without vectors: `rankr1 index build --dense "
            f"--name {found.info.name}` adds them, push it then again"
        )
    return Encoded(milvus=milvus, pushed=found, encoder=encoder_of(found.info, choices.encoder_url))

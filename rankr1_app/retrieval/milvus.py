"""Retrieval in Milvus: by words with Lucene's BM25, by meaning, and by both, of an index that was pushed there.

Texts, ids, weights and vectors come from Milvus; a query is analysed and encoded here, as the index's were.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import Problem, shown
from ..events import Candidate, Place
from . import cluster, java, lucene
from .cluster import Gone, Milvus, Pushed
from .dense import Embedding, encoder_of
from .hybrid import Hybrid, fused
from .protocol import DEFAULT, Choices, Sentence, Term, Word
from .words import nothing_found, parts, pieces

if TYPE_CHECKING:
    from .encoders import Vectors

MARGIN, MOST = 32, 16_384
"""Candidates beyond those wanted, so that ties are decided by ids, and Milvus's own limit."""
CLOSE = 1e-3
"""How far apart sums of the same numbers in another order may be."""
TEXTS = 100
"""Documents read at once."""
WORDS = 10_000
"""Terms that are held of those that were looked up."""
Given = TypeVar("Given")


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
        row = self.ask(lambda index: index.row(document, ["title", "text", "place"]))
        return candidate(row) if row else None


class Words(Remote[Opened]):
    """BM25 in Milvus, with Lucene's weights."""

    name = "milvus"
    score_name = "BM25"

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return at most `depth` candidates, best first; none for a query without a word of the index."""
        return self.ask(lambda index: self.nearest(index, query, max(1, depth)))

    def nearest(self, index: Opened, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the candidates of an index. Scores are added up here once more, as Lucene does, so that documents
        that tie there tie here; as long as more may tie than Milvus gave, it is asked for more."""
        counts = Counter(index.stems(query))
        vector = {number: float(counts[stem]) for stem, (number, _) in index.terms(list(counts)).items()}
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
        row = index.row(document, ["words"])
        weights = row["words"] if row else {}
        numbers = index.terms(index.stems(query))
        return parts(query, index.stems, lambda stem: float(weights.get(numbers.get(stem, (-1, 0))[0], 0.0)))

    def explain(self, query: str) -> tuple[Word, ...]:
        """Return the query's words and what the index makes of each."""
        return self.ask(lambda index: self.looked_up(index, query))

    def looked_up(self, index: Opened, query: str) -> tuple[Word, ...]:
        """Return the query's words in an index."""
        stems = {text: tuple(index.stems(text)) for text in pieces(query)}
        numbers = index.terms([stem for each in stems.values() for stem in each])
        return tuple(
            Word(text, each, tuple(numbers.get(stem, (0, 0))[1] for stem in each)) for text, each in stems.items()
        )

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
        return self.ask(lambda index: self.nearest(index, index.embedded(query), max(1, depth)))

    def nearest(self, index: Encoded, vector: Vectors, depth: int) -> tuple[Candidate, ...]:
        """Return the documents of an index nearest to a vector."""
        hits = index.hits("meaning", vector.tolist(), min(depth, MOST))
        return index.ranked([(hit["number"], hit["id"], float(hit["distance"])) for hit in hits], depth)

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

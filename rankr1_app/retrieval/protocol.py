"""What retrievers can do: all of them `Retriever`, some `Explains` or `Notes` too, which is asked with `isinstance`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from ..events import Candidate, Source, WeightedTerm
from .fusion import FUSIONS


@dataclass(frozen=True)
class Choices:
    """How a retriever is opened, where it has a choice. `encoder_url` is the server that runs the encoder, this
    process if empty; `fusion` is by scores or by ranks, `dense_weight` the part of the vectors in the first; `milvus`
    is where the indexes in Milvus are."""

    encoder_url: str = ""
    fusion: str = FUSIONS[0]
    dense_weight: float = 0.5
    milvus: str = ""


DEFAULT = Choices()


class Retriever(Protocol):
    """Finds candidates. Calls block: the pipeline runs them in a thread. Several threads may call at once."""

    @property
    def name(self) -> str:
        """The kind, as `--retriever` names it."""

    @property
    def index(self) -> str:
        """The index it searches."""

    @property
    def score_name(self) -> str:
        """What a candidate's score is, e.g. `BM25`."""

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return at most `depth` candidates, best first, ranks from 1. Raises `Problem`."""

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id whatever the query, with rank and score 0. Raises `Problem`."""


@dataclass(frozen=True)
class Term:
    """A term of a query as the index sees it: its `stem`, the query's `words` that it stands for, how `often` it is
    asked, and its part `weight` of a document's score, 0 where the document lacks it."""

    stem: str
    words: tuple[str, ...]
    often: int
    weight: float


@dataclass(frozen=True)
class Word:
    """A word of a query: the `stems` by which it is looked up, none where the analyser drops it as a stop word, and in
    how many `documents` each of them is."""

    text: str
    stems: tuple[str, ...]
    documents: tuple[int, ...]


@runtime_checkable
class Explains(Protocol):
    """A lexical retriever, which can say what single terms do."""

    def terms(self, query: str, document: str) -> tuple[Term, ...]:
        """Return every term of the query with its part of the document's score; they add up to it."""

    def explain(self, query: str) -> tuple[Word, ...]:
        """Return the query's words and what the index makes of each."""


@runtime_checkable
class Notes(Protocol):
    """A retriever that can say in words what became of a query."""

    def note(self, query: str) -> str:
        """Return a sentence that says why nothing, or a part of a fused list nothing, is found; empty if it is."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a document and how near it is to the query, by the encoder of its index."""

    text: str
    nearness: float


@runtime_checkable
class Resembles(Protocol):
    """A retriever by meaning, which can say what in a document is near to the query."""

    @property
    def encoder(self) -> str:
        """The name of the encoder that computes it."""

    def sentences(self, query: str, document: Candidate) -> tuple[Sentence, ...]:
        """Return the sentences of a document that are nearest to the query, nearest first."""


@runtime_checkable
class Places(Protocol):
    """A retriever that can say where any document stands, however far down its list."""

    def places(self, query: str, documents: Sequence[str]) -> dict[str, tuple[int, float]]:
        """Return rank, from 1, and score of each document, as far as that is known."""


@runtime_checkable
class Nears(Protocol):
    """A retriever by meaning that can say how near documents are to a query and to other documents together."""

    def nearness(self, query: str, first: Sequence[str], documents: Sequence[str]) -> dict[str, float]:
        """Return the similarity of each document with the query's vector moved towards those of the `first`; documents
        that are not in the index are left out."""


@dataclass(frozen=True)
class Rewrite:
    """What a query became: the text `query`, by what, its `terms` with their weights where it has some, and the
    `documents` that it was learnt from."""

    query: str
    by: str
    terms: tuple[WeightedTerm, ...]
    documents: tuple[str, ...]


@runtime_checkable
class Rewrites(Protocol):
    """A retriever that searches for something else than the query as it was written."""

    def rewrite(self, query: str) -> Rewrite | None:
        """Return what it searches for, None where that is the query itself."""


def sourced(candidates: Sequence[Candidate], retriever: str, score_name: str) -> tuple[Candidate, ...]:
    """Return the candidates of a list, each of which says where its score comes from; those of a fused first stage do
    so already."""
    best = max((each.score for each in candidates), default=0.0)

    def source(each: Candidate) -> Source:
        return Source(retriever=retriever, rank=each.rank, score=each.score, score_name=score_name, best=best)

    return tuple(each if each.sources else replace(each, sources=(source(each),)) for each in candidates)


def parts_of(retriever: Retriever) -> tuple[Retriever, ...]:
    """Return the retrievers that one is made of: itself, if it is not made of others."""
    return tuple(getattr(retriever, "parts", (retriever,)))


def explainer(retriever: Retriever) -> Explains | None:
    """Return the part of a retriever that tells scores term by term, if it has one."""
    return next((part for part in parts_of(retriever) if isinstance(part, Explains)), None)

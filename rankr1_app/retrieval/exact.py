"""Exact inner product over vectors that were computed elsewhere, query vectors included.

They lie beside the index folder, as `<index>.vectors.npz`: `ids` and `vectors` of documents, `queries` and
`query_vectors` of the queries that can be asked.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from ..errors import Problem, shown
from ..events import Candidate
from . import bm25
from .current import Current
from .indexes import stamp_of
from .protocol import DEFAULT, Choices

if TYPE_CHECKING:
    from numpy import ndarray

    Vectors = ndarray[Any, Any]

ARRAYS = ("ids", "vectors", "queries", "query_vectors")


@dataclass(frozen=True)
class Opened:
    """Vectors as they were when they were opened."""

    path: Path
    stamp: object
    ids: tuple[str, ...]
    vectors: Vectors
    queries: Mapping[str, Vectors]

    def fresh(self) -> bool:
        """Return whether the same file is still there."""
        return stamp_of(self.path) == self.stamp

    def close(self) -> None:
        """Do nothing: nothing is held open."""


class Exact:
    """A retriever by vectors; texts come from the index."""

    name = "exact"
    score_name = "inner product"

    def __init__(self, index: str) -> None:
        self.texts = bm25.open_index(index)
        folder = Path(self.texts.info.folder)
        self.current = Current(index, lambda: opened(folder), threading.RLock())

    @property
    def index(self) -> str:
        """The index."""
        return self.texts.index

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the `depth` documents whose vectors have the largest inner product with the query's; ties by id."""
        given = self.current.get()
        vector = given.queries.get(query)
        if vector is None:
            raise Problem(f"query {shown(query, 60)} has no vector, those that came with the index are the only ones")
        scores = (given.vectors @ vector).tolist()
        best = sorted(zip(scores, given.ids, strict=True), key=lambda pair: (-pair[0], pair[1]))[:depth]
        return tuple(
            replace(self.text(document), rank=rank, score=score) for rank, (score, document) in enumerate(best, 1)
        )

    def text(self, document: str) -> Candidate:
        """Return a document that has a vector."""
        found = self.texts.document(document)
        if found is None:
            raise Problem(f"document {shown(document)} has a vector but is not in index {shown(self.index)}")
        return found

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id."""
        return self.texts.document(document)


def open_index(index: str, _: Choices = DEFAULT) -> Exact:
    """Open the index of that name or in that folder with its vectors. Raises `Problem` where they do not fit."""
    return Exact(index)


def opened(folder: Path) -> Opened:
    """Open the vectors of the index in `folder` as they are now."""
    path = vectors_of(folder)
    stamp = stamp_of(path)
    ids, vectors, queries, query_vectors = read_vectors(path)
    named = dict(zip(map(str, queries), query_vectors, strict=True))
    return Opened(path, stamp, tuple(map(str, ids)), vectors, named)


def vectors_of(folder: Path) -> Path:
    """Return where the vectors of the index in `folder` lie."""
    return folder.with_name(f"{folder.name}.vectors.npz")


def read_vectors(path: Path) -> tuple[Vectors, Vectors, Vectors, Vectors]:
    """Return the file's arrays. Raises `Problem` unless each document and query has a vector of one length."""
    import numpy

    try:
        with numpy.load(path, allow_pickle=False) as arrays:
            ids, vectors, queries, query_vectors = (arrays[name] for name in ARRAYS)
    except FileNotFoundError:
        raise Problem(f"vectors {shown(str(path))} do not exist, retriever 'exact' needs them") from None
    except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
        raise Problem(f"vectors {shown(str(path))} cannot be read, give an npz file of {', '.join(ARRAYS)}") from error
    shapes = (vectors.shape, query_vectors.shape)
    length = vectors.shape[-1] if vectors.ndim else 0
    if shapes != ((len(ids), length), (len(queries), length)):
        raise Problem(
            f"vectors {shown(str(path))} do not fit together: {len(ids)} documents, {len(queries)} queries, "
            f"arrays of {shapes[0]} and {shapes[1]}"
        )
    return ids, vectors, queries, query_vectors

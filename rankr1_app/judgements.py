"""Which documents are known to be relevant: relevance judgements of a served collection, found by the query's words."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import paths
from .errors import Problem, shown
from .retrieval.indexes import DEMO
from .retrieval.qrels import read_qrels
from .retrieval.topics import read_topics

CUTOFF = 10
"""Ranks that nDCG looks at on the page."""
Grades = Mapping[str, int]


@dataclass(frozen=True)
class Judgements:
    """Grades by document, by query, of the collection in `index`; `highest` is the highest of them."""

    index: str
    queries: Mapping[str, Grades]
    highest: int

    def of(self, index: str, query: str) -> Grades:
        """Return the grades for a query, none where it was not judged."""
        return self.queries.get(plain(query), {}) if index == self.index else {}


def read(index: str, qrels: Path, topics: Path) -> Judgements:
    """Return the judgements of a collection. Raises `Problem` where qrels and topics have no topic in common."""
    grades, queries = read_qrels(qrels), read_topics(topics)
    found = {plain(queries[qid]): each for qid, each in grades.items() if qid in queries}
    if not found:
        raise Problem(
            f"no topic of qrels {shown(str(qrels))} is in topics {shown(str(topics))}: "
            f"{shown(next(iter(grades)), 40)} here, {shown(next(iter(queries), ''), 40)} there"
        )
    return Judgements(index, found, max(grade for each in found.values() for grade in each.values()))


@functools.cache
def demo() -> Judgements:
    """Return the judgements of the demo collection."""
    return read(DEMO, paths.DEMO / "qrels.txt", paths.DEMO / "topics.tsv")


def plain(query: str) -> str:
    """Return a query as it is looked up: capitals and blanks aside."""
    return " ".join(query.casefold().split())


def gain(grades: Grades, ranking: Sequence[str]) -> float:
    """Return the discounted gain of the first ranks."""
    gains = (max(0, grades.get(document, 0)) for document in ranking[:CUTOFF])
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(gains, 1))


def ideal(grades: Grades) -> float:
    """Return the gain of the best possible first ranks, by which nDCG divides."""
    return gain(grades, sorted(grades, key=lambda document: -grades[document]))

"""Candidates that another search found: a first stage for rankers that are to be compared on the same documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..events import Candidate
from .protocol import Retriever, sourced

FARTHEST = 1000
"""How far down its own list a retriever is asked for the candidates of another."""


@dataclass(frozen=True, kw_only=True)
class Among:
    """A `Retriever` over the `candidates` of the search `run`: as that one found them, or in the order of another
    retriever, `by`. What that one does not find is last, in the order given, without a place of its own."""

    run: str
    candidates: tuple[Candidate, ...]
    index: str
    found_by: str
    found_score: str
    by: Retriever | None = None

    @property
    def name(self) -> str:
        """Return the retriever whose order this is."""
        return self.by.name if self.by else self.found_by

    @property
    def score_name(self) -> str:
        """Return what a candidate's score is."""
        return self.by.score_name if self.by else self.found_score

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the candidates. Blocks where another retriever orders them."""
        if self.by is None:
            return self.candidates[:depth]
        found = self.by.search(query, FARTHEST)
        return ordered(self.candidates, sourced(found, self.by.name, self.by.score_name))[:depth]

    def document(self, document: str) -> Candidate | None:
        """Return the candidate of that id."""
        return next((each for each in self.candidates if each.id == document), None)


def ordered(candidates: Sequence[Candidate], found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates in the order in which they were found, with the scores they have there."""
    places = {each.id: each for each in found}
    first = sorted((each for each in candidates if each.id in places), key=lambda each: places[each.id].rank)
    rest = [replace(each, score=0.0, sources=()) for each in candidates if each.id not in places]
    ranked = [replace(each, score=places[each.id].score, sources=places[each.id].sources) for each in first]
    return tuple(replace(each, rank=rank) for rank, each in enumerate([*ranked, *rest], 1))

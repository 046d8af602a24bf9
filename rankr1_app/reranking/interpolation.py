"""A reranker's ranking and the first stage's, made into one: by scores from 0 to 1, by standard scores, or by ranks.

`interpolated` is a pure function; `Interpolated` is any reranker with it behind.
"""

from __future__ import annotations

import statistics
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from ..errors import Problem
from ..events import Candidate, Planned, RankSettled
from ..retrieval.fusion import RRF_K, scaled
from . import BY_RANKS as RANKS
from .protocol import Clock, Reranker, RerankEvent

Ranking = Sequence[tuple[str, float | None]]
"""Ids with their scores, best first, each once."""


def interpolated(first: Ranking, second: Ranking, method: str, weight: float) -> list[tuple[str, float]]:
    """Return every id of two rankings of the same documents with `weight` times what the first makes of it and the rest
    of 1 times what the second does, best first; where that is the same, the second decides. A document without a score
    counts as the worst of its ranking."""
    parts = parts_of(first, method), parts_of(second, method)
    order = {document: place for place, (document, _) in enumerate(second)}
    sums = {document: weight * parts[0][document] + (1 - weight) * parts[1][document] for document in order}
    return sorted(sums.items(), key=lambda pair: (-pair[1], order[pair[0]]))


def parts_of(ranking: Ranking, method: str) -> Mapping[str, float]:
    """Return what a ranking makes of each document, in numbers that can be added to those of another."""
    if method == RANKS:
        return {document: 1 / (RRF_K + rank) for rank, (document, _) in enumerate(ranking, 1)}
    scores = [score for _, score in ranking if score is not None]
    whole = [(document, min(scores, default=0.0) if score is None else score) for document, score in ranking]
    return scaled(whole) if method == "min-max" else standard(whole)


def standard(ranking: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Return scores less their mean, in standard deviations; 0 for all where they are the same."""
    scores = [score for _, score in ranking]
    mean, deviation = (statistics.fmean(scores), statistics.pstdev(scores)) if scores else (0.0, 0.0)
    return {document: (score - mean) / deviation if deviation else 0.0 for document, score in ranking}


@dataclass(frozen=True)
class Interpolated:
    """A reranker whose ranking is interpolated with the first stage, which has `weight`."""

    reranker: Reranker
    method: str
    weight: float

    @property
    def name(self) -> str:
        """Name in the catalogue."""
        return self.reranker.name

    @property
    def concurrency(self) -> int:
        """Calls the engine takes at once."""
        return self.reranker.concurrency

    def plan(self, candidates: int, k: int) -> Planned:
        """Return what the reranker reckons with."""
        return self.reranker.plan(candidates, self.ranks(candidates, k))

    def ranks(self, candidates: int, k: int) -> int:
        """Return the ranks to have settled: all of them where that costs no more calls."""
        return candidates if self.reranker.plan(candidates, candidates) == self.reranker.plan(candidates, k) else k

    async def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Let the reranker settle its ranks, then settle the best `k` of both. Raises `Problem` where scores are needed
        and there are none."""
        settled = dict[str, RankSettled]()
        inner = self.reranker.rerank(query, candidates, self.ranks(len(candidates), k), clock)
        async with aclosing(inner) as events:
            async for event in events:
                if isinstance(event, RankSettled):
                    settled[event.document] = event
                else:
                    yield event
        name = next((each.score_name for each in settled.values() if each.score_name), "")
        if settled and not name and self.method != RANKS:
            raise Problem(f"interpolation {self.method!r} needs scores, and {self.name} gives none; give {RANKS!r}")
        first = [(candidate.id, candidate.score) for candidate in candidates]
        rest = [(candidate.id, None) for candidate in candidates if candidate.id not in settled]
        second = [*((each.document, each.score) for each in settled.values()), *rest]
        kind = "rank" if self.method == RANKS else name
        score_name = f"{self.weight:g} × first stage + {1 - self.weight:g} × {kind} ({self.method})"
        for rank, (document, score) in enumerate(interpolated(first, second, self.method, self.weight)[:k], 1):
            calls = settled[document].calls if document in settled else ()
            yield RankSettled(at=clock(), rank=rank, document=document, calls=calls, score=score, score_name=score_name)

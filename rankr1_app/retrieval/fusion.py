"""One ranking from several: pure functions over rankings of ids and scores, best first, each id once in each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

FUSIONS = ("min-max", "rrf")
"""Names of the ways to fuse: by scores, and by ranks."""
Ranking = Sequence[tuple[str, float]]
RRF_K = 60
"""What is added to every rank, so that first places do not decide alone (Cormack and others, 2009)."""


def min_max(rankings: Sequence[Ranking], weights: Sequence[float]) -> list[tuple[str, float]]:
    """Return every id with the weighted sum of its scores, each ranking's brought to 0 (its worst) to 1 (its best).
    A ranking without an id adds nothing to it; one whose scores are all the same counts as 1 for each."""
    return total(
        {document: weight * score for document, score in scaled(ranking).items()}
        for ranking, weight in zip(rankings, weights, strict=True)
    )


def reciprocal_ranks(rankings: Sequence[Ranking], k: int = RRF_K) -> list[tuple[str, float]]:
    """Return every id with the sum of 1 / (k + rank) over the rankings that have it."""
    return total({document: 1 / (k + rank) for rank, (document, _) in enumerate(ranking, 1)} for ranking in rankings)


def borda(rankings: Sequence[Ranking]) -> list[tuple[str, float]]:
    """Return every id with its votes: of each ranking as many as it stands before the end, the last one 1."""
    return total(
        {document: float(len(ranking) - place) for place, (document, _) in enumerate(ranking)} for ranking in rankings
    )


def scaled(ranking: Ranking) -> dict[str, float]:
    """Return scores from 0 to 1, in the proportions of a ranking's own."""
    scores = [score for _, score in ranking]
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return {document: (score - low) / (high - low) if high > low else 1.0 for document, score in ranking}


def total(parts: Iterable[Mapping[str, float]]) -> list[tuple[str, float]]:
    """Return every id with the sum of its scores, best first, ties by id."""
    sums: dict[str, float] = {}
    for part in parts:
        for document, score in part.items():
            sums[document] = sums.get(document, 0.0) + score
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))

"""Measure how much two rankings agree. Pure functions of lists of ids, best first; the page has the same in
`agreement.js`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

PERSISTENCE = 0.9
"""How much less each rank weighs than the one above it."""


def tau(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Return Kendall's tau over the documents that both rankings have, None where these are fewer than two."""
    places = {document: place for place, document in enumerate(second)}
    shared = [places[document] for document in first if document in places]
    pairs = list(combinations(shared, 2))
    return sum(1 if one < other else -1 for one, other in pairs) / len(pairs) if pairs else None


def rbo(first: Sequence[str], second: Sequence[str], p: float = PERSISTENCE) -> float | None:
    """Return the rank-biased overlap, extrapolated from what is known of both rankings (Webber, Moffat and Zobel, TOIS
    2010, equation 32; 30 where both are of one length), None where one is empty. With `s` and `l` the lengths of the
    shorter and the longer list and `X(d)` the number of documents that both have down to rank `d`:

        (1-p)/p * (sum d=1..l X(d)/d * p^d + sum d=s+1..l X(s)(d-s)/(s*d) * p^d) + ((X(l)-X(s))/l + X(s)/s) * p^l
    """
    short, long = sorted((first, second), key=len)
    s, length = len(short), len(long)
    if not s:
        return None
    overlap = [len({*short[:d]} & {*long[:d]}) for d in range(length + 1)]
    within = sum(overlap[d] / d * p**d for d in range(1, length + 1))
    beyond = sum(overlap[s] * (d - s) / (s * d) * p**d for d in range(s + 1, length + 1))
    rest = (overlap[length] - overlap[s]) / length + overlap[s] / s
    return (1 - p) / p * (within + beyond) + rest * p**length

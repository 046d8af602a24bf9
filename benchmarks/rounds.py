"""Rounds and calls of the guessed chain over many searches: `python -m benchmarks.rounds`.

A judge that always chooses right answers every call of a round before the next begins, without a server and without a
clock, so that a hundred searches of each kind are soon counted. `benchmarks.sorts` measures the seconds of a few.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from rankr1_app.reranking.sorts import select

from .common import save
from .sorts import LIKELIHOODS, first_stage, judge

SEARCHES = 100
SIZES = ((20, 20), (50, 20), (100, 20))
"""Candidates, and documents a call."""
K = 10


def messages(documents: Sequence[str]) -> list[dict[str, str]]:
    """Return what the judge reads of some documents, numbered in this order."""
    texts = (f"[{place}] number {document.removeprefix('d')}" for place, document in enumerate(documents, 1))
    return [{"content": ""}, {"content": "\n".join(texts)}]


def answered(documents: Sequence[str], likelihoods: str) -> tuple[str, dict[str, float]]:
    """Return the best of the documents, and the probability of each where the judge tells it."""
    read = messages(documents)
    labels = {f"[{place}]": document for place, document in enumerate(documents, 1)}
    best = labels[judge(read).rpartition("<answer>")[2].removesuffix("</answer>")]
    shares = LIKELIHOODS[likelihoods]
    return best, {labels[label]: share for label, share in shares(read).items()} if shares else {}


def searched(documents: int, docs_per_call: int, likelihoods: str, seed: int) -> tuple[int, int]:
    """Return the rounds and the calls of one search, whose list must be right."""
    candidates = [each.id for each in first_stage(documents, seed).found]
    chain = select("chain", candidates, K, docs_per_call, 1)
    ranking = [each.document for each in chain.settled()]
    rounds = calls = 0
    while wanted := chain.wanted():
        rounds += 1
        calls += len(wanted)
        for comparison in wanted:
            if not chain.obsolete(comparison.documents):
                best, shares = answered(comparison.documents, likelihoods)
                chain.tell(comparison.documents, (best,), shares)
                ranking += [each.document for each in chain.settled()]
    if ranking != [f"d{value}" for value in range(documents - 1, documents - 1 - K, -1)]:
        raise SystemExit(f"seed {seed} was ranked wrongly: {ranking}")
    return rounds, calls


def row(documents: int, docs_per_call: int, likelihoods: str) -> dict[str, Any]:
    """Return the figures of many searches of one kind."""
    found = [searched(documents, docs_per_call, likelihoods, seed) for seed in range(SEARCHES)]
    rounds, calls = zip(*found, strict=True)
    return {
        "candidates": documents,
        "a call": docs_per_call,
        "likelihoods": likelihoods,
        "rounds": statistics.mean(rounds),
        "fewest": min(rounds),
        "most": max(rounds),
        "in 5 or fewer": sum(count <= 5 for count in rounds) / SEARCHES,
        "calls": statistics.mean(calls),
    }


if __name__ == "__main__":
    rows = [row(*size, likelihoods) for size in SIZES for likelihoods in LIKELIHOODS]
    note = f"Top {K} of {SEARCHES} searches each; calls that a round no longer needed are counted as asked."
    save("rounds", "python -m benchmarks.rounds", rows, [note])

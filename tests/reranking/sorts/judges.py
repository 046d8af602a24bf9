"""A perfect judge, for tests of sorts."""

from __future__ import annotations

from rankr1_app.reranking.sorts import select
from rankr1_app.reranking.sorts.protocol import Comparison, Settled


def run(
    documents: list[str], k: int, docs_per_call: int, ahead: int, sort: str = "tournament"
) -> tuple[list[Settled], list[list[Comparison]]]:
    """Ranks and rounds under a judge who prefers the larger number."""
    selection = select(sort, documents, k, docs_per_call, ahead)
    settled, rounds = list(selection.settled()), []
    while wanted := selection.wanted():
        rounds.append(wanted)
        for comparison in wanted:
            selection.tell(comparison.documents, tuple(sorted(comparison.documents, key=int, reverse=True)))
            settled += selection.settled()
    return settled, rounds

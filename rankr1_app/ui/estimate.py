"""How many calls a sort will need, found by running it on imagined documents."""

from __future__ import annotations

import functools
import random

from ..reranking.selection import select
from ..settings import SORTS

TRIES = 8


@functools.lru_cache(maxsize=256)
def expected_calls(sort: str, documents: int, k: int, docs_per_call: int, speculation: int) -> int:
    """The mean number of comparisons over a few random orders; 0 where nothing is compared."""
    if sort not in SORTS or documents < 2 or k < 1 or docs_per_call < 2:
        return 0
    return round(sum(calls(sort, documents, k, docs_per_call, speculation, seed) for seed in range(TRIES)) / TRIES)


def calls(sort: str, documents: int, k: int, docs_per_call: int, speculation: int, seed: int) -> int:
    """Comparisons for documents whose true order is a shuffle: the smallest number wins."""
    values = list(range(documents))
    random.Random(seed).shuffle(values)
    # The first stage is better than chance: half way between its order and none.
    truth = {str(place): place + value for place, value in enumerate(values)}
    selection = select(sort, list(truth), k, docs_per_call, speculation)
    count = 0
    while True:
        for _ in selection.settled():
            pass
        wanted = selection.wanted()
        if not wanted:
            return count
        count += len(wanted)
        for comparison in wanted:
            selection.tell(comparison.documents, tuple(sorted(comparison.documents, key=truth.__getitem__)))

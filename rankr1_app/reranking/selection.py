"""The sorts by name."""

from __future__ import annotations

from collections.abc import Sequence

from .ladder import ladder
from .sorting import Selection, Steps, heapsort
from .tournament import Tournament


def select(sort: str, documents: Sequence[str], k: int, docs_per_call: int, speculation: int) -> Selection:
    """The sort called `sort` (one of `settings.SORTS`) of `documents`, given in first-stage order. `speculation`
    is how many ranks a tournament looks ahead; the others know no such thing."""
    if sort == "tournament":
        return Tournament(documents, k, docs_per_call, speculation)
    if sort == "logits":
        return Steps(ladder(documents, k, docs_per_call))
    return Steps(heapsort(documents, k, docs_per_call))

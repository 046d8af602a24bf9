"""Sorts that ask which of a few documents is best. Adding one is one module and one line in `SORTS`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...tables import resolve

if TYPE_CHECKING:
    from .protocol import Selection


@dataclass(frozen=True)
class Sort:
    """A sort as the table has it: what makes it, and whether it needs all documents of a call in order instead of
    the best alone."""

    factory: str
    orders: bool = False


SORTS = {
    "tournament": Sort("rankr1_app.reranking.sorts.tournament:create"),
    "heapsort": Sort("rankr1_app.reranking.sorts.heapsort:create"),
    "logits": Sort("rankr1_app.reranking.sorts.layered:create", orders=True),
}


def select(sort: str, documents: Sequence[str], k: int, docs_per_call: int, ahead: int) -> Selection:
    """Return the sort of that name over `documents`, given in first-stage order. `ahead` is how many ranks it may
    look ahead, if it can."""
    selection: Selection = resolve(SORTS[sort].factory)(documents, k, docs_per_call, ahead)
    return selection

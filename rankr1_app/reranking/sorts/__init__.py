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
    """A sort as the table has it: what makes it, what reckons its calls (a function of documents, k, docs per call and
    ahead), whether it needs all documents of a call in order instead of the best alone, and whether it guesses from
    the probabilities of the labels."""

    factory: str
    calls: str
    orders: bool = False
    guesses: bool = False


AUTO = "auto"
"""What `--sort` says where the quickest is to be taken (`reranking/choice.py`)."""
SORTS = {
    "tournament": Sort("rankr1_app.reranking.sorts.tournament:create", "rankr1_app.reranking.estimate:tournament"),
    "chain": Sort("rankr1_app.reranking.sorts.chain:create", "rankr1_app.reranking.estimate:chain", guesses=True),
    "short-chain": Sort(
        "rankr1_app.reranking.sorts.chain:short", "rankr1_app.reranking.estimate:short_chain", guesses=True
    ),
    "heapsort": Sort("rankr1_app.reranking.sorts.heapsort:create", "rankr1_app.reranking.estimate:heapsort"),
    "logits": Sort("rankr1_app.reranking.sorts.layered:create", "rankr1_app.reranking.estimate:layered", orders=True),
}


def select(sort: str, documents: Sequence[str], k: int, docs_per_call: int, ahead: int) -> Selection:
    """Return the sort of that name over `documents`, given in first-stage order. `ahead` is how many ranks it may
    look ahead, if it can."""
    selection: Selection = resolve(SORTS[sort].factory)(documents, k, docs_per_call, ahead)
    return selection

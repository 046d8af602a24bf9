"""The order of the documents inside a call."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass

ORDERS = ("shuffled", "kept", "first-stage", "reversed")


@dataclass(frozen=True)
class Shuffle:
    """Label orders of one search, as `--order` says. They depend on seed, query, set of documents and attempt alone,
    so that neither time nor resuming changes a prompt. `first_stage` is the rank of every candidate."""

    order: str
    seed: int
    query: str
    first_stage: dict[str, int]

    def labels(self, documents: tuple[str, ...], attempt: int = 1) -> tuple[str, ...]:
        """Return the documents in label order. A repeated call gets another order."""
        dice = self.dice(*documents)
        match self.order:
            case "first-stage":
                order = sorted(documents, key=self.first_stage.__getitem__)
            case "reversed":
                # Who leaves next stands last most of the time, so that nearly all of a prompt was sent before.
                order = sorted(documents, key=self.first_stage.__getitem__, reverse=True)
            case "kept":
                # One shuffle for the whole search: what a call shares with an earlier one stands first in both.
                order = sorted(documents, key=self.places.__getitem__)
            case _:
                order = list(documents)
                dice.shuffle(order)
        for _ in range(attempt - 1 if len(order) > 1 else 0):
            # A rotation moves every document to another label, whatever the first order was.
            turn = dice.randrange(1, len(order))
            order = order[turn:] + order[:turn]
        return tuple(order)

    def dice(self, *documents: str) -> random.Random:
        """Return chance that is the same each time."""
        key = "\n".join([str(self.seed), self.query, *documents])
        return random.Random(key.encode("utf-8", "replace"))

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """Place of every candidate in one shuffle of all."""
        every = list(self.first_stage)
        self.dice().shuffle(every)
        return {document: place for place, document in enumerate(every)}

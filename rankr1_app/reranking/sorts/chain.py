"""Selecting the best by guessing the whole chain: what speculative decoding does with tokens, done with ranks.

Plain selection asks which document is best, takes it away, and asks again: every call waits for the one before. But
an answer says more than its choice. From the shares of its labels, earlier answers and the first stage the next
winners are guessed (`guess.Strengths`), and the calls of the whole guessed chain are asked at once. Each of them is
one that plain selection asks if the guess holds; ranks settle as far as it did, and the rest is guessed anew. The
result is that of plain selection, whatever was guessed.

The bracket has as few groups as there can be: with good guesses, one long call tells more than several short ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .guess import Strengths
from .protocol import Comparison, Order
from .tournament import Bracket, Group, Tournament, deal, without


@dataclass
class Chain(Tournament):
    """Top `k` of `documents`, given in first-stage order, with guesses if `ahead` is above 0. A `Selection`."""

    strengths: Strengths = field(init=False)

    def __post_init__(self) -> None:
        self.bracket = deal(self.documents, math.ceil(len(self.documents) / self.docs_per_call), self.docs_per_call)
        self.strengths = Strengths(self.documents)

    def tell(self, documents: Sequence[str], order: Order, shares: Mapping[str, float] | None = None) -> None:
        """Take in the winner of a comparison, and what its answer says of the others."""
        super().tell(documents, order)
        self.strengths.tell(documents, order[0], shares or {})

    def wanted(self, room: int | None = None) -> list[Comparison]:
        """Return what is missing for this rank, then the rest of the guessed chain as far as it fits into `room`.
        Before the first answer nothing is guessed."""
        if not self.bracket or len(self.gone) >= self.k:
            return []
        needed = {frozenset(c.documents): c for c in self.missing(self.bracket, len(self.gone) + 1, final=True)}
        if not self.ahead or not self.known:
            return list(needed.values())
        further = {frozenset(c.documents): c for c in self.chain()}
        guessed = [comparison for key, comparison in further.items() if key not in needed]
        return [*needed.values(), *guessed[: None if room is None else max(0, room - len(needed))]]

    def chain(self) -> Iterator[Comparison]:
        """Yield the comparisons that selection asks from here on if every guess holds, in its order."""
        bracket: Bracket | None = self.bracket
        for rank in range(len(self.gone) + 1, self.k + 1):
            if bracket is None:
                return
            comparisons: list[Comparison] = []
            best = self.guess(bracket, rank, comparisons)
            yield from comparisons
            bracket = without(bracket, best)

    def guess(self, part: Bracket, rank: int, comparisons: list[Comparison]) -> str:
        """Return the best document of a part: the one that is known, else the strongest. What would have to be asked
        for it is added to `comparisons`."""
        if isinstance(part, Group):
            documents, purpose = part.documents, f"guessing ahead to the next best of group {part.number}"
        else:
            documents = tuple(self.guess(each, rank, comparisons) for each in part.parts)
            purpose = f"guessing ahead to rank {rank}"
        if (winner := self.winner(documents)) is not None:
            return winner
        comparisons.append(Comparison(documents, purpose))
        return self.strengths.best(documents)


def create(documents: Sequence[str], k: int, docs_per_call: int, ahead: int) -> Chain:
    """Return the sort as a `Selection` that guesses if `ahead` is above 0."""
    return Chain(documents, k, docs_per_call, ahead)

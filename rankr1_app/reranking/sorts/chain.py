"""Selecting the best by guessing the whole chain: what speculative decoding does with tokens, done with ranks.

Plain selection asks which document is best, takes it away, and asks again: every call waits for the one before. But
an answer says more than its choice. From the shares of its labels, from who won before, and from the first stage many
orders are drawn that the documents may have (`guess.Guesses`). Each order says which calls plain selection would ask
from here on; a call is worth as much as there are orders that need it, and the calls most worth asking are asked at
once. Ranks settle as far as the answers go, and the rest is guessed anew. The result is that of plain selection,
whatever was guessed.

Groups are dealt in turn, so their calls say nothing of how the best of one stand to those of another. Where there is
room the first round therefore compares neighbours of the first stage, too, across the groups: that settles no rank, and
saves more calls by better guesses than it takes (`benchmarks/rounds.py`).

The bracket of `chain` has as few groups as there can be: with good guesses, one long call tells more than several short
ones, where reading costs little. Where it costs most, `short` asks calls of few documents: the longest call of a round
is short, and a document that leaves is missed by few others.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .guess import Guesses
from .protocol import Comparison, Order, Settled
from .tournament import Bracket, Group, Tournament, deal, without

ROUND = 20
"""Calls of a round, at most, where some of them are guesses."""
FURTHEST = 3 * ROUND
"""Calls that each order is followed for."""
WORTH = 0.03
"""Part of the orders that need a call worth asking where there is room for it."""
SURE = 0.6
"""Part of the orders that need a call worth asking where there is no room: it will most likely have to be asked."""
SHORT = 5
"""Documents of a short call, at most."""


Guessed = dict[int, tuple[Bracket, str]]
"""Parts of a bracket by their identity, each with its best as guessed."""


@dataclass
class Chain(Tournament):
    """Top `k` of `documents`, given in first-stage order, with guesses if `ahead` is above 0. A `Selection`."""

    guesses: Guesses = field(init=False)
    deciding: set[frozenset[str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.bracket = deal(self.documents, math.ceil(len(self.documents) / self.docs_per_call), self.docs_per_call)
        self.guesses = Guesses(self.documents)

    def tell(self, documents: Sequence[str], order: Order, shares: Mapping[str, float] | None = None) -> None:
        """Take in the winner of a comparison, and what its answer says of the others."""
        super().tell(documents, order)
        self.guesses.tell(documents, order[0], shares or {})

    def settled(self) -> Iterator[Settled]:
        """Yield the ranks that what is known decides."""
        for each in super().settled():
            self.deciding.update(each.through or ())
            yield each

    def wanted(self, room: int | None = None) -> list[Comparison]:
        """Return what is missing for this rank, then guesses, those most worth asking first: as many as `room` leaves,
        and those that are as good as sure. Where there is no room at all, the first rank waits for nothing else. Before
        the first answer nothing is guessed, but neighbours are compared."""
        if not self.bracket or len(self.gone) >= self.k:
            return []
        needed = {frozenset(c.documents): c for c in self.missing(self.bracket, len(self.gone) + 1, final=True)}
        if not self.ahead or self.k == 1:
            return list(needed.values())
        if not self.winners:
            return [*needed.values(), *self.neighbours()[: None if room is None else max(0, room - len(needed))]]
        worth, further = self.worth()
        guessed = [(key, c) for key, c in further.items() if key not in needed and worth[key] >= WORTH]
        guessed.sort(key=lambda pair: -worth[pair[0]])
        most = min(ROUND, ROUND if room is None else room) - len(needed)
        sure = SURE if self.gone or room else math.inf
        return [
            *needed.values(),
            *(c for place, (key, c) in enumerate(guessed) if place < most or (worth[key] >= sure and place < ROUND)),
        ]

    def neighbours(self) -> list[Comparison]:
        """Return calls of documents that stand together in the first stage: half as many as there are groups, from the
        top. None where there is only one group."""
        size, places = self.docs_per_call, {document: place for place, document in enumerate(spread(self.bracket))}
        return [
            Comparison(
                tuple(sorted(self.documents[start : start + size], key=places.__getitem__)),
                f"comparing {start + 1} to {start + size} of the first stage, to guess from",
            )
            for start in range(0, size * (math.ceil(len(self.documents) / size) // 2), size)
        ]

    def worth(self) -> tuple[dict[frozenset[str], float], dict[frozenset[str], Comparison]]:
        """Return the calls that the orders need from here on, and of each the part of the orders that need it."""
        counts: Counter[frozenset[str]] = Counter()
        calls: dict[frozenset[str], Comparison] = {}
        for order in self.guesses.orders(self.evidence(), self.gone):
            for comparison in itertools.islice(self.chain(order), FURTHEST):
                key = frozenset(comparison.documents)
                counts[key] += 1
                calls.setdefault(key, comparison)
        return {key: count / self.guesses.drawn for key, count in counts.items()}, calls

    def evidence(self) -> list[frozenset[str]]:
        """Return the calls whose answers guesses may rest on: those that decided ranks, and those among documents that
        are left. Any other may have been cancelled or not, as time would have it."""
        return [key for key in self.winners if key in self.deciding or self.gone.isdisjoint(key)]

    def chain(self, order: Mapping[str, float]) -> Iterator[Comparison]:
        """Yield the comparisons that selection has to ask from here on if the documents have this order, in turn."""
        bracket: Bracket | None = self.bracket
        guessed: Guessed = {}
        for rank in range(len(self.gone) + 1, self.k + 1):
            if bracket is None:
                return
            comparisons: list[Comparison] = []
            best = self.guess(bracket, rank, order, comparisons, guessed)
            yield from comparisons
            bracket = without(bracket, best)

    def guess(
        self,
        part: Bracket,
        rank: int,
        order: Mapping[str, float],
        comparisons: list[Comparison],
        guessed: Guessed,
    ) -> str:
        """Return the best document of a part: the one that is known, else the strongest. What would have to be asked
        for it is added to `comparisons`. Parts that nobody left are `guessed` once."""
        if id(part) in guessed:
            return guessed[id(part)][1]
        if isinstance(part, Group):
            documents = part.documents
            purpose = (
                f"guessing ahead to {f'rank {rank}' if self.one_group else f'the next best of group {part.number}'}"
            )
        else:
            documents = tuple(self.guess(each, rank, order, comparisons, guessed) for each in part.parts)
            purpose = f"guessing ahead to rank {rank}"
        if (best := self.winner(documents)) is None:
            comparisons.append(Comparison(documents, purpose))
            best = max(documents, key=order.__getitem__)
        guessed[id(part)] = (part, best)
        return best


def spread(part: Bracket | None) -> Iterator[str]:
    """Yield the documents of a part in the order in which finals hold them."""
    if isinstance(part, Group):
        yield from part.documents
    elif part:
        for each in part.parts:
            yield from spread(each)


def create(documents: Sequence[str], k: int, docs_per_call: int, ahead: int) -> Chain:
    """Return the sort as a `Selection` that guesses if `ahead` is above 0."""
    return Chain(documents, k, docs_per_call, ahead)


def short(documents: Sequence[str], k: int, docs_per_call: int, ahead: int) -> Chain:
    """Return the sort in short calls."""
    return Chain(documents, k, min(SHORT, docs_per_call), ahead)

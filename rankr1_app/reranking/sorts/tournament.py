"""Selecting the best by a knock-out: few rounds of calls that run at once, instead of few calls.

The candidates are dealt over groups. A group's best is one comparison, the best of all is a final between
the groups' best. Once a rank is settled its document leaves, and only its group and the final are asked
again; by then the group's next best is known, because it was asked for while the final was running. With
`ahead` the next finals are asked at the same time too, one for every document that may win this one, so that
several ranks settle in a round at the price of answers that turn out not to be needed.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .protocol import Comparison, Order, Settled


@dataclass(frozen=True)
class Group:
    """Documents that fit in one call. `number` counts from 1."""

    documents: tuple[str, ...]
    number: int


@dataclass(frozen=True)
class Final:
    """A comparison between the best of each part; `rank` is 0 where it is not the last one."""

    parts: tuple[Bracket, ...]


Bracket = Group | Final


def create(documents: Sequence[str], k: int, docs_per_call: int, ahead: int) -> Tournament:
    """Return the sort as a `Selection` that looks `ahead` ranks further."""
    return Tournament(documents, k, docs_per_call, ahead)


@dataclass
class Tournament:
    """Top `k` of `documents`, given in first-stage order. A `Selection`."""

    documents: Sequence[str]
    k: int
    docs_per_call: int
    ahead: int
    winners: dict[frozenset[str], str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.bracket = bracket(self.documents, self.docs_per_call)

    def settled(self) -> Iterator[Settled]:
        """Yield the ranks that what is known decides."""
        while self.bracket and len(self.gone) < self.k and (best := self.best(self.bracket)) is not None:
            through = tuple(self.path(self.bracket, best))
            self.bracket = without(self.bracket, best)
            self.gone.add(best)
            yield Settled(len(self.gone), best, through)

    def tell(self, documents: Sequence[str], order: Order, shares: Mapping[str, float] | None = None) -> None:
        """Take in the winner of a comparison; shares are not looked at."""
        self.winners[frozenset(documents)] = order[0]

    def obsolete(self, documents: Sequence[str]) -> bool:
        """Return True once one of the documents is ranked, or all ranks are settled."""
        return len(self.gone) >= self.k or not self.gone.isdisjoint(documents)

    def wanted(self, room: int | None = None) -> list[Comparison]:
        """Return what to ask now: what is missing for this rank and the groups of the next one, then what is asked
        ahead, as far as all of it fits into `room`."""
        needed = self.missing_ahead(0)
        further = [c for key, c in self.missing_ahead(self.ahead).items() if key not in needed]
        return [*needed.values(), *further[: None if room is None else max(0, room - len(needed))]]

    def missing_ahead(self, ahead: int) -> dict[frozenset[str], Comparison]:
        """Return what is missing, the most needed first, for finals up to `ahead` ranks further and groups one more."""
        found: dict[frozenset[str], Comparison] = {}
        level = [self.bracket] if self.bracket else []
        for further in range(min(ahead + 2, self.k - len(self.gone))):
            for each in level:
                for comparison in self.missing(each, len(self.gone) + 1 + further, final=further <= ahead):
                    found.setdefault(frozenset(comparison.documents), comparison)
            following = [without(each, document) for each in level for document in self.possible(each)]
            level = list(dict.fromkeys(each for each in following if each))
        return found

    def best(self, part: Bracket) -> str | None:
        """Return the best document of a part, if the answers so far tell."""
        if isinstance(part, Group):
            return self.winner(part.documents)
        heads = [self.best(each) for each in part.parts]
        return self.winner([head for head in heads if head]) if all(heads) else None

    def path(self, part: Bracket, document: str) -> Iterator[frozenset[str]]:
        """Yield the comparisons that `document` won on its way to the top of `part`, the last one last."""
        if isinstance(part, Group):
            documents = part.documents
        else:
            for each in part.parts:
                if self.best(each) == document:
                    yield from self.path(each, document)
            documents = tuple(head for each in part.parts if (head := self.best(each)))
        if len(documents) > 1:
            yield frozenset(documents)

    def winner(self, documents: Sequence[str]) -> str | None:
        """Return the winner of a comparison, if it was made. A group of one is won by its only document."""
        return documents[0] if len(documents) == 1 else self.winners.get(frozenset(documents))

    def missing(self, part: Bracket, rank: int, *, final: bool) -> Iterator[Comparison]:
        """Yield the comparisons that can be asked now and are needed for the best of `part`."""
        if isinstance(part, Group):
            if self.best(part) is None:
                purpose = self.purpose(rank) if self.one_group else f"best of group {part.number}"
                yield Comparison(part.documents, purpose)
            return
        heads = [self.best(each) for each in part.parts]
        if not all(heads):
            for each in part.parts:
                yield from self.missing(each, rank, final=True)
        elif final and self.best(part) is None:
            yield Comparison(tuple(head for head in heads if head), self.purpose(rank))

    @property
    def one_group(self) -> bool:
        """Whether all documents that are left fit in one call, so that a group's best is that of all."""
        return isinstance(self.bracket, Group)

    def purpose(self, rank: int) -> str:
        """Return why the comparison is made that decides a rank."""
        return f"finding rank {rank}" if rank == len(self.gone) + 1 else f"speculative: rank {rank}"

    def possible(self, part: Bracket) -> list[str]:
        """Return the documents that may turn out best: the one known to be, or every head of the last comparison."""
        if best := self.best(part):
            return [best]
        if isinstance(part, Group):
            return []
        heads = [self.best(each) for each in part.parts]
        return [head for head in heads if head] if all(heads) else []


def bracket(documents: Sequence[str], docs_per_call: int) -> Bracket | None:
    """Deal the documents over groups; dealing in turn gives each its share of good ones."""
    return deal(documents, group_count(len(documents), docs_per_call), docs_per_call)


def group_count(documents: int, docs_per_call: int) -> int:
    """Return how many groups so many documents make. Few groups make few calls, but up to four, of five or more, make
    the longest call of a round short."""
    return max(math.ceil(documents / docs_per_call), min(4, math.ceil(documents / 5)))


def deal(documents: Sequence[str], groups: int, docs_per_call: int) -> Bracket | None:
    """Deal the documents in turn over so many groups, and the groups over finals until one is left."""
    if not documents:
        return None
    level: list[Bracket] = [Group(tuple(documents[place::groups]), place + 1) for place in range(groups)]
    while len(level) > 1:
        many = math.ceil(len(level) / docs_per_call)
        level = [Final(tuple(level[place::many])) for place in range(many)]
    return level[0]


def without(part: Bracket, document: str) -> Bracket | None:
    """Return `part` when `document` has left it: itself where it was not there."""
    if isinstance(part, Group):
        if document not in part.documents:
            return part
        left = tuple(each for each in part.documents if each != document)
        return Group(left, part.number) if left else None
    parts = tuple(each for each in (without(each, document) for each in part.parts) if each)
    if len(parts) == len(part.parts) and all(map(operator.is_, parts, part.parts)):
        return part
    return (parts[0] if len(parts) == 1 else Final(parts)) if parts else None

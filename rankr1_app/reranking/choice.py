"""Which sort is the quickest here: a model of what calls cost, and what each sort asks by it.

Seconds of a search are those of its rounds, of the calls beside the first of each round, and of the documents read.
What a sort needs of these was counted on imagined documents (`tests/reranking/test_choice.py` counts again).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from .estimate import expected_calls
from .sorts.chain import SHORT
from .sorts.tournament import group_count

DOCUMENT = 160
"""Tokens of a document in a prompt, roughly."""


@dataclass(frozen=True)
class Costs:
    """What calls take on an engine: seconds of a call `alone` besides reading, of each one more `beside` it, of reading
    a `token`, and of `writing` for each document of a call, which calls at once share; whether there is `room` for
    most of a round of calls that may not matter, and whether it `tells` how likely each label was."""

    alone: float
    beside: float
    token: float
    room: bool
    tells: bool = True
    writing: float = 0.0

    def __str__(self) -> str:
        """Say them in words, as `rankr1 doctor --calibrate` does."""
        writing = f" and {self.writing:.3g} s for each of its documents" if self.writing else ""
        reading = f"{1 / self.token:,.0f} tokens read a second" if self.token else "reading takes no time"
        room, tells = "room" if self.room else "no room", "told" if self.tells else "not told"
        return (
            f"{self.alone:.3g} s alone{writing}, {self.beside:.3g} s more for each beside it, {reading}, {room} for "
            f"guesses, probabilities of labels are {tells}"
        )


INSIDE = Costs(alone=0.1, beside=0.05, token=0.0009, room=False)
"""Costs of an engine in this process until they are measured: the bundled model on two cores."""
PROCESSOR = Costs(alone=0.1, beside=0.02, token=0.00026, room=False, writing=0.12)
"""Costs of a server that computes on a processor: the bundled model, which writes of every document, on two cores."""
SERVER = Costs(alone=2.0, beside=0.02, token=0.00005, room=True)
"""Costs of any other: a server with a GPU."""


@dataclass(frozen=True)
class Effort:
    """What a sort asks for: `calls`, `rounds` of them that wait for each other, `documents` read, and the documents of
    the `longest` call."""

    calls: float
    rounds: float
    documents: float
    longest: float = 0.0

    def seconds(self, costs: Costs, *, waiting: bool = True) -> float:
        """Return what it takes. Where many searches run at once nobody waits for a round: only work counts."""
        rounds = self.rounds if waiting else 0
        reading = self.documents * DOCUMENT * costs.token
        alone = costs.alone + self.longest * costs.writing
        return rounds * alone + (self.calls - rounds) * costs.beside + reading


def choose(costs: Costs, documents: int, k: int, docs_per_call: int, ahead: int, *, waiting: bool = True) -> str:
    """Return the name of the sort that takes the least time, of those whose list is exact."""
    found = efforts(costs, documents, k, docs_per_call, ahead)
    return min(found, key=lambda each: each[1].seconds(costs, waiting=waiting))[0]


def efforts(costs: Costs, documents: int, k: int, docs_per_call: int, ahead: int) -> Iterator[tuple[str, Effort]]:
    """Yield what each sort asks for, the preferred one first."""
    k = max(1, min(k, documents))
    yield "chain", chain(costs, documents, k, docs_per_call, ahead)
    if docs_per_call > SHORT:
        yield "short-chain", chain(costs, documents, k, SHORT, ahead)
    groups = group_count(documents, docs_per_call)
    further = ahead if costs.room else 0
    calls = expected_calls("tournament", documents, k, docs_per_call, further)
    rounds = k if groups == 1 else levels(groups, docs_per_call) + math.ceil((k - 1) / (further + 1))
    documents_read = read(documents, k, docs_per_call, groups, calls, calls)
    yield "tournament", Effort(calls, min(rounds, calls), documents_read, documents / groups)


def chain(costs: Costs, documents: int, k: int, docs_per_call: int, ahead: int) -> Effort:
    """Return what a chain of calls of so many documents asks for."""
    groups = math.ceil(documents / docs_per_call)
    plain = expected_calls("chain", documents, k, docs_per_call, 0)
    depth = levels(groups, docs_per_call)
    rounds, calls = guessed(costs, groups, depth, k, plain) if ahead else (min(depth, 2) * k, plain)
    documents_read = read(documents, k, docs_per_call, groups, plain, calls)
    return Effort(calls, min(rounds, calls), documents_read, documents / groups)


def guessed(costs: Costs, groups: int, depth: int, k: int, plain: float) -> tuple[float, float]:
    """Return the rounds and calls of a chain with guesses over so many groups and levels, counted for ten ranks."""
    part = k / 10
    if costs.room and costs.tells:
        return depth + (1 if groups == 1 else 0.08 * groups) * part, plain * (1 if groups == 1 else 1.1 + 0.03 * groups)
    if costs.room:
        return 1 + 3.2 * part + 0.06 * groups, plain + 35 * part + 1.2 * groups
    if costs.tells:
        return depth + (1 if groups == 1 else 2 + 0.35 * groups) * part, plain * 1.05
    return depth + 9 * part, plain * 1.1


def read(documents: int, k: int, docs_per_call: int, groups: int, plain: float, calls: float) -> float:
    """Return the documents read: by all groups, by the finals, by groups whose best has left, and in vain by calls
    beyond those of `plain` selection."""
    if groups == 1:
        return (calls / max(1, k)) * sum(documents - gone for gone in range(k))
    size, finals = documents / groups, min(groups, docs_per_call)
    again = max(0.0, plain - groups - k)
    return documents + 0.87 * k * finals + 0.9 * size * again + (calls - plain) * (0.8 * size + finals) / 2


def levels(groups: int, docs_per_call: int) -> int:
    """Return the rounds to the first rank."""
    found = 1
    while groups > 1:
        groups = math.ceil(groups / docs_per_call)
        found += 1
    return found

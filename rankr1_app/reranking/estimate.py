"""How many calls a search will take, by a closed form for each sort.

The closed forms were fitted to sorts of imagined documents whose order is half way between the first stage's and none;
tests run such sorts and compare.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

from ..tables import resolve
from .sorts import SORTS
from .sorts.chain import SHORT
from .sorts.layered import advancing
from .sorts.tournament import group_count

GUESSES = 1.2
"""Calls of a chain of good guesses, of those that plain selection makes."""


def expected_calls(sort: str, documents: int, k: int, docs_per_call: int, ahead: int) -> int:
    """Return the mean number of calls to reckon with, by the closed form of the sort; 0 where nothing is compared."""
    if sort not in SORTS or documents < 2 or k < 1 or docs_per_call < 2:
        return 0
    reckon: Callable[[int, int, int, int], float] = resolve(SORTS[sort].calls)
    return round(reckon(documents, min(k, documents), docs_per_call, ahead))


def tournament(documents: int, k: int, docs_per_call: int, ahead: int) -> float:
    """Return the calls of a tournament: groups, what lies between, and finals."""
    # Every head's next best is asked for beforehand, and once more for each document that leaves.
    early = 0 if k == 1 else max(1, min(ahead + 1, k - 2))
    return bracketed(documents, k, docs_per_call, ahead, group_count(documents, docs_per_call), early)


def chain(documents: int, k: int, docs_per_call: int, ahead: int) -> float:
    """Return the calls of plain selection over as few groups as there can be; guesses that do not hold come on
    top."""
    plain = bracketed(documents, k, docs_per_call, 0, math.ceil(documents / docs_per_call), early=0)
    return plain * GUESSES if ahead else plain


def short_chain(documents: int, k: int, docs_per_call: int, ahead: int) -> float:
    """Return the calls of a chain of short ones."""
    return chain(documents, k, min(SHORT, docs_per_call), ahead)


def bracketed(documents: int, k: int, docs_per_call: int, ahead: int, groups: int, early: int) -> float:
    """Return the calls of a bracket: groups, what lies between, and finals. The next best of every head is asked for
    `early` times beforehand."""
    levels = [groups]
    while levels[-1] > 1:
        levels.append(math.ceil(levels[-1] / docs_per_call))
    if levels[0] == 1:
        return min(k, documents - 1)
    heads = levels[-2]
    next_best = min(documents - 2 * levels[0], heads * early + max(0, k - 1 - early))
    groups = min(levels[0], documents - levels[0]) + max(0, next_best)
    between = sum(
        middle(documents, k, below, level, heads * min(ahead, k - 1))
        for below, level in itertools.pairwise(levels[:-1])
    )
    return groups + between + finals(documents, k, heads, ahead)


def middle(documents: int, k: int, below: int, level: int, early: int) -> float:
    """Return the calls of a level between groups and finals, which joins `below` parts in `level` ones."""
    others, size = below / level - 1, documents / below
    again = [1 - math.pow(1 - left(documents, gone, size), others) for gone in range(1, k)]
    return min(level, below - level) + sum(again) + 0.25 * early * sum(again[:1])


def finals(documents: int, k: int, heads: int, ahead: int) -> float:
    """Return the calls of the finals. With `ahead` each round settles so many ranks more, and asks a final for every
    document that may win one."""
    calls, gone = 1.0, 1
    while gone < k:
        share = left(documents, gone, documents / heads)
        live, ranks = max(1.0, heads * share), min(ahead + 1, k - gone)
        expected = sum([1.0, live if live > 1 else 0.0, live * (live - 1) / 2][:ranks])
        calls += expected * (1 - (1 - share) ** (heads - 1))
        gone += ranks
    return calls


def left(documents: int, gone: int, size: float) -> float:
    """Return the probability that of `size` documents one is left when `gone` of all have left."""
    return 1 - math.pow(gone / documents, size)


def heapsort(documents: int, k: int, docs_per_call: int, ahead: int) -> float:
    """Return the calls of a heapsort: building the heap, and mending it after every rank but the last."""
    children = docs_per_call - 1
    if children == 1:
        # A heap of one child each is a list, sorted by insertion: half of what a random order takes, and then to the
        # end of the list for every rank.
        build = documents * documents / 8 + 0.9 * (documents - 1)
        return build + sum(documents - rank for rank in range(2, k + 1))
    build = math.ceil((documents - 1) / children) * (1 + 0.95 / children)
    return build + sum(sift(documents - rank + 1, children) for rank in range(2, k + 1))


def sift(size: int, children: int) -> float:
    """Return the calls that sift the last of `size` documents down from the top."""
    if size < 2:
        return 0.0
    height, first, seen = 0, 1, 1
    while seen + first * children <= size:
        first *= children
        seen += first
        height += 1
    lowest = size - seen
    inner = math.ceil(lowest / children)
    # The way down leads to nodes with children more often than they are many: good documents stand in them.
    return height + (inner / first + (lowest + inner) / (lowest + first)) / 2


def layered(documents: int, k: int, docs_per_call: int, ahead: int) -> float:
    """Return the calls of a layered sort: as many climbs as finals are needed for `k` ranks."""
    remaining, rank, calls, again = documents, 0, 0.0, 1.0
    while remaining > 0 and rank < k:
        level = remaining
        while (groups := math.ceil(level / docs_per_call)) > 1:
            calls += min(groups, level - groups) * again
            level = min(level, groups * min(advancing(groups, docs_per_call), math.ceil(level / groups) - 1))
        calls += min(1, level - 1) * again
        rank += level
        remaining -= level
        # Small groups come back as they were in the climb before, and are not asked again.
        again = 1 - 2.8 / math.pow(docs_per_call, 3)
    return calls

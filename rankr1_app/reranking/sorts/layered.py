"""Top k from whole orders, such as label probabilities give: groups, then a final.

Groups are ordered at once, the first of each meet in a final, and the order of the final is the ranking: the
top 10 of 100, 20 a call, in two rounds. It is an approximation, since a document that its group's order puts
behind the ones that went on never meets those of other groups.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence

from .protocol import Comparison, Order, Round, Settled, Sort, Steps

Answers = dict[frozenset[str], Order]


def create(documents: Sequence[str], k: int, docs_per_call: int, ahead: int) -> Steps:
    """Return the sort as a `Selection`. It never looks ahead."""
    return Steps(layered(documents, k, docs_per_call))


def layered(documents: Sequence[str], k: int, docs_per_call: int) -> Sort:
    """Settle the top `k`. Where a final has fewer than `k` documents, the rest goes through again."""
    left, rank = list(documents), 0
    answers: Answers = {}
    while left and rank < min(k, len(documents)):
        final, through = yield from climb(left, docs_per_call, answers)
        for document in final[: k - rank]:
            rank += 1
            yield Settled(rank, document, tuple(comparison for comparison in through if document in comparison))
        left = [document for document in left if document not in final]


def climb(
    documents: Sequence[str], docs_per_call: int, answers: Answers
) -> Generator[Round | Settled, list[Order] | None, tuple[Order, list[frozenset[str]]]]:
    """Yield the order of a final between the first of each group, and all comparisons that led to it."""
    level, through = list(documents), list[frozenset[str]]()
    while True:
        many = math.ceil(len(level) / docs_per_call)
        groups = [tuple(level[place::many]) for place in range(many)]
        purpose = "ordering the final" if many == 1 else "ordering group {}"
        missing = [
            Comparison(group, purpose.format(number))
            for number, group in enumerate(groups, 1)
            if len(group) > 1 and frozenset(group) not in answers
        ]
        if missing:
            orders = yield Round(tuple(missing))
            assert orders is not None
            answers |= {frozenset(c.documents): order for c, order in zip(missing, orders, strict=True)}
        through += [frozenset(group) for group in groups if len(group) > 1]
        ordered = [answers.get(frozenset(group), group) for group in groups]
        if many == 1:
            return ordered[0], through
        # Somebody has to stay behind, or the level would come back as it was.
        level = list(heads(ordered, min(advancing(many, docs_per_call), len(groups[0]) - 1)))


def advancing(groups: int, docs_per_call: int) -> int:
    """Return how many of each group go on: as many as fit in a final; with too many groups for that a few, which
    meet in groups again."""
    return (
        docs_per_call // groups if groups <= docs_per_call // 2 else min(docs_per_call - 1, max(2, docs_per_call // 4))
    )


def heads(orders: Sequence[Order], keep: int) -> Iterator[str]:
    """Yield the first of every group, then the second of every group, and so on."""
    for place in range(keep):
        for order in orders:
            if place < len(order):
                yield order[place]

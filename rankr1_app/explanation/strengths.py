"""How strong the words of an answer make each document: what they say of its scores and of the query's words in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .claims import LINE, STATEMENT
from .weighing import DISMISSED, SCORES, Case, differences, value

NOTHING = Case(words=0, meaning=0)
"""What stands for a document of which an answer says only that nothing speaks for it."""


def strengths(answer: str) -> Mapping[str, float]:
    """Return by label the strength of each document that `answer` weighs as `rank-r1-nano` does; empty for the answers
    of other models, and for one that does not speak of its documents one by one."""
    cases: dict[str, Case] = {}
    for line in answer.splitlines():
        if dismissed := DISMISSED.match(line):
            cases |= {label: cases.get(label, NOTHING) for label in re.findall(r"\[\d+\]", dismissed[1])}
        elif (found := LINE.match(line)) and (scores := SCORES.search(found[2])):
            words = [(each[1].casefold(), each[2]) for each in STATEMENT.finditer(found[2])]
            has = frozenset(word for word, phrase in words if phrase != "is missing")
            cases[found[1]] = Case(value(scores[1]), value(scores[2]), has, len(dict(words)))
    return {label: strength(case) for label, case in cases.items()}


def strength(case: Case) -> float:
    """Return by how much a document is stronger than one for which nothing speaks."""
    return sum(differences(case, NOTHING).values())

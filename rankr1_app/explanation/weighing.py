"""How `rank-r1-nano` says that one document speaks better to a query than another, found and checked.

Of each document it says which words of the query it has and what the first stage knows of it, and compares it with the
best one so far. What it says decides: the comparison can be made again from the words of the answer.

    [1] bread is there, dough is missing, words .62, meaning .31: it comes first.
    [2] bread comes early, dough is there, words .55, meaning .58: nearer in meaning than [1], so it leads.
    [3], [4]: none of the words, and far in meaning.
    The choice is [2], which beats [1]: nearer in meaning.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Reason = Literal["meaning", "words", "share", "even"]

WEIGHTS: Mapping[Reason, float] = {"meaning": 8.0, "words": 2.2, "share": 0.35}
"""What each counts: closeness in meaning and share of the best BM25 score, both from 0 to 1, and the share of the
query's words that a document has. Fitted on nfcorpus's training topics (the model's card)."""
FAR = 25
"""Hundredths of closeness in meaning below which a document is far."""
BETTER: Mapping[Reason, str] = {
    "meaning": "nearer in meaning",
    "words": "stronger in words",
    "share": "more of the words",
}
WORSE: Mapping[Reason, str] = {
    "meaning": "less near in meaning",
    "words": "weaker in words",
    "share": "fewer of the words",
    "even": "no better",
}


@dataclass(frozen=True)
class Case:
    """What is said of a document: hundredths of the best BM25 score and of closeness in meaning, None where not known,
    and, of the words `looked_up`, those it `has`."""

    words: int | None = None
    meaning: int | None = None
    has: frozenset[str] = field(default_factory=frozenset)
    looked_up: int = 0

    @property
    def nothing(self) -> bool:
        """Return whether nothing speaks for the document."""
        return not self.has and self.meaning is not None and self.meaning < FAR


def differences(one: Case, other: Case) -> dict[Reason, float]:
    """Return by how much each thing speaks for `one` and against `other`; what is not known counts nothing."""
    return {
        "meaning": WEIGHTS["meaning"] * ((one.meaning or 0) - (other.meaning or 0)) / 100,
        "words": WEIGHTS["words"] * ((one.words or 0) - (other.words or 0)) / 100,
        "share": WEIGHTS["share"] * (len(one.has) - len(other.has)) / max(1, one.looked_up, other.looked_up),
    }


def compare(one: Case, other: Case) -> tuple[bool, Reason]:
    """Return whether `one` speaks better to the query than `other`, and what decides most."""
    every = differences(one, other)
    ahead = round(sum(every.values()), 9) > 0
    sign = 1 if ahead else -1
    reason = max(every, key=lambda each: sign * every[each])
    return ahead, reason if sign * every[reason] > 0 else "even"


NUMBER = r"(?:\.\d\d|1\.00|none)"
SCORES = re.compile(rf"\bwords ({NUMBER}), meaning ({NUMBER}):")
NO_WORDS = re.compile(r"\bnone of the words, words\b")
COMPARED = re.compile(rf"\b({'|'.join((*BETTER.values(), *WORSE.values()))}) than (\[\d+\])(, so it leads)?\.")
FIRST = ": it comes first."
DISMISSED = re.compile(r"^\s*((?:\[\d+\], )*\[\d+\]): none of the words, and far in meaning\.")
CHOICE = re.compile(
    r"\bThe choice is (\[\d+\])"
    rf"(?:, which beats (\[\d+\]): ({'|'.join(BETTER.values())}|found earlier)|: the only one)\."
)


@dataclass(frozen=True)
class Statement:
    """One thing that is said: about which document, in which words, and whether it holds."""

    kind: Literal["score", "none", "compared", "leads", "dismissed", "choice", "beats"]
    label: str
    text: str
    true: bool


@dataclass
class Account:
    """What an answer has said so far, line by line. `texts` are the words of each document by label, `scores` what the
    prompt said of each, `named` the words that the answer says are asked."""

    texts: Mapping[str, Collection[str]]
    scores: Mapping[str, tuple[int | None, int | None]]
    named: tuple[str, ...] = ()
    cases: dict[str, Case] = field(default_factory=dict)
    leader: str = ""

    def line(self, label: str, rest: str, has: frozenset[str], looked_up: int) -> Iterator[Statement]:
        """Yield what a line about the document behind `label` says, given the words it says the document has."""
        if not (found := SCORES.search(rest)):
            return
        number = (value(found[1]), value(found[2]))
        case = self.cases[label] = Case(*number, has, looked_up or len(self.named))
        yield Statement("score", label, found[0], number == self.scores.get(label))
        if none := NO_WORDS.search(rest):
            yield Statement("none", label, none[0], not self.any_word(label))
        if FIRST in rest:
            yield Statement("leads", label, FIRST, not self.leader)
            self.leader = label
        for compared in COMPARED.finditer(rest):
            yield from self.compared(label, case, compared)

    def compared(self, label: str, case: Case, found: re.Match[str]) -> Iterator[Statement]:
        """Yield what is said of two documents: in what one is better, and whether it leads."""
        other = self.cases.get(found[2])
        holds = other is not None and found[1] in phrases_that_hold(case, other)
        yield Statement("compared", label, found[0], holds and found[2] == self.leader)
        leads = bool(found[3])
        yield Statement("leads", label, found[0], other is not None and compare(case, other)[0] == leads)
        self.leader = label if leads else self.leader

    def dismissed(self, line: str) -> Iterator[Statement]:
        """Yield what is said of documents for which nothing speaks."""
        if found := DISMISSED.match(line):
            for label in found[1].split(", "):
                words, meaning = self.scores.get(label, (None, None))
                self.cases.setdefault(label, Case(words, meaning, looked_up=len(self.named)))
                far = label in self.texts and meaning is not None and meaning < FAR
                yield Statement("dismissed", label, found[0].strip(), far and not self.any_word(label))

    def choice(self, line: str) -> Iterator[Statement]:
        """Yield what the sentence about the choice says."""
        if found := CHOICE.search(line):
            yield Statement("choice", found[1], found[0], bool(self.leader) and found[1] == self.leader)
            if found[2]:
                one, other = self.cases.get(found[1]), self.cases.get(found[2])
                holds = one is not None and other is not None and found[2] != found[1]
                if one and other and found[3] != "found earlier":
                    holds = holds and found[3] in phrases_that_hold(one, other)
                yield Statement("beats", found[2], found[0], holds)

    def any_word(self, label: str) -> bool:
        """Return whether a document has one of the words that the answer named."""
        return any(word in self.texts.get(label, ()) for word in self.named)


def phrases_that_hold(one: Case, other: Case) -> frozenset[str]:
    """Return which comparisons of `one` with `other` are true as they stand."""
    every = differences(one, other)
    better = {BETTER[each] for each in BETTER if every[each] > 0}
    worse = {WORSE[each] for each in BETTER if every[each] < 0}
    return frozenset({*better, *worse} | ({WORSE["even"]} if sum(every.values()) <= 0 else set()))


def value(number: str) -> int | None:
    """Return the hundredths that a number stands for."""
    return None if number == "none" else round(float(number) * 100)

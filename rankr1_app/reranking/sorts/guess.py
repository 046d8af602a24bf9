"""Orders that the documents may have, as far as answers tell: what the calls to come are guessed from.

An order is drawn as a strength of each document. Before anything is told the first stage says how strong it is, and
wide errors are drawn around that. Where answers tell the probabilities of their labels, the logarithm of a share is a
strength up to an offset of its call: strengths are the least-squares fit to all of them, by sweeps over offsets and
strengths in turn, and errors are small. Then every order is mended until the winner of each call is the strongest of
its documents, which may trade their strengths for that.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

SLOPE = 0.3
"""Fall of strength with the logarithm of the place in the first stage, where shares tell it in nats."""
LEAST = 1e-9
"""Share of a document whose label was not among the likeliest."""
FLAT = 1.01
"""Ratio of the largest share to the smallest below which shares say nothing."""
SWEEPS = 6
ERROR = 0.1
"""Standard error of a strength in nats that shares tell, at least."""
WIDE = 0.6
"""Standard error of a place in the first stage, in quarters of its length."""


@dataclass(frozen=True)
class Outcome:
    """What one answer says: its winner, and the logarithm of each document's share where that is known."""

    documents: tuple[str, ...]
    winner: str
    shares: Mapping[str, float]


@dataclass
class Guesses:
    """Guesses of the order of `documents`, which are given in first-stage order: so many as are `drawn` at a time."""

    documents: Sequence[str]
    drawn: int = 64
    answers: dict[frozenset[str], Outcome] = field(default_factory=dict)
    places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.places = {document: place for place, document in enumerate(self.documents)}

    def tell(self, documents: Sequence[str], winner: str, shares: Mapping[str, float]) -> None:
        """Take in the answer of a call. Shares that are all the same say no more than the winner."""
        placed = tuple(sorted(documents, key=self.places.__getitem__))
        logarithms = {document: math.log(max(shares.get(document, 0.0), LEAST)) for document in placed}
        says = shares and max(logarithms.values()) - min(logarithms.values()) > math.log(FLAT)
        self.answers[frozenset(documents)] = Outcome(placed, winner, logarithms if says else {})

    def orders(self, calls: Sequence[frozenset[str]], gone: set[str]) -> Iterator[dict[str, float]]:
        """Yield strengths of the documents that are not `gone`, drawn from what the answers to `calls` tell. The same
        answers give the same orders, whenever they came."""
        history = sorted(
            (self.answers[call] for call in calls), key=lambda each: [*map(self.places.get, each.documents)]
        )
        left = [document for document in self.documents if document not in gone]
        strengths, errors = self.fit(history)
        winners = beaten(history, gone)
        dice = random.Random(len(history))
        for _ in range(self.drawn):
            order = {document: strengths[document] + dice.gauss(0.0, errors[document]) for document in left}
            mend(order, winners)
            yield order

    def fit(self, history: Sequence[Outcome]) -> tuple[dict[str, float], dict[str, float]]:
        """Return the strength of each document, and its standard error."""
        answers = [each.shares for each in history if each.shares]
        if not answers:
            quarter = len(self.documents) / 4
            return {document: -place / quarter for document, place in self.places.items()}, dict.fromkeys(
                self.documents, WIDE
            )
        strengths = {document: -SLOPE * math.log(place + 1) for document, place in self.places.items()}
        for _ in range(SWEEPS):
            sweep(strengths, answers)
        return strengths, dict.fromkeys(self.documents, math.hypot(ERROR, residual(strengths, answers)))


def sweep(strengths: dict[str, float], answers: Sequence[Mapping[str, float]]) -> None:
    """Fit the offset of each answer, then every strength."""
    sums: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    for answer in answers:
        offset = offset_of(strengths, answer)
        for document, share in answer.items():
            sums[document] += share + offset
            counts[document] += 1
    for document, total in sums.items():
        strengths[document] = total / counts[document]


def offset_of(strengths: Mapping[str, float], answer: Mapping[str, float]) -> float:
    """Return what has to be added to the shares of an answer to make them strengths."""
    return sum(strengths[document] - share for document, share in answer.items()) / len(answer)


def residual(strengths: Mapping[str, float], answers: Sequence[Mapping[str, float]]) -> float:
    """Return the root mean square of what the fit leaves of shares of documents that several answers speak of."""
    squares = [
        (share + offset - strengths[document]) ** 2
        for answer in answers
        if (offset := offset_of(strengths, answer)) is not None
        for document, share in answer.items()
    ]
    return math.sqrt(sum(squares) / len(squares))


def beaten(history: Sequence[Outcome], gone: set[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return each winner that is left with the others it was chosen over; who won over few comes first."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for each in history:
        if each.winner not in gone:
            found[each.winner] |= dict.fromkeys(d for d in each.documents if d != each.winner and d not in gone)
    return sorted(
        ((winner, tuple(others)) for winner, others in found.items() if others), key=lambda pair: len(pair[1])
    )


def mend(order: dict[str, float], winners: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    """Let winners trade strengths with the strongest of those they won over. Judges that contradict themselves leave
    no order in which all is right: two rounds are enough."""
    for _ in range(2):
        for winner, others in winners:
            strongest = max(others, key=order.__getitem__)
            if order[strongest] > order[winner]:
                order[winner], order[strongest] = order[strongest], order[winner]

"""How strong each document is, as far as answers tell: what the winners of calls to come are guessed from.

An answer gives each of its documents a share of probability. Shares of one call are relative to each other, so the
logarithm of a share is a strength up to an offset of its call: strengths are the least-squares fit to all answers, by
sweeps over offsets and strengths in turn, which begin from first-stage order. Calls that share no document, even
through others, keep the offsets of that beginning. An answer without shares still says that its winner is stronger
than the others.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SLOPE = 0.3
"""Fall of strength with the logarithm of the place in the first stage."""
LEAST = 1e-9
"""Share of a document whose label was not among the likeliest."""
LEAD = 0.1
"""By how much the winner of an answer without shares leads, at least."""
SWEEPS = 6


@dataclass
class Strengths:
    """Strengths of `documents`, given in first-stage order: natural logarithms, of which only differences count."""

    documents: Sequence[str]
    shares: list[dict[str, float]] = field(default_factory=list)
    strengths: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.strengths = {document: -SLOPE * math.log(place) for place, document in enumerate(self.documents, 1)}

    def tell(self, documents: Sequence[str], winner: str, shares: Mapping[str, float]) -> None:
        """Take in the answer of a call: its winner, and the share of each document where they are known."""
        if shares:
            self.shares.append({document: math.log(max(shares[document], LEAST)) for document in documents})
            for _ in range(SWEEPS):
                self.sweep()
            return
        rivals = [self.strengths[document] for document in documents if document != winner]
        self.strengths[winner] = max(self.strengths[winner], max(rivals, default=0.0) + LEAD)

    def sweep(self) -> None:
        """Fit the offset of each answer, then every strength."""
        sums: defaultdict[str, float] = defaultdict(float)
        counts: defaultdict[str, int] = defaultdict(int)
        for answer in self.shares:
            offset = sum(self.strengths[document] - share for document, share in answer.items()) / len(answer)
            for document, share in answer.items():
                sums[document] += share + offset
                counts[document] += 1
        for document, total in sums.items():
            self.strengths[document] = total / counts[document]

    def best(self, documents: Sequence[str]) -> str:
        """Return the strongest of some documents."""
        return max(documents, key=self.strengths.__getitem__)

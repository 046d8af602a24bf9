"""What every reranker can do."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Protocol

from ..events import CallFinished, CallStarted, Candidate, Planned, RankSettled, ReasoningDelta, Shortened

Clock = Callable[[], float]
"""Seconds since the search started."""
CallEvent = CallStarted | ReasoningDelta | CallFinished
RerankEvent = Planned | Shortened | CallEvent | RankSettled


class Reranker(Protocol):
    """Orders candidates by asking a model."""

    @property
    def name(self) -> str:
        """Name in the catalogue."""

    @property
    def concurrency(self) -> int:
        """Calls its engine takes at once; as many searches at once keep it full."""

    def plan(self, candidates: int, k: int) -> Planned:
        """Return the calls and rounds to reckon with, at time 0. May block for some milliseconds."""

    def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Settle the first `k` ranks. Closing the generator ends every generation that runs. Raises
        `Problem` when the engine is lost, or when not one answer could be read; what was settled until then stays
        settled."""

"""What every reranker can do."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Protocol

from ..events import CallFinished, CallStarted, Candidate, RankSettled, ReasoningDelta

Clock = Callable[[], float]
"""Seconds since the search started."""
RerankEvent = CallStarted | ReasoningDelta | CallFinished | RankSettled


class Reranker(Protocol):
    """Orders candidates by asking a model."""

    @property
    def name(self) -> str:
        """The catalogue's name."""

    def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Settle the first `k` ranks. Closing the generator ends every generation that runs. Raises
        `Problem` when the engine is lost; what was settled until then stays settled."""

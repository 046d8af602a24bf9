"""A bi-encoder as a reranker: a document's score is the cosine of its vector and the query's.

The encoder that comes with the product is one, so that a bare machine has something to compare with.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..engines.scorer import Scored, Scorer
from ..retrieval import encoders

if TYPE_CHECKING:
    from ..plan import EngineSpec


class Cosine(Scorer):
    """An encoder of the catalogue of encoders, in this process or on the server at `url`."""

    def __init__(self, model: str, url: str) -> None:
        super().__init__("encoder", model, "cosine", 1)
        self.url = url

    async def start(self) -> None:
        """Load the encoder, in a thread. Raises `Problem`."""
        await asyncio.to_thread(self.encoder().start)
        self.state = "ready"

    def encoder(self) -> encoders.Encoder:
        """Return the encoder, which others share."""
        return encoders.encoder(encoders.entry(self.model), self.url)

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        """Return the cosine of each text and the query."""
        return Scored(tuple(await asyncio.to_thread(self.cosines, query, texts)))

    def cosines(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the cosine of each text and the query."""
        import numpy

        encoder = self.encoder()
        vector, read = encoder.embed([query], "query")[0], encoder.embed(texts, "passage")
        lengths = numpy.linalg.norm(read, axis=1) * numpy.linalg.norm(vector)
        return [float(number) for number in read @ vector / numpy.maximum(lengths, 1e-12)]


def engine(spec: EngineSpec, concurrency: int) -> Cosine:
    """Return the engine of a spec; nothing is loaded yet."""
    return Cosine(spec.model, spec.base_url)

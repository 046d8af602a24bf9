"""A cross-encoder in this process, by sentence-transformers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import Problem, shown
from ..slow import LOADING, LOCK
from .scorer import LocalScorer, Scored

if TYPE_CHECKING:
    from ..plan import EngineSpec


class CrossEncoder(LocalScorer):
    """A checkpoint that reads query and document together and gives one number."""

    def __init__(self, model: str) -> None:
        super().__init__("cross-encoder", model, "cross-encoder score")

    def read(self) -> Any:
        """Return the model. Raises `Problem` for one that gives several numbers."""
        with LOCK:
            import transformers
            from sentence_transformers import CrossEncoder as Model

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        with LOADING:
            found = Model(self.model)
        if found.num_labels != 1:
            raise Problem(
                f"cross-encoder {shown(self.model)} gives {found.num_labels} numbers a document, it must give one"
            )
        return found

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        """Return the number for each text."""
        await self.start()
        return Scored(tuple(await asyncio.to_thread(self.predict, query, texts)))

    def predict(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the number for each text."""
        with self.lock:
            found = self.loaded.predict([(query, text) for text in texts], show_progress_bar=False)
        return [float(number) for number in found]


def create(spec: EngineSpec, concurrency: int) -> CrossEncoder:
    """Return the engine of a spec; nothing is loaded yet."""
    return CrossEncoder(spec.model)

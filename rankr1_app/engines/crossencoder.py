"""A cross-encoder in this process, by sentence-transformers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import Problem, logger, shown
from ..slow import LOCK
from .scorer import Scored, Scorer

if TYPE_CHECKING:
    from ..plan import EngineSpec


class CrossEncoder(Scorer):
    """A checkpoint (a folder or a name on the hub) that reads query and document together and gives one number."""

    def __init__(self, model: str) -> None:
        super().__init__("cross-encoder", model, "cross-encoder score", 1)
        self.loaded: Any = None
        self.lock = threading.Lock()

    async def start(self) -> None:
        """Load the model, in a thread. Raises `Problem` where it is not to be had."""
        self.state = "ready" if self.loaded else "starting"
        try:
            await asyncio.to_thread(self.load)
        except Problem as problem:
            self.state = f"lost: {problem}"
            raise
        self.state = "ready"

    def load(self) -> None:
        """Load the model unless it is."""
        with self.lock:
            self.loaded = self.loaded or load(self.model)

    async def close(self) -> None:
        """Let go of the model."""
        self.loaded = None
        await super().close()

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        """Return the number for each text."""
        await self.start()
        return Scored(tuple(await asyncio.to_thread(self.predict, query, texts)))

    def predict(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the number for each text."""
        with self.lock:
            found = self.loaded.predict([(query, text) for text in texts], show_progress_bar=False)
        return [float(number) for number in found]


def load(model: str) -> Any:
    """Load a cross-encoder. Raises `Problem`."""
    with LOCK:
        import transformers
        from sentence_transformers import CrossEncoder as Model

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()

    try:
        found = Model(model)
    except Exception as error:
        logger.error("cross-encoder %s cannot be loaded", model, exc_info=error)
        raise Problem(
            f"cross-encoder {shown(model)} cannot be loaded: it is not here and the hub does not have it or cannot be "
            "reached, or its files are damaged; rankr1.log has more"
        ) from error
    if found.num_labels != 1:
        raise Problem(f"cross-encoder {shown(model)} gives {found.num_labels} numbers a document, it must give one")
    return found


def create(spec: EngineSpec, concurrency: int) -> CrossEncoder:
    """Return the engine of a spec; nothing is loaded yet."""
    return CrossEncoder(spec.model)

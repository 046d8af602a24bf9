"""What engines share that score documents and write nothing: cross-encoders, and servers with a route for that."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import Problem, logger, shown
from ..events import Message, Usage
from .length import cut_words
from .protocol import Chunk, Decoding


@dataclass(frozen=True)
class Scored:
    """A score for each text, None where there is none, and the tokens that were read for them, where that is told.
    Where the query was read together with the first `feedback` texts, `nearest` holds for each text the places of those
    nearest to it, and their cosines."""

    scores: tuple[float | None, ...]
    usage: Usage = field(default_factory=Usage)
    feedback: int = 0
    nearest: tuple[tuple[tuple[int, float], ...], ...] = ()


class Scorer:
    """An engine that scores. `score_name` says what its scores are."""

    notes: tuple[str, ...] = ()
    room = 0
    batch = 32
    """Texts that are scored in one call."""

    def __init__(self, name: str, model: str, score_name: str, concurrency: int) -> None:
        self.name, self.model, self.score_name, self.concurrency = name, model, score_name, concurrency
        self.lane = asyncio.Semaphore(concurrency)
        self.state = "not started"

    async def start(self) -> None:
        """Be ready to score. Raises `Problem`."""
        self.state = "ready"

    async def close(self) -> None:
        """Let go of everything."""
        self.state = "not started"

    def messages(self, query: str, texts: Sequence[str]) -> tuple[Message, ...]:
        """Return what a model is given that reads all texts as one, nothing where it reads them one by one."""
        return ()

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        """Return how well each text answers the query. Raises `Fault` for what may pass, `Problem` for what will
        not."""
        raise NotImplementedError

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """Cut by words; the model cuts to its own limit."""
        return await asyncio.to_thread(lambda: [cut_words(text, tokens) for text in texts])

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """Raise `Problem`: it writes nothing."""
        raise self.silent()

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Raise `Problem`: it writes nothing."""
        raise self.silent()
        yield Chunk()

    def silent(self) -> Problem:
        """Return what is wrong with a question to it."""
        return Problem(f"model {shown(self.model)} scores documents and writes nothing, give another --reranker")


class LocalScorer(Scorer):
    """A scorer whose model is a checkpoint (a folder or a name on the hub) in this process, loaded when it is first
    needed. `lock` is held while it loads and while it computes."""

    def __init__(self, name: str, model: str, score_name: str) -> None:
        super().__init__(name, model, score_name, 1)
        self.loaded: Any = None
        self.lock = threading.Lock()

    def read(self) -> Any:
        """Return the model as it is read. Raises `Problem`, or whatever its library raises."""
        raise NotImplementedError

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
            self.loaded = self.loaded or loaded(self.model, self.read)

    async def close(self) -> None:
        """Let go of the model."""
        self.loaded = None
        await super().close()


def loaded(model: str, read: Callable[[], Any]) -> Any:
    """Return what `read` reads. Raises `Problem` for whatever it raises."""
    try:
        return read()
    except Problem:
        raise
    except Exception as error:
        logger.error("model %s cannot be loaded", model, exc_info=error)
        raise Problem(
            f"model {shown(model)} cannot be loaded: it is not here and the hub does not have it or cannot be reached, "
            "or its files are damaged; rankr1.log has more"
        ) from error

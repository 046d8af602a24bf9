"""A recording as an engine: the same messages get the same answer, and nothing else gets any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence

from ..errors import Problem
from ..events import CallFinished, CallStarted, Event, Message
from .protocol import Chunk, Decoding


class Recorded:
    """Answers calls from the calls of a recording. The texts it is given are cut already."""

    name = "recorded"
    notes = ()

    def __init__(self, events: Iterable[Event], *, concurrency: int = 64) -> None:
        self.model = "recorded"
        self.concurrency = concurrency
        self.lane = asyncio.Semaphore(concurrency)
        self.room = 0
        self.state = "ready"
        self.answers: dict[tuple[Message, ...], CallFinished] = {}
        messages: dict[int, tuple[Message, ...]] = {}
        for event in events:
            if isinstance(event, CallStarted):
                messages[event.call] = event.messages
            elif isinstance(event, CallFinished):
                self.answers[messages[event.call]] = event

    async def start(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """Return the texts as they are: how they were cut is not recorded, so only searches that cut nothing can be
        asked again."""
        return list(texts)

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """Raise `Problem`: probabilities are not recorded."""
        raise Problem("a recording holds no probabilities, only what was asked then can be answered")

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Yield the recorded answer, at once. Raises `Problem` for a call that was not recorded."""
        found = self.answers.get(tuple(messages))
        if found is None:
            raise Problem("this call is not in the recording, only what was asked then can be answered")
        yield Chunk(text=found.text, finish_reason=found.finish_reason, usage=found.usage)

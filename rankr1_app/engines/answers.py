"""An engine that keeps answers on disk: the same question to the same model under the same decoding is asked once.

Only greedy answers that came to their own end are kept, as JSON in SQLite (`diskcache`), which several
processes may share; beyond `LIMIT` the least recently used are dropped.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import Problem, shown
from ..events import Cached, Message, Usage
from .protocol import Chunk, Decoding, Engine, Token

if TYPE_CHECKING:
    from diskcache import Cache

SHAPE = 2
"""Changes when what is kept of an answer means something else; answers of other shapes are asked anew."""
LIMIT = 2**30
"""Bytes the answers may take on disk."""
BUSY = 60.0
"""Seconds to wait for another process that writes."""


@dataclass(frozen=True)
class Answer:
    """What is kept of one; its first `thought` characters came in a field for thought."""

    text: str
    finish_reason: str
    usage: Usage
    cached: Cached
    tokens: tuple[Token, ...]
    thought: int = 0


class CachedEngine:
    """An engine with its answers on disk in `folder`. `identity` says what answers depend on besides the engine's name
    and model: the address of a server, the state of a checkpoint's files. A model in this process is loaded at the
    first question that is not on disk, so that a repeated search loads none."""

    def __init__(self, engine: Engine, folder: Path, identity: str, *, remote: bool) -> None:
        self.engine, self.folder, self.identity, self.remote = engine, folder, identity, remote
        self.name = engine.name
        self.concurrency = engine.concurrency
        self.lane = engine.lane
        self.cache: Cache | None = None

    @property
    def model(self) -> str:
        """Return the model name of the wrapped engine."""
        return self.engine.model

    @property
    def state(self) -> str:
        """Return the state of the wrapped engine."""
        return self.engine.state

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the notes of the wrapped engine."""
        return self.engine.notes

    @property
    def room(self) -> int:
        """Return the spare calls of the wrapped engine."""
        return self.engine.room

    async def start(self) -> None:
        """Open the cache, and reach a server, which may have another model now; start a lost engine anew."""
        if self.cache is None:
            self.cache = await asyncio.to_thread(opened, self.folder)
        if self.remote or self.engine.state.startswith("lost"):
            await self.engine.start()

    async def warm(self) -> None:
        """Start the wrapped engine too."""
        await self.start()
        await self.engine.start()

    async def close(self) -> None:
        """Close both."""
        await self.engine.close()
        if self.cache is not None:
            self.cache.close()

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """Cut as the engine does; the same texts are cut once."""
        key = self.key("truncate", list(texts), tokens)
        if (stored := await self.get(key)) is None:
            await self.needed()
            stored = {"texts": await self.engine.truncate(texts, tokens)}
            await self.put(key, stored)
        return list(stored["texts"])

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Yield the answer on disk, all at once and marked, or the engine's, which is kept when it ended by itself."""
        key = self.key("generate", msgspec.to_builtins(messages), msgspec.to_builtins(decoding))
        if stored := await self.get(key):
            answer = msgspec.convert(stored, Answer)
            if answer.thought:
                yield Chunk(text=answer.text[: answer.thought], reasoning=True)
            yield Chunk(text=answer.text[answer.thought :], tokens=answer.tokens)
            yield Chunk(finish_reason=answer.finish_reason, usage=answer.usage, cached=answer.cached)
            return
        await self.needed()
        text, thought, finish_reason, usage, tokens, sampled = "", 0, "", Usage(), list[Token](), False
        began = time.monotonic()
        async with aclosing(self.engine.generate(messages, decoding)) as chunks:
            async for chunk in chunks:
                text += chunk.text
                thought = len(text) if chunk.reasoning else thought
                tokens += chunk.tokens
                sampled = sampled or chunk.sampled
                finish_reason, usage = chunk.finish_reason or finish_reason, chunk.usage or usage
                yield chunk
        if finish_reason in ("stop", "length") and decoding.temperature == 0 and not sampled:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            cached = Cached(asked=now, seconds=round(time.monotonic() - began, 3))
            answer = Answer(text, finish_reason, usage, cached, tuple(tokens), thought)
            await self.put(key, msgspec.to_builtins(answer))

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """Return what the engine says; the same question is asked once."""
        key = self.key("following", msgspec.to_builtins(messages), text)
        if (stored := await self.get(key)) is None:
            await self.needed()
            stored = dict(await self.engine.following(messages, text))
            await self.put(key, stored)
        return stored

    async def needed(self) -> None:
        """Start the engine if it never was. One that died during a search is started again only by the next search."""
        if self.engine.state in ("not started", "starting"):
            await self.engine.start()

    def key(self, *parts: Any) -> str:
        """Digest what an answer depends on."""
        whole = json.dumps([SHAPE, self.name, self.model, self.identity, *parts])
        return hashlib.sha256(whole.encode()).hexdigest()

    async def get(self, key: str) -> dict[str, Any] | None:
        """Return what is on disk under `key`."""
        assert self.cache is not None
        found: dict[str, Any] | None = await asyncio.to_thread(self.cache.get, key)
        return found

    async def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep `value`. A cache that cannot be written ends no search."""
        import sqlite3

        from diskcache import Timeout

        assert self.cache is not None
        try:
            await asyncio.to_thread(self.cache.set, key, value)
        except (OSError, sqlite3.Error, Timeout):
            return


def opened(folder: Path) -> Cache:
    """Open the cache in `folder`, or raise `Problem`."""
    import sqlite3

    from diskcache import Cache, JSONDisk, Timeout

    try:
        return Cache(str(folder), timeout=BUSY, disk=JSONDisk, size_limit=LIMIT, eviction_policy="least-recently-used")
    except (OSError, sqlite3.Error, Timeout) as error:
        raise Problem(f"cache {shown(str(folder))} cannot be opened: {error}; give --no-cache, or delete it") from error


def checkpoint_state(*places: str) -> str:
    """Describe the files of checkpoints that are folders here by name, size and time: it changes when they do."""
    files = sorted(file for place in places if place for file in Path(place).glob("*") if file.is_file())
    return json.dumps([[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files])

"""Answers kept on disk: the same question to the same model under the same decoding is asked once.

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

LIMIT = 2**30
"""Bytes the answers may take on disk."""
BUSY = 60.0
"""Seconds to wait for another process that writes."""


@dataclass(frozen=True)
class Answer:
    """What is kept of one."""

    text: str
    finish_reason: str
    usage: Usage
    cached: Cached
    tokens: tuple[Token, ...]


class CachedEngine:
    """`engine`, asked only what `folder` does not know. `identity` says what answers besides its name and model: the
    address of a server, the state of the files of a checkpoint. A model of this app is loaded at the first
    question that has to be asked, so that a search that is known needs none."""

    def __init__(self, engine: Engine, folder: Path, identity: str, *, remote: bool) -> None:
        self.engine, self.folder, self.identity, self.remote = engine, folder, identity, remote
        self.name = engine.name
        self.concurrency = engine.concurrency
        self.lane = engine.lane
        self.cache: Cache | None = None

    @property
    def model(self) -> str:
        """The engine's."""
        return self.engine.model

    @property
    def state(self) -> str:
        """The engine's."""
        return self.engine.state

    @property
    def room(self) -> int:
        """The engine's."""
        return self.engine.room

    async def start(self) -> None:
        """Opens the cache. A server is reached, since it may have another model now; a lost engine is started anew."""
        if self.cache is None:
            self.cache = await asyncio.to_thread(opened, self.folder)
        if self.remote or self.engine.state.startswith("lost"):
            await self.engine.start()

    async def warm(self) -> None:
        """Both are ready."""
        await self.start()
        await self.engine.start()

    async def close(self) -> None:
        """Lets go of both."""
        await self.engine.close()
        if self.cache is not None:
            self.cache.close()

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """As the engine does, which is asked once for the same texts."""
        key = self.key("truncate", list(texts), tokens)
        if (known := await self.get(key)) is None:
            await self.needed()
            known = {"texts": await self.engine.truncate(texts, tokens)}
            await self.put(key, known)
        return list(known["texts"])

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """The answer that is known, all at once and marked; else the engine's, kept when it ends by itself."""
        key = self.key("generate", msgspec.to_builtins(messages), msgspec.to_builtins(decoding))
        if known := await self.get(key):
            answer = msgspec.convert(known, Answer)
            yield Chunk(text=answer.text, tokens=answer.tokens)
            yield Chunk(finish_reason=answer.finish_reason, usage=answer.usage, cached=answer.cached)
            return
        await self.needed()
        text, finish_reason, usage, tokens = "", "", Usage(), list[Token]()
        began = time.monotonic()
        async with aclosing(self.engine.generate(messages, decoding)) as chunks:
            async for chunk in chunks:
                text += chunk.text
                tokens += chunk.tokens
                finish_reason, usage = chunk.finish_reason or finish_reason, chunk.usage or usage
                yield chunk
        if finish_reason in ("stop", "length") and decoding.temperature == 0:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            cached = Cached(asked=now, seconds=round(time.monotonic() - began, 3))
            answer = Answer(text, finish_reason, usage, cached, tuple(tokens))
            await self.put(key, msgspec.to_builtins(answer))

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """As the engine says, which is asked once."""
        key = self.key("following", msgspec.to_builtins(messages), text)
        if (known := await self.get(key)) is None:
            await self.needed()
            known = dict(await self.engine.following(messages, text))
            await self.put(key, known)
        return known

    async def needed(self) -> None:
        """The engine has to be there. One that died in the middle of a search stays dead for it."""
        if self.engine.state in ("not started", "starting"):
            await self.engine.start()

    def key(self, *parts: Any) -> str:
        """What an answer depends on, as one short word."""
        whole = json.dumps([self.name, self.model, self.identity, *parts])
        return hashlib.sha256(whole.encode()).hexdigest()

    async def get(self, key: str) -> dict[str, Any] | None:
        """What is known under `key`."""
        assert self.cache is not None
        found: dict[str, Any] | None = await asyncio.to_thread(self.cache.get, key)
        return found

    async def put(self, key: str, value: dict[str, Any]) -> None:
        """Keep it. A cache that cannot be written ends no search."""
        import sqlite3

        from diskcache import Timeout

        assert self.cache is not None
        try:
            await asyncio.to_thread(self.cache.set, key, value)
        except (OSError, sqlite3.Error, Timeout):
            return


def opened(folder: Path) -> Cache:
    """The cache in `folder`. Raises `Problem` where it cannot be."""
    import sqlite3

    from diskcache import Cache, JSONDisk, Timeout

    try:
        return Cache(str(folder), timeout=BUSY, disk=JSONDisk, size_limit=LIMIT, eviction_policy="least-recently-used")
    except (OSError, sqlite3.Error, Timeout) as error:
        raise Problem(f"cache {shown(str(folder))} cannot be opened: {error}; give --no-cache, or delete it") from error


def checkpoint_state(*places: str) -> str:
    """Changes when a checkpoint does: sizes and times of its files, where it is a folder here."""
    files = sorted(file for place in places if place for file in Path(place).glob("*") if file.is_file())
    return json.dumps([[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files])

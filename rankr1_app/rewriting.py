"""A query rewritten by the model before it is searched for. What the model is asked is a file of `prompts/rewriting`;
the reranker still reads the query as it was asked."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

import msgspec

from . import paths
from .engines.protocol import Decoding, Engine, Fault, TooLong
from .events import Message, Rewritten, Usage
from .reranking.prompt import defused

QUERY = 2000
"""Tokens of a query that the model is shown."""
LONGEST = 8000
"""Characters that are searched for."""
PACE = 0.25
"""Seconds between two events while the model writes."""
THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
"""What begins a line of a list."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to rewrite: what the model is asked, and how many tokens it may write. What it writes is searched for with
    the query, or `alone`; where it is to write `lines`, each of them is a query, and their rankings are fused."""

    about: str
    user: str
    max_tokens: int
    system: str = ""
    alone: bool = False
    lines: int = 0

    def messages(self, query: str) -> tuple[Message, ...]:
        """Return the chat that asks for it."""
        turn = Message(role="user", content=self.user.format(query=defused(query)))
        return (Message(role="system", content=self.system), turn) if self.system else (turn,)

    def searched(self, query: str, text: str) -> str:
        """Return what is searched for, given what the model wrote; empty where that is nothing."""
        written = THOUGHT.sub("", text, count=1).strip()
        if self.lines:
            written = "\n".join(queries(written)[: self.lines])
        if not written:
            return ""
        return written[:LONGEST] if self.alone else f"{query}\n{written}"[:LONGEST]


@functools.cache
def ways() -> dict[str, Way]:
    """Return the ways that come with the product, by name."""
    files = sorted((paths.PROMPTS / "rewriting").glob("*.toml"))
    return {file.stem: msgspec.convert(tomllib.loads(file.read_text("utf-8")), Way) for file in files}


def queries(text: str) -> list[str]:
    """Return the lines of a text as queries, each once, without what marks them as a list."""
    lines = (MARK.sub("", line).strip().strip('"“”').strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))


@dataclass(frozen=True)
class Rewriter:
    """Rewrites queries in the `way` called `name` by an engine that writes."""

    name: str
    engine: Engine
    seed: int

    @property
    def way(self) -> Way:
        """Return the way of that name."""
        return ways()[self.name]

    async def rewrite(self, query: str, clock: Callable[[], float]) -> AsyncGenerator[Rewritten, None]:
        """Yield what the query becomes, while the model writes and when it is done; the last one is what is searched
        for: the query itself, with a note, where the model wrote nothing. Raises `Problem` where it is lost."""
        began = clock()
        await self.engine.start()
        (cut,) = await self.engine.truncate([query], QUERY)
        by = f"{self.name}, {self.engine.model}"
        messages = self.way.messages(cut)
        now = Rewritten(at=began, query=query, by=by, messages=messages, complete=False)
        yield now
        text, written, usage, why = "", 0, Usage(), ""
        try:
            async with self.engine.lane, aclosing(self.generated(messages)) as chunks:
                async for piece, counted in chunks:
                    text, usage = text + piece, counted or usage
                    if len(text) > written and clock() - now.at > PACE:
                        now = replace(now, at=clock(), text=text[written:], messages=())
                        written = len(text)
                        yield now
        except (Fault, TooLong) as fault:
            why = str(fault)
        became = "" if why else self.way.searched(query, text)
        why = why or "the model wrote nothing to search for"
        note = "" if became else f"the query was not rewritten, and is searched for as it is: {why}"
        yield Rewritten(
            at=clock(),
            query=became or query,
            by=by,
            messages=messages,
            text=text,
            usage=usage,
            seconds=round(clock() - began, 6),
            note=note,
        )

    async def generated(self, messages: tuple[Message, ...]) -> AsyncGenerator[tuple[str, Usage | None], None]:
        """Yield pieces of what the model writes, without what it thinks in a field of its own, and the tokens."""
        decoding = Decoding(max_tokens=self.way.max_tokens, seed=self.seed)
        async with aclosing(self.engine.generate(messages, decoding)) as chunks:
            async for chunk in chunks:
                yield "" if chunk.reasoning else chunk.text, chunk.usage

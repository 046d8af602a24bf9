"""A query rewritten by the model before it is searched for. What the model is asked is a file of `prompts/rewriting`;
the reranker still reads the query as it was asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from .engines.protocol import Decoding, Engine, Fault, TooLong
from .events import Message, Rewritten, Usage
from .reranking.prompt import defused
from .ways import Way, ways

QUERY = 2000
"""Tokens of a query that the model is shown."""
PACE = 0.25
"""Seconds between two events while the model writes."""


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
        messages = messages_of(self.way, cut)
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


def messages_of(way: Way, query: str) -> tuple[Message, ...]:
    """Return the chat that asks for a query's rewriting in that way."""
    turn = Message(role="user", content=way.user.format(query=defused(query)))
    return (Message(role="system", content=way.system), turn) if way.system else (turn,)

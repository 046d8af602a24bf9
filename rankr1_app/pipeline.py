"""A query in, events out: the one generator that every reader of a search listens to."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from .errors import Problem, in_words, shown
from .events import (
    CallFinished,
    CallStarted,
    Candidate,
    End,
    Event,
    RankSettled,
    Retrieved,
    Rewritten,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Totals,
    Usage,
)
from .reranking.protocol import Clock, Reranker
from .retrieval import fit
from .retrieval.protocol import Notes, Retriever, Rewrites, sourced
from .rewriting import Rewriter

MAX_QUERY = 10_000
"""Characters of the longest query taken."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """Everything one search needs. `reranker` None keeps the first stage; `rewriter` makes another query for it; `note`
    says what a reader should know of the choice of the retriever, `unread` what the model cannot read; `settings`, and
    what the search is for more `like`, go into the record."""

    query: str
    retriever: Retriever
    reranker: Reranker | None
    rewriter: Rewriter | None = None
    depth: int
    k: int
    seed: int
    note: str = ""
    unread: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    like: tuple[str, ...] = ()


class Stop(asyncio.Event):
    """Ends a search when it is set; `reason` then says in words why."""

    reason: str = SearchStopped.reason


def checked_query(query: str) -> str:
    """Return the query without surrounding blanks. Raises `Problem` for one that is not valid."""
    text = query.strip()
    if not text:
        raise Problem(f"query {shown(query)} is empty, a query needs at least one word")
    if len(text) > MAX_QUERY:
        raise Problem(f"query {shown(text, 40)} has {len(text):,} characters, at most {MAX_QUERY:,} are taken")
    if "\0" in text:
        raise Problem(f"query {shown(text)} holds a NUL character, a query is plain text")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Problem(f"query {shown(text)} is not valid Unicode (a lone surrogate), send it as UTF-8") from None
    return text


async def search(parts: Search, stop: Stop | None = None) -> AsyncGenerator[Event, None]:
    """Run a search. Setting `stop` ends it with `SearchStopped`, closing the generator ends it silently;
    both end every running generation. Faults, our own among them, end it with `SearchFailed`: nothing is raised."""
    start = time.perf_counter()
    state = State()

    def clock() -> float:
        return round(time.perf_counter() - start, 6)

    yield SearchStarted(
        query=parts.query,
        settings=parts.settings,
        versions=parts.versions,
        seed=parts.seed,
        like=parts.like,
        started=datetime.now(UTC).isoformat(timespec="milliseconds"),
    )
    stream = stages(parts, clock, state)
    try:
        async with aclosing(stream), aclosing(until(stream, stop)) as events:
            async for event in events:
                state.see(event)
                yield event
        ended = SearchFinished if state.complete or stop is None else partial(SearchStopped, reason=stop.reason)
        yield ended(at=clock(), ranking=state.ranking, settled=state.settled, totals=state.totals(clock()))
    except Exception as error:
        yield SearchFailed(
            at=clock(),
            message=in_words(error),
            ranking=state.ranking,
            settled=state.settled,
            totals=state.totals(clock()),
        )


async def stages(parts: Search, clock: Clock, state: State) -> AsyncGenerator[Event, None]:
    """Yield what the first and the second stage say, and mark `state` complete after the last of it."""
    query, by = parts.query, ""
    if parts.rewriter is not None:
        async with aclosing(parts.rewriter.rewrite(query, clock)) as rewriting:
            async for event in rewriting:
                query, by = event.query, event.by
                yield event
    if rewritten := await rewrite(parts.retriever, query, clock):
        yield replace(rewritten, by=f"{by}, then {rewritten.by}") if by else rewritten
    plain = query == parts.query and rewritten is None and not parts.like
    retrieved = await retrieve(parts, query, plain, clock)
    yield retrieved
    if parts.reranker is not None and retrieved.candidates:
        candidates = sourced(retrieved.candidates, retrieved.retriever, retrieved.score_name)
        async with aclosing(parts.reranker.rerank(parts.query, candidates, parts.k, clock)) as events:
            async for said in events:
                yield said
    state.complete = True


async def rewrite(retriever: Retriever, query: str, clock: Clock) -> Rewritten | None:
    """Return what a retriever makes of the query before it searches, None where it takes it as it is."""
    if not isinstance(retriever, Rewrites):
        return None
    made = await asyncio.to_thread(retriever.rewrite, query)
    return Rewritten(at=clock(), **vars(made)) if made else None


async def retrieve(parts: Search, query: str, plain: bool, clock: Clock) -> Retrieved:
    """Return what the first stage finds, from a thread: it blocks. `plain` is whether it searches for the query alone,
    as it was written."""
    began = clock()
    candidates, note = await asyncio.to_thread(found, parts, query, plain)
    now = clock()
    return Retrieved(
        at=now,
        index=parts.retriever.index,
        retriever=parts.retriever.name,
        score_name=parts.retriever.score_name,
        candidates=candidates,
        seconds=now - began,
        note=note,
    )


def found(parts: Search, query: str, plain: bool) -> tuple[tuple[Candidate, ...], str]:
    """Return the candidates, and what the reader should know of them: why there are none, what they lack, and whether
    perhaps none fits."""
    candidates = parts.retriever.search(query, parts.depth)
    finders = {source.retriever for each in candidates for source in each.sources}
    # Where all parts of a fused first stage found something, nothing is to be said of words.
    lacking = "" if candidates and len(finders) != 1 else noted(parts.retriever, query)
    doubt = fit.doubt(parts.retriever, query, candidates) if plain else ""
    return candidates, ". ".join(part for part in (lacking or parts.note, doubt, parts.unread) if part)


def noted(retriever: Retriever, query: str) -> str:
    """Return why a retriever finds nothing, or a part of it nothing, as far as it says."""
    return retriever.note(query) if isinstance(retriever, Notes) else ""


async def until(stream: AsyncIterator[Event], stop: asyncio.Event | None) -> AsyncGenerator[Event, None]:
    """Yield `stream`, ended as soon as `stop` is set, even while it waits for its next item."""
    if stop is None:
        async for item in stream:
            yield item
        return
    stopping = asyncio.ensure_future(stop.wait())
    coming: asyncio.Future[Event] | None = None
    try:
        while not stop.is_set():
            coming = asyncio.ensure_future(anext(stream))
            await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            yield coming.result()
    except StopAsyncIteration:
        return
    finally:
        stopping.cancel()
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


def with_end(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events of a recording. One that breaks off, since what wrote it was killed, ends with a `SearchFailed`
    that says so: settled ranks stand first in it, as they would have."""
    state, event = State(), None
    for event in events:
        state.see(event)
        yield event
    if event is not None and not isinstance(event, End):
        message = (
            "this recording ends before its search did: another search was begun, or the page or the server was closed"
        )
        yield SearchFailed(
            at=event.at,
            message=message,
            ranking=state.ranking,
            settled=state.settled,
            totals=state.totals(event.at),
        )


@dataclass
class State:
    """What has been seen of a search so far: enough for its end event, however it ends."""

    candidates: Sequence[Candidate] = ()
    complete: bool = False
    order: list[str] = field(default_factory=list)
    sums: Counter[str] = field(default_factory=Counter)

    def see(self, event: Event) -> None:
        """Count the event in."""
        match event:
            case Retrieved():
                self.candidates = event.candidates
            case Rewritten() if event.usage is not None:
                self.tokens(event.usage)
            case CallStarted():
                self.sums["calls"] += 1
                self.sums["rounds"] = max(self.sums["rounds"], event.round)
            case CallFinished():
                self.count(event)
            case RankSettled():
                self.order.append(event.document)
            case _:
                pass

    @property
    def settled(self) -> int:
        """Ranks settled."""
        return len(self.order)

    @property
    def ranking(self) -> tuple[str, ...]:
        """Every candidate once: settled ones first, the rest in first-stage order."""
        settled = set(self.order)
        return (*self.order, *(c.id for c in self.candidates if c.id not in settled))

    def count(self, call: CallFinished) -> None:
        """Count the end of a call in. The tokens of an answer from the cache were counted when it was made."""
        if call.cached:
            self.sums["cached"] += 1
        else:
            self.tokens(call.usage)
            self.sums["uncounted"] += not call.usage.known
        if call.status in ("retried", "failed"):
            self.sums["faults" if call.finish_reason == "error" else "unreadable"] += 1

    def tokens(self, usage: Usage) -> None:
        """Count tokens in."""
        for name, tokens in vars(usage).items():
            self.sums[name] += tokens or 0

    def totals(self, seconds: float) -> Totals:
        """Return the sums so far."""
        return Totals(seconds=seconds, **self.sums)

"""Searches under way: begun, streamed, stopped, and what they will take."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from ..errors import Problem, in_words, shown
from ..events import Event, ReasoningDelta
from ..judgements import Judgements
from ..pipeline import Stop
from ..recorder import Unrecorded
from ..retrieval.protocol import Retriever
from ..service import Service
from . import lines
from .http import JSON, Refused, Serving, answer
from .lines import Item, Queued
from .metrics import Metrics
from .shapes import Estimate, EstimateRequest, LeaveRequest, Left, SearchRequest, Stopped

router = APIRouter(prefix="/api", tags=["searches"])
# A proxy that gathers or packs a stream before it passes it on would hide the search until it is over.
UNTOUCHED = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
NDJSON = "application/x-ndjson"
STREAM: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {NDJSON: {}}}}}
LEFT = "stopped when its page was left"
"""Why a search was stopped that nobody reads any more."""
GRACE = 10.0
"""Seconds that a search goes on without a reader: a page that is loaded again comes back to it."""
MOST, WAITING = 16, 200
"""Searches that run at once, and that wait for their turn."""


@dataclass
class Run:
    """A search under way. It has a task of its own, so that it ends tidily when its `readers` are gone, each of whom
    has a number. `items` is what has come of it, the text of each call as one, which is at the place of `texts`."""

    id: str
    session: str = ""
    stop: Stop = field(default_factory=Stop)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    readers: dict[int, lines.Arriving] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    items: list[Item | None] = field(default_factory=list)
    texts: dict[int, int] = field(default_factory=dict)
    refused: Problem | None = None
    queued: bool = False
    task: asyncio.Task[None] | None = None

    async def follow(self, events: AsyncGenerator[Event, None], places: asyncio.Semaphore, metrics: Metrics) -> None:
        """Wait for a place, then listen to the search until it ends. A `Problem` before it began is `refused`."""
        try:
            if self.queued:
                self.tell(Queued())
            async with places, aclosing(events):
                self.queued = False
                async for event in events:
                    metrics.see(event)
                    self.tell(event)
        except Problem as problem:
            self.fail(problem)
        except Exception as error:
            self.fail(Refused(500, in_words(error)))
        finally:
            self.tell(None)

    @property
    def events(self) -> list[Event]:
        """Return what has come of the search so far, without the text of calls, which their ends have."""
        beside = Queued | Problem | ReasoningDelta
        return [item for item in self.items if item is not None and not isinstance(item, beside)]

    def tell(self, what: Item | None) -> None:
        """Pass on what comes of the search, to every reader."""
        if isinstance(what, ReasoningDelta):
            self.write(what)
        else:
            self.items.append(what)
        for arriving in self.readers.values():
            arriving.put_nowait(what)
        self.begun.set()

    def write(self, delta: ReasoningDelta) -> None:
        """Join what is being written to what was written of the same call before."""
        place = self.texts.setdefault(delta.call, len(self.items))
        before = self.items[place] if place < len(self.items) else None
        if isinstance(before, ReasoningDelta) and before.thought == delta.thought:
            self.items[place] = replace(before, text=before.text + delta.text)
        else:
            self.texts[delta.call] = len(self.items)
            self.items.append(delta)

    def read(self) -> tuple[int, lines.Arriving]:
        """Return the number of one more reader, and for him what has come of the search and what will."""
        number = next(self.numbers)
        arriving = self.readers[number] = asyncio.Queue()
        for item in self.items:
            arriving.put_nowait(item)
        return number, arriving

    def unread(self, reader: int, grace: float = 0.0) -> None:
        """Let a reader go. The search ends with its last one, unless another comes within `grace` seconds."""
        arriving = self.readers.pop(reader, None)
        if arriving is None:
            return
        arriving.put_nowait(None)
        if not self.readers:
            asyncio.get_running_loop().call_later(grace, self.abandon)

    def abandon(self) -> None:
        """End the search where nobody has come back to it."""
        if not self.readers:
            self.leave()

    def fail(self, problem: Problem) -> None:
        """Pass on what ended the search."""
        if not self.begun.is_set():
            self.refused = problem
        self.tell(problem)

    def end(self) -> None:
        """End the search; its stream then says what was settled. One that waits for its place is gone at once."""
        self.stop.set()
        if self.queued:
            self.fail(Problem("the search was stopped before its turn came"))
            self.cancel()

    def leave(self) -> None:
        """End the search, which nobody reads any more. Its recording says so."""
        if not self.stop.is_set():
            self.stop.reason = LEFT
            self.end()

    def cancel(self) -> None:
        """End the search in silence."""
        if self.task:
            self.task.cancel()


@dataclass
class Searches:
    """All searches under way over one service: `most` run at once, `waiting` more wait for their turn."""

    service: Service
    most: int = MOST
    waiting: int = WAITING
    runs: dict[str, Run] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)
    closing: bool = False

    def __post_init__(self) -> None:
        self.places = asyncio.Semaphore(self.most)

    async def begin(
        self,
        query: str,
        changes: dict[str, Any],
        session: str = "",
        given: Retriever | None = None,
        like: Sequence[str] = (),
    ) -> Run:
        """Start a search, and return once it has begun or waits for its turn. `given` is a first stage of its own,
        `like` are documents for more like them. Raises `Problem` for one that cannot."""
        await asyncio.to_thread(lambda: self.service.prepare(query, self.service.allowed(changes)))
        if self.closing:
            raise Refused(503, "the server is stopping, try again when it is back")
        if len(self.runs) >= self.most + self.waiting:
            raise Refused(503, f"{len(self.runs)} searches run or wait, which is the most; try again in a minute")
        run = Run(self.service.library.store.new_id(), session, queued=self.places.locked())
        events = self.service.search(query, changes, run.stop, run.id, given, like)
        work = run.follow(events, self.places, self.metrics)
        run.task = asyncio.create_task(work, name=f"search {run.id}")
        self.runs[run.id] = run
        run.task.add_done_callback(lambda _: self.runs.pop(run.id, None))
        await run.begun.wait()
        if run.refused:
            raise run.refused
        return run

    async def collect(
        self,
        query: str,
        changes: dict[str, Any],
        session: str = "",
        given: Retriever | None = None,
        like: Sequence[str] = (),
    ) -> tuple[str, list[Event]]:
        """Return the id of a search and its events, once it is over. It is ended when the caller is."""
        run = await self.begin(query, changes, session, given, like)
        reader, arriving = run.read()
        try:
            while (item := await arriving.get()) is not None:
                if isinstance(item, Problem) and not isinstance(item, Unrecorded):
                    raise item
            return run.id, run.events
        finally:
            run.unread(reader)

    def leave(self, session: str) -> None:
        """End the searches of a session that nobody listens to any more."""
        for run in self.runs.values():
            if session and run.session == session:
                run.leave()

    def end(self) -> None:
        """End every search: streams say what was settled, recordings are finished, none begins any more."""
        self.closing = True
        for run in self.runs.values():
            run.end()

    async def close(self) -> None:
        """End and discard every search."""
        self.end()
        tasks = [run.task for run in self.runs.values() if run.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def searches(request: Request) -> Searches:
    """Return the searches under way."""
    found: Searches = request.app.state.searches
    return found


Running = Annotated[Searches, Depends(searches)]


@router.post("/search", dependencies=JSON, **STREAM)
async def search(body: SearchRequest, running: Running) -> Response:
    """Run a search and stream its lines. It is ended when its readers go, unless one of them comes back."""
    run = await running.begin(body.query, body.changes(), like=body.like)
    judgements = running.service.judgements
    return StreamingResponse(streamed(run, judgements), media_type=NDJSON, headers=UNTOUCHED)


async def streamed(
    run: Run, judgements: Judgements | None, kind: type[lines.Writer] = lines.Writer
) -> AsyncIterator[bytes]:
    """Yield the lines of a running search, those of before at once."""
    reader, arriving = run.read()
    try:
        async for line in lines.live(run.id, reader, arriving, judgements, kind):
            yield line
    finally:
        run.unread(reader, GRACE)


@router.post("/search/{name}/stop", response_model=Stopped)
async def stop(name: str, running: Running) -> Response:
    """End a running search; its stream then says what was settled."""
    if name not in running.runs:
        raise Refused(404, f"search {shown(name)} is not running")
    running.runs[name].end()
    return answer({"stopped": name})


@router.post("/search/{name}/leave", dependencies=JSON, response_model=Left)
async def leave(name: str, body: LeaveRequest, running: Running) -> Response:
    """Let a reader of a running search go who will not come back; a search without one is ended at once."""
    if name in running.runs:
        running.runs[name].unread(body.reader)
    return answer({"left": name})


@router.post("/estimate", dependencies=JSON, response_model=Estimate)
async def estimate(body: EstimateRequest, service: Serving) -> Response:
    """Say what a search with these settings will take."""
    return answer(await asyncio.to_thread(service.estimate, body.changes()))

"""Searches under way: begun, streamed, stopped, and what they will take."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from ..errors import Problem, shown
from ..events import CallFinished, CallStarted, Event
from ..service import Service
from . import lines
from .http import JSON, Refused, Serving, answer
from .shapes import Estimate, EstimateRequest, SearchRequest, Stopped

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/api", tags=["searches"])
# A proxy that gathers or packs a stream before it passes it on would hide the search until it is over.
UNTOUCHED = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
NDJSON = "application/x-ndjson"
STREAM: dict[str, Any] = {"response_class": Response, "responses": {200: {"content": {NDJSON: {}}}}}
BROKEN = "something in the app itself failed, its log says what; try again"


@dataclass
class Run:
    """A search under way. It has a task of its own, so that it ends tidily when its reader is gone."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    arriving: lines.Arriving = field(default_factory=asyncio.Queue)
    refused: Problem | None = None
    calls: list[CallStarted | CallFinished] = field(default_factory=list)

    async def follow(self, events: AsyncGenerator[Event, None]) -> None:
        """Listen to the search until it ends. A `Problem` before its first event is `refused`."""
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, CallStarted | CallFinished):
                        self.calls.append(event)
                    self.arriving.put_nowait(event)
                    self.begun.set()
        except Problem as problem:
            self.fail(problem)
        except Exception:
            logger.exception("a search failed")
            self.fail(Refused(500, BROKEN))
        finally:
            self.arriving.put_nowait(None)
            self.begun.set()

    def fail(self, problem: Problem) -> None:
        """Tell the reader what ended the search."""
        if not self.begun.is_set():
            self.refused = problem
        self.arriving.put_nowait(problem)


@dataclass
class Searches:
    """All searches under way over one service."""

    service: Service
    runs: dict[str, Run] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def begin(self, query: str, changes: dict[str, Any]) -> tuple[str, Run, asyncio.Task[None]]:
        """Start a search, and return once it has begun. Raises `Problem` for one that cannot."""
        name, run = self.service.library.store.new_id(), Run()
        task = asyncio.create_task(run.follow(self.service.search(query, changes, run.stop, name)))
        self.runs[name] = run
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        task.add_done_callback(lambda _: self.runs.pop(name, None))
        await run.begun.wait()
        if run.refused:
            raise run.refused
        return name, run, task

    async def close(self) -> None:
        """End every search."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def searches(request: Request) -> Searches:
    """Return the searches under way."""
    found: Searches = request.app.state.searches
    return found


Running = Annotated[Searches, Depends(searches)]


@router.post("/search", dependencies=JSON, **STREAM)
async def search(asked: SearchRequest, running: Running) -> Response:
    """Run a search and stream its lines. It is ended when its reader goes."""
    name, run, task = await running.begin(asked.query, asked.changes())
    return StreamingResponse(streamed(name, run, task), media_type=NDJSON, headers=UNTOUCHED)


async def streamed(name: str, run: Run, task: asyncio.Task[None]) -> AsyncIterator[bytes]:
    """Yield the lines of a running search."""
    try:
        async for line in lines.live(name, run.arriving):
            yield line
    finally:
        task.cancel()


@router.post("/search/{name}/stop", response_model=Stopped)
async def stop(name: str, running: Running) -> Response:
    """End a running search; its stream then says what was settled."""
    if name not in running.runs:
        raise Refused(404, f"search {shown(name)} is not running")
    running.runs[name].stop.set()
    return answer({"stopped": name})


@router.post("/estimate", dependencies=JSON, response_model=Estimate)
async def estimate(asked: EstimateRequest, service: Serving) -> Response:
    """Say what a search with these settings will take."""
    return answer(await asyncio.to_thread(service.estimate, asked.changes()))

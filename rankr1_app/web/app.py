"""The application: every route over one service, from its start to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import PlainTextResponse, Response
from fastapi_offline import FastAPIOffline
from starlette.routing import Route

from .. import __version__
from ..catalogue import NONE
from ..errors import Problem
from ..fetching import Fetches
from ..own import Shelf
from ..service import Service
from . import (
    comparisons,
    facets,
    guard,
    inquiry,
    known,
    mcp,
    modules,
    own,
    page,
    recordings,
    searches,
    shuffles,
    trials,
    v1,
)
from .http import Outermost, Serving, answer, refusals
from .shapes import Alive, Health, Refusal

logger = logging.getLogger(__name__)
router = APIRouter()
THREADS = 48
"""Threads for what blocks. Some wait for an index that opens, and must not hold up the others."""
REFUSALS: dict[int | str, dict[str, Any]] = {"4XX": {"model": Refusal}}


def create(running: searches.Searches, policy: guard.Policy, shelf: Shelf | None = None) -> FastAPI:
    """Return the whole application over `running`. Index and engine are opened in the background once it is served.
    `policy` says who is let in; documents of visitors go to `shelf`, if there is one."""
    service, tools = running.service, mcp.Door(running)
    door = own.Door(shelf, service)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "worker"))
        working = [asyncio.create_task(warm(service)), asyncio.create_task(door.sweep())]
        yield
        for task in working:
            task.cancel()
        await asyncio.gather(*working, running.close(), return_exceptions=True)
        app.state.fetches.stop()
        await tools.close()
        await service.close()

    app = FastAPIOffline(
        title="Rank-R1 app", version=__version__, lifespan=lifespan, redoc_url=None, responses=REFUSALS
    )
    app.state.service, app.state.searches, app.state.own = service, running, door
    asking = (searches.router, comparisons.router, inquiry.router)
    app.state.fetches = Fetches()
    parts = (
        *asking,
        recordings.router,
        trials.router,
        shuffles.router,
        facets.router,
        own.router,
        known.router,
        v1.router,
    )
    for each in (router, *parts):
        app.include_router(each)
    app.router.routes.append(Route(mcp.PATH, tools))
    app.mount("/page", modules.served())
    refusals(app)
    page.mount(app, running)
    app.add_middleware(own.Sessions)
    app.add_middleware(guard.Bodies)
    app.add_middleware(guard.Guard, policy=policy)
    app.add_middleware(Outermost)
    return app


async def warm(service: Service) -> None:
    """Open index and engine before somebody asks. What fails is said by health, and by the first search."""
    with contextlib.suppress(Problem):
        await asyncio.to_thread(service.wiring.retriever, service.plan)
    if service.settings.reranker != NONE:
        with contextlib.suppress(Problem):
            await service.warm()
    # A thread that nobody waits for: it may take a minute, and goes on at the next start where it was.
    threading.Thread(target=completed, args=(service,), daemon=True).start()


def completed(service: Service) -> None:
    """Build what searches would use and the index lacks. What fails is said by the log and by searches."""
    try:
        service.complete()
    except Problem as problem:
        logger.warning("%s", problem)


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", response_model=Alive, tags=["health"])
async def alive() -> Response:
    """Say that the process answers."""
    return answer({"status": "alive"})


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", response_model=Health, tags=["health"])
async def ready(service: Serving) -> Response:
    """Answer 200 when the index is open and the engine can answer, else 503."""
    health = service.health()
    model = service.settings.reranker == NONE or health["engine"] == "ready"
    return answer(health, 200 if model and health["index"] == "ok" else 503)


@router.get("/metrics", response_class=PlainTextResponse, tags=["health"])
async def metrics(running: searches.Running) -> Response:
    """Give counts of searches, calls and tokens, as Prometheus reads them."""
    waiting = sum(run.queued for run in running.runs.values())
    return running.metrics.exposed(len(running.runs) - waiting, waiting)


@router.get("/api/health", response_model=Health, tags=["health"])
async def health(service: Serving) -> Response:
    """Say the state of the parts, in words."""
    return answer(service.health())


@router.get("/api/catalogue", response_model=dict[str, Any], tags=["searches"])
async def catalogue(service: Serving) -> Response:
    """Say what may be chosen: indexes, retrievers, rerankers, limits, example topics."""
    return answer(await asyncio.to_thread(service.catalogue))

"""The same search with its documents shuffled otherwise: which runs these are is kept beside its recording."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.responses import Response

from ..errors import Problem, shown
from ..events import Event, Retrieved, SearchFinished, SearchStarted
from ..service import Service
from ..store import SHUFFLES
from . import recordings
from .http import JSON, Serving, answer
from .shapes import ShuffleRequest, Shuffles

router = APIRouter(prefix="/api/recordings", tags=["recordings"])
MOST = 16
"""Shuffles that are kept of a search."""


@router.get("/{name}/shuffles", response_model=Shuffles)
async def shuffles(name: str, service: Serving) -> Response:
    """List the runs of a recorded search with its documents shuffled otherwise."""
    return answer({"runs": await asyncio.to_thread(runs, service, name)})


@router.post("/{name}/shuffles", response_model=Shuffles, dependencies=JSON)
async def shuffled(name: str, body: ShuffleRequest, service: Serving) -> Response:
    """Keep that a run is the same search with its documents shuffled otherwise; lists all of them."""
    await asyncio.to_thread(keep, service, name, body.run)
    return await shuffles(name, service)


def runs(service: Service, name: str) -> list[str]:
    """Return the runs that are still there."""
    return [run for run, _ in recordings.shuffles(service, name)]


def keep(service: Service, name: str, run: str) -> None:
    """Keep a run beside a recording, once. Raises `Problem` for one that is another search."""
    one, other = (list(recordings.opened(service, each)) for each in (name, run))
    if name == run or searched(one) != searched(other) or not shuffled_whole(other):
        raise Problem(f"run {shown(run)} is not search {name} with its documents shuffled otherwise")
    before = runs(service, name)
    if len(before) >= MOST:
        raise Problem(f"search {name} has {len(before)} shuffles, which is the most that are kept")
    if run not in before:
        service.library.store.add_beside(name, SHUFFLES, {"run": run})


def searched(events: Sequence[Event]) -> tuple[object, ...]:
    """Return what shuffles of one search have in common: the query and the candidates."""
    query = next((event.query for event in events if isinstance(event, SearchStarted)), None)
    found = (event.candidates for event in events if isinstance(event, Retrieved))
    ids = {candidate.id for candidates in found for candidate in candidates}
    return query, ids


def shuffled_whole(events: Sequence[Event]) -> bool:
    """Return whether documents were shuffled in the prompts of a search, which was finished."""
    orders = [event.settings.get("order") for event in events if isinstance(event, SearchStarted)]
    return orders == ["shuffled"] and isinstance(events[-1], SearchFinished)

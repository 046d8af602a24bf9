"""Known indexes: listed, and fetched to this machine by whoever sits at it."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ..fetching import Fetches, Fetching, here
from ..retrieval import known
from .guard import private
from .http import JSON, Refused, answer
from .shapes import FetchRequest, KnownIndexes

router = APIRouter(prefix="/api/known", tags=["known indexes"])


def fetches(request: Request) -> Fetches:
    """Return the fetches of this app. Raises `Refused` for whoever does not sit at this machine."""
    if not private(request.scope):
        raise Refused(403, "indexes are fetched by programs on this machine only, run `rankr1 index fetch` there")
    found: Fetches = request.app.state.fetches
    return found


@router.get("", response_model=KnownIndexes)
async def listed(request: Request) -> Response:
    """List the indexes that can be fetched by name, and how far each is. Closed to whoever comes from elsewhere."""
    if not private(request.scope):
        return answer({"open": False, "indexes": []})
    return answer(await asyncio.to_thread(state, fetches(request)))


@router.post("", dependencies=JSON, response_model=KnownIndexes)
async def fetch(body: FetchRequest, request: Request) -> Response:
    """Begin to fetch an index, or go on with it."""
    found = fetches(request)
    await asyncio.to_thread(found.begin, body.name)
    return answer(await asyncio.to_thread(state, found))


@router.delete("", response_model=KnownIndexes)
async def stop(request: Request) -> Response:
    """Stop what is being fetched."""
    found = fetches(request)
    found.stop()
    return answer(await asyncio.to_thread(state, found))


def state(found: Fetches) -> dict[str, Any]:
    """Return all known indexes with what is done of each."""
    return {
        "open": True,
        "indexes": [
            {
                "name": each.name,
                "about": each.about,
                "bytes": each.bytes,
                "documents": each.documents,
                "licence": each.licence,
                "here": here(each),
                "fetching": progress(found.latest.get(each.name)),
            }
            for each in known.entries().values()
        ],
    }


def progress(fetching: Fetching | None) -> dict[str, Any] | None:
    """Return how far a fetch is."""
    if fetching is None:
        return None
    return {
        "stage": fetching.stage,
        "done": fetching.done,
        "wrong": fetching.wrong,
        "over": fetching.over.is_set(),
    }

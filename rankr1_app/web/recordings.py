"""Recorded searches: listed, read again, call by call, and as files."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from ..errors import shown
from ..events import CallFinished, CallStarted, Event
from ..results import call_object, gather
from ..service import Service
from ..settings import check_choice
from ..store import FACETS, SHUFFLES, TRIALS
from . import download, lines
from .guard import private
from .http import KEPT, Refused, Serving, answer
from .searches import NDJSON, STREAM, UNTOUCHED, Running, streamed
from .shapes import Recorded

router = APIRouter(prefix="/api", tags=["recordings"])


@router.get("/recordings", response_model=list[Recorded])
async def recordings(request: Request, service: Serving) -> Response:
    """List the recorded searches. Other people's queries are theirs: only this machine itself may list them."""
    if not private(request.scope):
        raise Refused(403, "the list of recordings is given to programs on this machine only, open one by its id")
    return answer(await asyncio.to_thread(service.library.recordings))


@router.get("/recordings/{name}", **STREAM)
async def recording(name: str, service: Serving, running: Running, call: int | None = None) -> Response:
    """Read a recorded search as lines, or one of its calls whole; of a search that runs, what has come of it and what
    will."""
    run = running.runs.get(name)
    if call is not None:
        if run is not None:
            return answer(call_of(run.events, call))
        return answer(await asyncio.to_thread(lambda: call_of(opened(service, name), call)))
    if run is not None:
        return StreamingResponse(streamed(run, service.judgements), media_type=NDJSON, headers=UNTOUCHED)
    read = lines.recorded(name, opened(service, name), service.judgements)
    return StreamingResponse(await asyncio.to_thread(started, read), media_type=NDJSON)


@router.get("/recordings/{name}/download", response_class=Response)
async def downloaded(name: str, form: str, service: Serving) -> Response:
    """Give a recorded search as a file."""
    check_choice("download", form, tuple(download.FORMS))
    events = opened(service, name)
    made = await asyncio.to_thread(file_of, service, name, form, events)
    disposition = f'attachment; filename="rank-r1-{name}.{form}"'
    return Response(made, headers=KEPT | {"Content-Disposition": disposition}, media_type=download.TYPES[form])


@router.get("/gallery", response_model=list[Recorded])
async def gallery(service: Serving) -> Response:
    """List the recordings that came with the product."""
    return answer(await asyncio.to_thread(service.library.gallery))


def file_of(service: Service, name: str, form: str, events: Iterator[Event]) -> bytes:
    """Return a recorded search as a file; a page holds what is beside it too. Blocks."""
    if form != "html":
        return download.FORMS[form](name, events)
    store = service.library.store
    return download.page(name, events, shuffles(service, name), store.beside(name, FACETS), store.beside(name, TRIALS))


def opened(service: Service, name: str) -> Iterator[Event]:
    """Return the events of a recording. Raises `Refused` where there is none."""
    try:
        return service.library.events(name)
    except FileNotFoundError:
        raise Refused(404, f"recording {shown(name)} does not exist") from None


def shuffles(service: Service, name: str) -> Iterator[tuple[str, Iterator[Event]]]:
    """Yield the runs of a search with its documents shuffled otherwise. One that was deleted is left out."""
    for row in service.library.store.beside(name, SHUFFLES):
        with suppress(FileNotFoundError):
            yield row["run"], service.library.events(row["run"])


def call_of(events: Iterable[Event], call: int) -> dict[str, Any]:
    """Return one call with messages and raw text. Raises `Refused` for one that was never asked."""
    fold = gather(event for event in events if isinstance(event, CallStarted | CallFinished) and event.call == call)
    if call not in fold.started:
        raise Refused(404, f"call {call} is not in this search")
    return {**call_object(fold, call), "messages": msgspec.to_builtins(fold.started[call].messages)}


def started(read: Iterator[bytes]) -> Iterator[bytes]:
    """Return `read`, its first two lines read already: what cannot be opened is refused before anything is sent."""
    return itertools.chain(list(itertools.islice(read, 2)), read)

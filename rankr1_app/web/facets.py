"""Facets: labels of a reader's own over the list of a recorded search, and which documents each fits."""

from __future__ import annotations

import asyncio

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ..catalogue import Entry
from ..engines.gliclass import GLiClass
from ..errors import Problem
from ..facets import Facets, checked_labels, classifier, classify, engine_of, fetchable, listed
from ..results import gather
from ..service import Service
from ..store import FACETS
from .guard import private
from .http import JSON, Refused, Serving, answer, while_there
from .recordings import opened
from .searches import Running
from .shapes import Labelled, LabelsRequest

router = APIRouter(prefix="/api/recordings", tags=["recordings"])
MOST = 64
"""Sets of labels that are kept of a search."""


@router.get("/{name}/facets", response_model=Labelled)
async def labelled(name: str, service: Serving) -> Response:
    """List the labels that were asked for in a recorded search, with their probability for each document."""
    return answer({"facets": await asyncio.to_thread(service.library.store.beside, name, FACETS)})


@router.post("/{name}/facets", response_model=Labelled, dependencies=JSON)
async def label(name: str, body: LabelsRequest, running: Running, request: Request) -> Response:
    """Say which documents of a recorded search fit which labels; keep it. It takes the place of a search."""
    service, labels = running.service, checked_labels(body.labels)
    documents = await asyncio.to_thread(lambda: listed(gather(opened(service, name))))
    before = await asyncio.to_thread(service.library.store.beside, name, FACETS)
    entry = await asyncio.to_thread(chosen, private(request.scope))
    for row in before:
        if (row["model"], row["labels"]) == (entry.name, list(labels)):
            return answer({"facets": [row]})
    if len(before) >= MOST:
        raise Problem(f"search {name} has {len(before)} sets of labels, which is the most that are kept")
    async with running.places:
        found = await while_there(request, classify(engine(service, entry), entry, labels, documents))
    return answer({"facets": [await asyncio.to_thread(keep, service, name, found)]})


def chosen(here: bool) -> Entry:
    """Return the classifier. Raises `Problem` where it is not on this machine and cannot be fetched now, or where
    whoever asks does not sit `here`: who does alone may have it fetched."""
    entry, present = classifier()
    if present:
        return entry
    if not here:
        raise Refused(403, f"labels need a classifier such as {entry.name}, whose weights are not on this server")
    fetchable(entry)
    return entry


def engine(service: Service, entry: Entry) -> GLiClass:
    """Return the engine of a classifier."""
    found = service.wiring.engine(engine_of(entry))
    assert isinstance(found, GLiClass)
    return found


def keep(service: Service, name: str, found: Facets) -> object:
    """Keep what was found beside its search; return it as it is kept."""
    row: object = msgspec.to_builtins(found)
    service.library.store.add_beside(name, FACETS, row)
    return row

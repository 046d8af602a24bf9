"""Questions about a search: where a document stands and why, and which of two is better."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ..inquiry import Inquiry
from ..pipeline import checked_query
from ..service import Service
from . import lines
from .http import JSON, Serving, answer, while_there
from .shapes import CompareRequest, FindRequest, Found, Lines, SearchRequest

router = APIRouter(prefix="/api", tags=["inquiry"], dependencies=JSON)


@router.post("/find", response_model=Found)
async def find(body: FindRequest, service: Serving) -> Response:
    """Say where a document stands in the first stage, and by which words."""
    about = inquiry(service, body)
    return answer(await asyncio.to_thread(about.find, body.text))


@router.post("/compare", response_model=Lines)
async def compare(body: CompareRequest, service: Serving, request: Request) -> Response:
    """Say what the model thinks of two documents, as the lines of a search of one comparison."""
    events = await while_there(request, inquiry(service, body).compare(body.documents))
    return answer({"lines": await asyncio.to_thread(lines.made, events)})


def inquiry(service: Service, body: SearchRequest) -> Inquiry:
    """Return the search that is asked about."""
    return Inquiry(service, service.allowed(body.changes()), checked_query(body.query), tuple(body.like))

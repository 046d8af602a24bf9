"""Questions about a search: where a document stands and why, and which of two is better."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from fastapi.responses import Response

from ..inquiry import Inquiry
from ..pipeline import checked_query
from ..service import Service
from . import lines
from .http import JSON, Serving, answer
from .shapes import CompareRequest, FindRequest, Found, Lines, SearchRequest

router = APIRouter(prefix="/api", tags=["inquiry"], dependencies=JSON)


@router.post("/find", response_model=Found)
async def find(asked: FindRequest, service: Serving) -> Response:
    """Say where a document stands in the first stage, and by which words."""
    about = inquiry(service, asked)
    return answer({"documents": await asyncio.to_thread(about.find, asked.text)})


@router.post("/compare", response_model=Lines)
async def compare(asked: CompareRequest, service: Serving) -> Response:
    """Say what the model thinks of two documents, as the lines of a search of one comparison."""
    writer = lines.Writer()
    events = await inquiry(service, asked).compare(asked.documents)
    made = [line for event in events for line in writer.feed(event)]
    return answer({"lines": [*made, *writer.flush()]})


def inquiry(service: Service, asked: SearchRequest) -> Inquiry:
    """Return the search that is asked about."""
    return Inquiry(service, service.allowed(asked.changes()), checked_query(asked.query))

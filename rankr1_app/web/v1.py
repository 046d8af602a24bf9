"""The API for other programs: searches and reranking in the shapes that their clients already speak."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from ..catalogue import NONE, entry
from ..errors import Problem, shown
from ..events import Event, to_dict
from ..results import gather, result
from ..retrieval.literal import literal
from ..service import Service
from ..settings import DEPTH
from .http import JSON, Serving, answer, dumps, while_there
from .lines import Item, Queued, beside
from .recordings import opened
from .searches import NDJSON, UNTOUCHED, Run, Running
from .shapes import Indexes, Models, RerankAnswer, RerankRequest, SearchAnswer, SearchRequest

router = APIRouter()
SSE = "text/event-stream"
RECIPROCAL = "reciprocal rank"
"""What `relevance_score` is where a method has no score of its own: 1 for the first, 1/2 for the second."""
STREAMS: dict[int | str, dict[str, Any]] = {200: {"content": {NDJSON: {}, SSE: {}}}}


@router.post("/v1/search", dependencies=JSON, response_model=SearchAnswer, responses=STREAMS, tags=["search"])
async def search(body: SearchRequest, running: Running, request: Request) -> Response:
    """Search and rerank. Answers with one object, or with the events as they come where `Accept` asks for
    `application/x-ndjson` or `text/event-stream`. A search whose reader leaves is ended."""
    accepted = request.headers.get("accept", "")
    for stream in (NDJSON, SSE):
        if stream in accepted:
            run = await running.begin(body.query, body.changes(), like=body.like)
            headers = UNTOUCHED | {"X-Run-Id": run.id}
            return StreamingResponse(streamed(run, stream), media_type=stream, headers=headers)
    name, events = await while_there(request, running.collect(body.query, body.changes(), like=body.like))
    return ended({"id": name, **await asyncio.to_thread(plain, events)})


async def streamed(run: Run, kind: str) -> AsyncIterator[bytes]:
    """Yield what comes of a running search."""
    reader, arriving = run.read()
    try:
        while (item := await arriving.get()) is not None:
            yield await asyncio.to_thread(framed, item, kind)
    finally:
        run.unread(reader)


def framed(item: Item, kind: str) -> bytes:
    """Return one line, or one server-sent event."""
    line = line_of(item)
    return dumps(line) if kind == NDJSON else b"event: %b\ndata: %b\n" % (line["type"].encode(), dumps(line))


def line_of(item: Item) -> dict[str, Any]:
    """Return an event as it is recorded, or what else happened to the search."""
    return beside(item) if isinstance(item, Queued | Problem) else to_dict(item)


def plain(events: Sequence[Event]) -> dict[str, Any]:
    """Return a search as `rankr1 search --format json` prints it."""
    return result(gather(events))


def ended(found: Mapping[str, Any]) -> Response:
    """Answer with a finished search. One that failed or was stopped says so in its status, beside what it settled."""
    match found["state"]:
        case "failed":
            return answer({"error": found["message"], **found}, 502)
        case "stopped":
            return answer({"error": "the search was stopped", **found}, 503)
        case _:
            return answer(found)


@router.post("/rerank", dependencies=JSON, include_in_schema=False)
@router.post("/v1/rerank", dependencies=JSON, response_model=RerankAnswer, tags=["rerank"])
@router.post("/v2/rerank", dependencies=JSON, response_model=RerankAnswer, tags=["rerank"])
async def rerank(body: RerankRequest, running: Running, request: Request) -> Response:
    """Rerank documents of your own, as Cohere, Jina, vLLM and LiteLLM have it. The first `top_n` ranks are the
    model's, by default as many as the server settles; what is below them stays in the order given."""
    service = running.service
    check_model(service, body.model)
    given = literal([body.fields(place) for place in range(len(body.documents))])
    if not given.documents:
        return answer(reranked(body, service, "", {"ranking": [], "totals": {}}))
    if len(given.documents) > DEPTH[1]:
        raise Problem(f"documents are {len(given.documents):,}, at most {DEPTH[1]:,} are taken")
    first = body.top_n or service.settings.k
    changes: dict[str, Any] = {"depth": len(given.documents), "k": min(first, len(given.documents))}
    if body.model == NONE:
        changes["reranker"] = NONE
    name, events = await while_there(request, running.collect(body.query, changes, given=given))
    found = await asyncio.to_thread(plain, events)
    if found["state"] != "finished":
        return ended({"id": name, **found})
    return answer(reranked(body, service, name, found))


def check_model(service: Service, model: str | None) -> None:
    """Raise `Problem` for a model that this server does not run."""
    names = dict.fromkeys([*service.rerankers(), service.settings.model])
    if model and model not in names:
        raise Problem(f"model {shown(model)} is not served here, known are {', '.join(filter(None, names))}")


def reranked(body: RerankRequest, service: Service, name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a request to rerank."""
    ranking = found["ranking"][: body.top_n]
    scored = bool(ranking) and all(each["score"] is not None for each in ranking)
    totals = found["totals"]
    read, written = totals.get("prompt_tokens", 0), totals.get("completion_tokens", 0)
    return {
        "id": name,
        "model": body.model or service.settings.reranker,
        "score_name": ranking[0]["score_name"] if scored else RECIPROCAL,
        "results": [
            {
                "index": int(each["id"]) - 1,
                "relevance_score": each["score"] if scored else 1 / each["rank"],
                **({"document": body.echoed(int(each["id"]) - 1)} if body.return_documents else {}),
                **{key: each[key] for key in ("settled", "reasons", "notes")},
            }
            for each in ranking
        ],
        "usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written},
        "meta": {"api_version": {"version": "2"}, "tokens": {"input_tokens": read, "output_tokens": written}},
    }


@router.get("/v1/models", response_model=Models, tags=["rerank"])
async def models(service: Serving) -> Response:
    """List the models this server reranks with."""
    found = [entry(name) for name in service.rerankers() if name != NONE]
    return answer(
        {
            "object": "list",
            "data": [
                {"id": each.name, "object": "model", "created": 0, "owned_by": "rank-r1", "about": each.about}
                for each in found
            ],
        }
    )


@router.get("/v1/indexes", response_model=Indexes, tags=["search"])
async def indexes(service: Serving) -> Response:
    """List the indexes that may be searched."""
    found = await asyncio.to_thread(service.indexes)
    return answer({"data": [{"name": name, "documents": documents} for name, documents in found.items()]})


@router.get("/v1/runs/{name}", response_model=SearchAnswer, tags=["search"])
async def recorded(name: str, service: Serving, running: Running) -> Response:
    """Give a recorded search, or one under way as far as it is."""
    if name in running.runs:
        events = list(running.runs[name].events)
        return answer({"id": name, **await asyncio.to_thread(plain, events)})
    return answer({"id": name, **await asyncio.to_thread(lambda: plain(list(opened(service, name))))})

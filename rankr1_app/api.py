"""The HTTP side: the page, the stream of a search, what was kept of it, and whether all is well."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from starlette.staticfiles import StaticFiles

from .catalogue import NONE, entries
from .errors import Problem, shown
from .events import CallFinished, CallStarted, Event
from .inquiry import Inquiry
from .paths import STATIC
from .pipeline import checked_query
from .results import call_object, gather
from .service import Service
from .settings import known
from .ui import download, page, wire

LARGEST = 256 * 1024
"""Bytes of a request body taken, several times the longest query."""


class Refused(Problem):
    """A request turned away with a status of its own; any other `Problem` is a 400."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


@dataclass
class Run:
    """A search under way. It has a task of its own, so that it ends tidily when its reader is gone."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    heard: wire.Heard = field(default_factory=asyncio.Queue)
    refused: Problem | None = None
    calls: list[CallStarted | CallFinished] = field(default_factory=list)

    async def follow(self, events: AsyncGenerator[Event, None]) -> None:
        """Listen to the search until it ends. A `Problem` before its first event is `refused`."""
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, CallStarted | CallFinished):
                        self.calls.append(event)
                    self.heard.put_nowait(event)
                    self.begun.set()
        except Problem as problem:
            if not self.begun.is_set():
                self.refused = problem
            self.heard.put_nowait(problem)
        finally:
            self.heard.put_nowait(None)
            self.begun.set()


@dataclass
class Api:
    """The routes, over one service."""

    service: Service
    runs: dict[str, Run] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    docs_per_call: dict[str, int] = field(
        default_factory=lambda: {name: entry.docs_per_call for name, entry in entries().items()}
    )

    async def catalogue(self) -> Response:
        """What the page offers."""
        return answer(await asyncio.to_thread(self.service.catalogue))

    async def health(self) -> Response:
        """The state of the parts, in words."""
        return answer(self.service.health())

    async def ready(self) -> Response:
        """200 when the index is open and the engine can answer, else 503."""
        health = self.service.health()
        model = self.service.settings.reranker == NONE or health["engine"] == "ready"
        return answer(health, 200 if model and health["index"] == "ok" else 503)

    async def search(self, request: Request) -> Response:
        """Run a search and stream its lines. It is closed when its reader goes."""
        asked = await body(request)
        query = asked.pop("query", None)
        if not isinstance(query, str):
            raise Problem(f"query {shown(query)} is no text, a search needs one")
        name, run = self.service.store.new_id(), Run()
        task = asyncio.create_task(run.follow(self.service.search(query, asked, run.stop, name)))
        self.runs[name] = run
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        task.add_done_callback(lambda _: self.runs.pop(name, None))
        await run.begun.wait()
        if run.refused:
            raise run.refused
        return StreamingResponse(self.lines(name, run, task), media_type="application/x-ndjson", headers=UNTOUCHED)

    async def lines(self, name: str, run: Run, task: asyncio.Task[None]) -> AsyncIterator[bytes]:
        """The lines of a running search."""
        try:
            async for line in wire.live(name, run.heard, self.docs_per_call):
                yield line
        finally:
            task.cancel()

    async def stop(self, name: str) -> Response:
        """End a running search; its stream then says what was settled."""
        if name not in self.runs:
            raise Refused(404, f"search {shown(name)} is not running")
        self.runs[name].stop.set()
        return answer({"stopped": name})

    async def recordings(self, request: Request) -> Response:
        """The searches kept. Other people's queries are theirs: only this machine itself may list them."""
        if not local(request):
            raise Refused(403, "the list of recordings is given to the machine itself only, open one by its id")
        return answer(await asyncio.to_thread(self.service.recordings))

    async def recording(self, name: str, call: int | None = None) -> Response:
        """A kept search as lines, or one of its calls whole, which may still be running."""
        if call is not None:
            if name in self.runs:
                return answer(whole(self.runs[name].calls, call))
            return answer(await asyncio.to_thread(lambda: whole(self.kept(name), call)))
        lines = wire.kept(name, self.kept(name), self.docs_per_call)
        return StreamingResponse(await asyncio.to_thread(started, lines), media_type="application/x-ndjson")

    async def download(self, name: str, form: str) -> Response:
        """A kept search as a file to keep."""
        known("download", form, tuple(download.FORMS))
        events = self.kept(name)
        made = await asyncio.to_thread(lambda: download.FORMS[form](name, events))
        disposition = f'attachment; filename="rank-r1-{name}.{form}"'
        return Response(made, headers=KEPT | {"Content-Disposition": disposition}, media_type=download.TYPES[form])

    async def gallery(self) -> Response:
        """The recordings that came with the product."""
        return answer(await asyncio.to_thread(self.service.gallery))

    async def find(self, request: Request) -> Response:
        """Where a document stands in the first stage, and by which words."""
        asked, text = await self.inquiry(request, "text")
        return answer({"documents": await asyncio.to_thread(asked.find, str(text))})

    async def compare(self, request: Request) -> Response:
        """What the model says of two documents, as the lines of a search of one comparison."""
        asked, documents = await self.inquiry(request, "documents")
        if not isinstance(documents, list) or not all(isinstance(each, str) for each in documents):
            raise Problem(f"documents {shown(documents)} are no list of ids")
        made = wire.Wire(self.docs_per_call)
        lines = [line for event in await asked.compare(documents) for line in made.feed(event)]
        return answer({"lines": [*lines, *made.flush()]})

    async def estimate(self, request: Request) -> Response:
        """What a search with these settings will take."""
        asked = await body(request)
        asked.pop("query", None)
        return answer(await asyncio.to_thread(self.service.estimate, asked))

    async def inquiry(self, request: Request, about: str) -> tuple[Inquiry, object]:
        """The search that is asked about, and the value of `about`."""
        asked = await body(request)
        value, query = asked.pop(about, None), asked.pop("query", None)
        if not isinstance(query, str):
            raise Problem(f"query {shown(query)} is no text, give that of the search")
        return Inquiry(self.service, self.service.allowed(asked), checked_query(query)), value

    def kept(self, name: str) -> Iterator[Event]:
        """The events of a recording. Raises `Refused` where there is none."""
        try:
            return self.service.recording(name)
        except FileNotFoundError:
            raise Refused(404, f"recording {shown(name)} does not exist") from None

    async def warm(self) -> None:
        """Open index and engine before somebody asks. What fails is said by health, and by the first search."""
        with contextlib.suppress(Problem):
            await asyncio.to_thread(self.service.retriever, self.service.settings)
        if self.service.settings.reranker != NONE:
            with contextlib.suppress(Problem):
                await self.service.warm()


KEPT = {"Cache-Control": "no-store"}
# A proxy that gathers or packs a stream before it passes it on would hide the search until it is over.
UNTOUCHED = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}


class Fresh(StaticFiles):
    """Files a browser asks about each time, so that a page is never half old and half new."""

    def file_response(self, *args: Any, **named: Any) -> Response:
        """The file, to be checked before it is used again."""
        response = super().file_response(*args, **named)
        response.headers["Cache-Control"] = "no-cache"
        return response


def create(service: Service) -> FastAPI:
    """The whole application. Index and engine are opened in the background once it is served."""
    api = Api(service)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        warming = asyncio.create_task(api.warm())
        yield
        for task in (warming, *api.tasks):
            task.cancel()
        await asyncio.gather(warming, *api.tasks, return_exceptions=True)
        await service.close()

    app = FastAPI(title=page.TITLE, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(Problem, refuse)
    app.add_exception_handler(RequestValidationError, misfit)
    app.add_api_route("/healthz", alive)
    app.add_api_route("/readyz", api.ready)
    app.add_api_route("/api/catalogue", api.catalogue)
    app.add_api_route("/api/health", api.health)
    app.add_api_route("/api/search", api.search, methods=["POST"])
    app.add_api_route("/api/search/{name}/stop", api.stop, methods=["POST"])
    app.add_api_route("/api/recordings", api.recordings)
    app.add_api_route("/api/recordings/{name}", api.recording)
    app.add_api_route("/api/recordings/{name}/download", api.download)
    app.add_api_route("/api/gallery", api.gallery)
    app.add_api_route("/api/find", api.find, methods=["POST"])
    app.add_api_route("/api/compare", api.compare, methods=["POST"])
    app.add_api_route("/api/estimate", api.estimate, methods=["POST"])
    app.mount("/page", Fresh(directory=STATIC))
    page.mount(app, service)
    return app


async def alive() -> Response:
    """That the process answers."""
    return answer({"status": "alive"})


async def refuse(_: Request, problem: Exception) -> Response:
    """A problem as one line."""
    return answer({"error": str(problem)}, problem.status if isinstance(problem, Refused) else 400)


async def misfit(_: Request, error: Exception) -> Response:
    """A value in an address that is not of its kind, as one line."""
    assert isinstance(error, RequestValidationError)
    wrong = error.errors()[0]
    what = Problem(f"{wrong['loc'][-1]} {shown(wrong.get('input'))} is not as it should be: {wrong['msg']}")
    return answer({"error": str(what)}, 400)


def answer(value: object, status: int = 200) -> Response:
    """`value` as JSON; what is no Unicode becomes `?`."""
    return Response(wire.dumps(value), status, {"Cache-Control": "no-store"}, "application/json")


async def body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent. Raises `Problem`. JSON's own media type is asked for because a form of
    another site cannot send it."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, f"content type {shown(kind)} is not taken, send application/json")
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > LARGEST:
            raise Refused(413, f"the request has more than {LARGEST:,} bytes, which is the most that is taken")
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        text = data[:80].decode("utf-8", "replace")
        raise Problem(f"the request {shown(text, 40)} is not JSON, send an object with a query") from None
    if not isinstance(value, dict):
        raise Problem(f"the request {shown(value, 40)} is no JSON object, send one with a query")
    return value


def whole(events: Iterable[Event], call: int) -> dict[str, Any]:
    """One call with messages and raw text. Raises `Refused` for one that was never asked."""
    fold = gather(event for event in events if isinstance(event, CallStarted | CallFinished) and event.call == call)
    if call not in fold.started:
        raise Refused(404, f"call {call} is not in this search")
    return {**call_object(fold, call), "messages": msgspec.to_builtins(fold.started[call].messages)}


def started(lines: Iterator[bytes]) -> Iterator[bytes]:
    """`lines`, the first two read already: what cannot be opened is refused before anything is sent."""
    return itertools.chain(list(itertools.islice(lines, 2)), lines)


def local(request: Request) -> bool:
    """Whether the request comes from this machine."""
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False

"""What every route shares: the parts it works on, and how it answers and refuses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import Problem, in_words, shown
from ..service import OPEN, Service

Result = TypeVar("Result")
KEPT = {"Cache-Control": "no-store"}


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


class Refused(Problem):
    """A request turned away with a status of its own; any other `Problem` is a 400."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


def service(request: Request) -> Service:
    """Return the service that this application was made over."""
    found: Service = request.app.state.service
    return found


Serving = Annotated[Service, Depends(service)]


def json_only(request: Request) -> None:
    """Raise `Refused` for a body of another media type: a form of another site can send those, but not JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, f"content type {shown(kind)} is not taken, send application/json")


JSON = [Depends(json_only)]


def dumps(value: object) -> bytes:
    """Return `value` as one line of JSON in UTF-8; what is not Unicode (a lone surrogate) becomes `?`."""
    try:
        return msgspec.json.encode(value) + b"\n"
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def answer(value: object, status: int = 200) -> Response:
    """Answer with `value` as JSON."""
    return Response(dumps(value), status, KEPT, "application/json")


def refusal(problem: Problem, *, closing: bool = False) -> Response:
    """Answer with the one sentence of a problem, `closing` the connection where the request was not read whole."""
    response = answer({"error": str(problem)}, problem.status if isinstance(problem, Refused) else 400)
    if closing:
        response.headers["Connection"] = "close"
    return response


@dataclass(frozen=True)
class Outermost:
    """Answers whatever `app` raises with one sentence, and logs the rest."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if scope["type"] != "http":
                raise
            broken = Refused(500, in_words(error))
            if not begun:
                await refusal(broken)(scope, receive, send)


class Left(Exception):
    """The reader of an answer has left."""


async def while_there(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Return what `work` returns. It is ended with `Left` as soon as the reader has left."""
    working, leaving = asyncio.create_task(work), asyncio.create_task(left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Left
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def left(request: Request) -> None:
    """Wait until the reader has left. The body of the request must have been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def refusals(app: FastAPI) -> None:
    """Have every fault answered with one sentence in JSON, wrong methods and paths among them. Routes that are added
    later answer for themselves."""
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(Left, on_left)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    methods: dict[str, set[str]] = {}
    for route in app.routes:
        if isinstance(route, Route) and route.methods:
            methods.setdefault(route.path, set()).update(route.methods)
    for path, taken in methods.items():
        app.router.routes.append(Route(path, closed(taken), methods=[each for each in METHODS if each not in taken]))
    for prefix in ("/api", "/v1", "/v2"):
        app.router.routes.append(Route(prefix + "/{path:path}", missing, methods=METHODS))


def closed(taken: set[str]) -> Callable[[Request], Response]:
    """Return what answers the methods that a path does not take."""
    allow = ", ".join(sorted(taken))

    def wrong(request: Request) -> Response:
        response = refusal(Refused(405, f"{request.url.path} takes {allow}, not {request.method}"))
        response.headers["Allow"] = allow
        return response

    return wrong


def missing(request: Request) -> Response:
    """Answer a path that is not there."""
    return refusal(Refused(404, f"{shown(request.url.path)} does not exist, /docs lists what does"))


async def on_problem(_: Request, problem: Exception) -> Response:
    """Answer a `Problem`."""
    assert isinstance(problem, Problem)
    return refusal(problem)


async def on_left(_: Request, __: Exception) -> Response:
    """Answer nobody, with the status that servers log for it."""
    return Response(status_code=499)


async def on_invalid(_: Request, error: Exception) -> Response:
    """Answer a request that is not of the documented shape."""
    assert isinstance(error, RequestValidationError)
    return refusal(invalid(error.errors()[0], error.body))


async def on_http(request: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses."""
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, ValueError | RecursionError):
        return refusal(NOT_JSON)
    if error.status_code == 404:
        return missing(request)
    what = f"{request.method} {shown(request.url.path)} was refused: {error.detail}"
    return refusal(Refused(error.status_code, what))


MUST = {
    "string_type": "must be a string",
    "int_type": "must be an integer",
    "int_parsing": "must be an integer",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "finite_number": "must be a finite number",
}
NOT_JSON = Problem("the request is not JSON, send an object")


def invalid(error: Mapping[str, Any], body: object) -> Problem:
    """Say in a sentence what the first fault of a request is."""
    name, value = str(error["loc"][-1]), shown(error.get("input"))
    match error["type"]:
        case "json_invalid":
            return Problem(f"the request {shown(body, 40)} is not JSON, send an object")
        case "model_attributes_type" | "dict_type" if len(error["loc"]) == 1:
            return Problem(f"the request {value} is not a JSON object, send one")
        case "missing" if len(error["loc"]) == 1:
            return Problem("the request is empty, send a JSON object")
        case "missing":
            return Problem(f"{name} is missing, the request needs one")
        case "extra_forbidden":
            return Problem(f"setting {shown(name)} is unknown, known are {', '.join(OPEN)}")
        case "string_unicode":
            return Problem(f"{name} {value} is not valid Unicode (a lone surrogate), send it as UTF-8")
        case kind:
            return Problem(f"{name} {value} {MUST.get(kind, 'is not valid: ' + error['msg'])}")

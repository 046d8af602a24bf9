"""What every route shares: the parts it works on, and how it answers and refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ..errors import Problem, shown
from ..service import OPEN, Service

KEPT = {"Cache-Control": "no-store"}


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


def refusals(app: FastAPI) -> None:
    """Have every fault answered with one sentence in JSON."""
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)


async def on_problem(_: Request, problem: Exception) -> Response:
    """Answer a `Problem`."""
    assert isinstance(problem, Problem)
    return refusal(problem)


async def on_invalid(_: Request, error: Exception) -> Response:
    """Answer a request that is not of the documented shape."""
    assert isinstance(error, RequestValidationError)
    return refusal(invalid(error.errors()[0], error.body))


async def on_http(_: Request, error: Exception) -> Response:
    """Answer what the framework itself refuses."""
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, ValueError | RecursionError):
        return refusal(NOT_JSON)
    return refusal(Refused(error.status_code, str(error.detail)))


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
            return Problem(f"{name} is not valid Unicode (a lone surrogate), send it as UTF-8")
        case kind:
            return Problem(f"{name} {value} {MUST.get(kind, 'is not valid: ' + error['msg'])}")

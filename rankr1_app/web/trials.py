"""Reasons that are tried: the model asked again without what a reason rests on, or with that alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import Response

from ..ablation import alone
from ..errors import shown as quoted
from ..events import CallStarted, Retrieved, SearchStarted
from ..plan import resolve
from ..reranking.protocol import RerankEvent
from ..service import OPEN, Service
from ..store import TRIALS
from ..trial import Trial, ask, retriever_of, trial, version
from . import lines
from .http import JSON, Refused, Serving, answer, while_there
from .recordings import opened
from .shapes import TrialRequest, Trials

router = APIRouter(prefix="/api/recordings", tags=["recordings"])


@router.get("/{name}/trials", response_model=Trials)
async def trials(name: str, service: Serving) -> Response:
    """List what was tried of a recorded search, with what the model said then."""
    return answer({"trials": await asyncio.to_thread(service.library.store.beside, name, TRIALS)})


@router.post("/{name}/trials", response_model=Trials, dependencies=JSON)
async def tried(name: str, body: TrialRequest, service: Serving, request: Request) -> Response:
    """Ask one comparison of a recorded search again, with the chosen document changed; keep what is said."""
    started, found = await asyncio.to_thread(read, service, name, body.call)
    changes = {key: value for key, value in started.settings.items() if key in OPEN}
    settings = alone(service.allowed(changes), len(found.documents))
    plan = resolve(settings)
    reranker = service.wiring.reranker(plan)
    if reranker is None:
        raise Refused(400, "no model was asked in this search, there is no reason to try")
    retriever = await asyncio.to_thread(retriever_of, service.wiring, plan, found)
    shown = await asyncio.to_thread(version, found, body.way, started.query, retriever)
    events = await while_there(request, ask(reranker, started.query, shown.documents))
    row = {
        "call": body.call,
        "way": body.way,
        "asked": datetime.now(UTC).isoformat(timespec="seconds"),
        "passage": [found.whole.text[start:end].strip() for start, end in found.passage],
        "title": found.title,
        "before": shown.before,
        "after": shown.after,
        "messages": sent(events),
    }
    whole = row | {"lines": await asyncio.to_thread(lines.made, events)}
    await asyncio.to_thread(service.library.store.add_beside, name, TRIALS, msgspec.to_builtins(whole))
    return answer({"trials": [whole]})


def sent(events: Iterable[Retrieved | RerankEvent]) -> list[dict[str, str]]:
    """Return what the model was sent last."""
    calls = [event for event in events if isinstance(event, CallStarted)]
    return [{"role": each.role, "content": each.content} for each in calls[-1].messages] if calls else []


def read(service: Service, name: str, call: int) -> tuple[SearchStarted, Trial]:
    """Return how a recorded search began, and what is tried of one of its calls. Raises `Refused` for a recording that
    is not there, `Problem` for a call of which nothing can be tried."""
    events = list(opened(service, name))
    found = trial(events, call)
    started = next((event for event in events if isinstance(event, SearchStarted)), None)
    if started is None:
        raise Refused(400, f"recording {quoted(name)} does not say what was asked, so that nothing of it can be tried")
    return started, found

"""Several searches side by side: run over the same candidates, read without their names, voted on, as one file."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from ..catalogue import NONE
from ..contrast import COLUMNS as MOST
from ..contrast import ranker
from ..errors import Problem, shown
from ..events import Event, Retrieved, SearchStarted
from ..pipeline import checked_query
from ..plan import resolve
from ..retrieval import indexes
from ..retrieval.among import Among
from ..service import OPEN, Service
from ..soundness import FAMILY, reasoning, sounder
from ..votes import Vote, Votes
from . import download, lines
from .blind import Blind
from .guard import private
from .http import JSON, KEPT, Refused, Serving, answer, while_there
from .recordings import opened, started
from .searches import NDJSON, STREAM, UNTOUCHED, Running, Searches, streamed
from .shapes import ColumnRequest, Lines, SounderRequest, VoteList, VoteRequest

router = APIRouter(prefix="/api/comparisons", tags=["comparisons"])
COLUMNS = (2, MOST)
"""Searches that stand side by side, at least and at most."""


def runs_of(runs: str) -> tuple[str, ...]:
    """Return the recordings that an address names. Raises `Problem`."""
    found = tuple(runs.split(","))
    low, high = COLUMNS
    if not low <= len(set(found)) == len(found) <= high:
        raise Problem(f"comparison {shown(runs, 80)} is not valid, it must be {low} to {high} different runs: a,b,c")
    return found


Runs = Annotated[tuple[str, ...], Depends(runs_of)]


@router.post("/search", dependencies=JSON, **STREAM)
async def search(column: ColumnRequest, running: Running) -> Response:
    """Run a search like any other, over the candidates of another run where one is named, or the first `depth` of them,
    and stream its lines; those of a blind one hold its ranking alone."""
    changes = column.changes()
    given = None
    if column.candidates:
        given = await asyncio.to_thread(among, running, column)
        most = max(1, len(given.candidates))
        changes |= {"index": given.index, "depth": min(changes.get("depth", most), most)}
        changes = {name: value for name, value in changes.items() if name in OPEN}
    run = await running.begin(column.query, changes, given=given, like=column.like)
    kind = Blind if column.blind else lines.Writer
    stream = streamed(run, running.service.judgements, kind)
    return StreamingResponse(stream, media_type=NDJSON, headers=UNTOUCHED)


def among(running: Searches, column: ColumnRequest) -> Among:
    """Return the candidates of the run that a column names, in the order of its retriever where it has no reranker.
    Raises `Problem`."""
    if column.like:
        raise Problem(f"candidates of run {shown(column.candidates)} are as they were found, leave out `like`")
    service = running.service
    events = running.runs[column.candidates].events if column.candidates in running.runs else None
    first, found = candidates(events if events is not None else list(opened(service, column.candidates)))
    if first is None or found is None:
        raise Refused(409, f"run {shown(column.candidates)} has found no documents yet, ask again once it has")
    if checked_query(column.query) != first.query:
        raise Problem(f"query {shown(column.query, 40)} is not that of run {column.candidates}, which must be the same")
    settings = service.allowed(column.changes() | {"index": first.settings["index"]})
    by = None
    if settings.reranker == NONE and settings.retriever and settings.retriever != found.retriever:
        by = service.wiring.lazy(resolve(settings))
    return Among(
        run=column.candidates,
        candidates=found.candidates,
        index=settings.index,
        found_by=found.retriever,
        found_score=found.score_name,
        by=by,
    )


def candidates(events: Sequence[Event]) -> tuple[SearchStarted | None, Retrieved | None]:
    """Return how a search began, and what it found."""
    first = next((event for event in events if isinstance(event, SearchStarted)), None)
    return first, next((event for event in events if isinstance(event, Retrieved)), None)


@router.get("/recordings/{name}", **STREAM)
async def recording(name: str, service: Serving, running: Running) -> Response:
    """Read a recorded search as a blind one: its ranking alone; of one that runs, also what will come of it."""
    if name in running.runs:
        stream = streamed(running.runs[name], service.judgements, Blind)
        return StreamingResponse(stream, media_type=NDJSON, headers=UNTOUCHED)
    read = lines.recorded(name, opened(service, name), service.judgements, Blind)
    return StreamingResponse(await asyncio.to_thread(started, read), media_type=NDJSON)


@router.get("/votes", response_class=Response)
async def exported(request: Request, service: Serving) -> Response:
    """Give all votes, a line each. Other people's queries are theirs: only this machine itself may read them."""
    if not private(request.scope):
        raise Refused(403, "the votes are given to programs on this machine only")
    found = await asyncio.to_thread(lambda: [msgspec.json.encode(vote) + b"\n" for vote in votes(service).all()])
    headers = KEPT | {"Content-Disposition": 'attachment; filename="rank-r1-votes.jsonl"'}
    return Response(b"".join(found), headers=headers, media_type=NDJSON)


@router.get("/{runs}/votes", response_model=VoteList)
async def voted(runs: Runs, service: Serving) -> Response:
    """List the votes on a comparison."""
    found = await asyncio.to_thread(votes(service).of, runs)
    return answer({"votes": msgspec.to_builtins(found)})


@router.post("/{runs}/votes", response_model=VoteList, dependencies=JSON)
async def vote(ballot: VoteRequest, runs: Runs, service: Serving) -> Response:
    """Keep a vote on a comparison; answers with all votes on it."""
    if ballot.choice and ballot.choice not in runs:
        raise Problem(f"choice {shown(ballot.choice)} is not one of {', '.join(runs)}")
    found = await asyncio.to_thread(keep, service, runs, ballot.choice)
    return answer({"votes": msgspec.to_builtins(found)})


def keep(service: Service, runs: tuple[str, ...], choice: str) -> list[Vote]:
    """Keep a vote, and return all on the same comparison."""
    begun = {run: candidates(list(opened(service, run)))[0] for run in runs}
    rankers = ranker_names({run: first.settings if first else {} for run, first in begun.items()})
    own = any(first and indexes.OWN.fullmatch(first.settings.get("index", "")) for first in begun.values())
    # What is asked of documents of one's own is deleted with them, a vote is not.
    query = "" if own else next((first.query for first in begun.values() if first), "")
    at = datetime.now(UTC).isoformat(timespec="seconds")
    votes(service).add(Vote(at=at, query=query, runs=runs, rankers=rankers, choice=choice))
    return votes(service).of(runs)


def ranker_names(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return whose ranking each run is by what it was asked with; where several are of one ranker, with the depth."""
    names = {run: ranker(each) if each else "" for run, each in settings.items()}
    often = Counter(names.values())
    depths = {run: f", depth {each['depth']}" for run, each in settings.items() if "depth" in each}
    return {run: name + (depths.get(run, "") if often[name] > 1 else "") for run, name in names.items()}


def votes(service: Service) -> Votes:
    """Return the votes, which are beside the recordings."""
    return Votes(service.library.store.folder / "votes.jsonl")


@router.post("/{runs}/sounder", response_model=Lines, dependencies=JSON)
async def judged(question: SounderRequest, runs: Runs, running: Running, request: Request) -> Response:
    """Say which of two reasonings about a document is sounder, as the lines of a search whose documents are the runs.
    It takes the place of a search."""
    service = running.service
    plan = resolve(service.allowed({"reranker": question.judge}))
    judge = service.wiring.reranker(plan)
    if judge is None or plan.entry is None or plan.entry.family != FAMILY:
        raise Problem(f"reranker {shown(question.judge)} judges no answers, it must be one of the family {FAMILY!r}")
    if len(runs) != 2:
        raise Problem(f"runs are {len(runs)}, a judge compares two")
    both = [await asyncio.to_thread(reasoning, run, opened(service, run), question.document) for run in runs]
    async with running.places:
        events = await while_there(request, sounder(judge, *both))
    return answer({"lines": await asyncio.to_thread(lines.made, events)})


@router.get("/{runs}/download", response_class=Response)
async def downloaded(runs: Runs, service: Serving) -> Response:
    """Give a comparison as one HTML file that opens without a server."""
    made = await asyncio.to_thread(page, service, runs)
    headers = KEPT | {"Content-Disposition": 'attachment; filename="rank-r1-comparison.html"'}
    return Response(made, headers=headers, media_type=download.TYPES["html"])


def page(service: Service, runs: tuple[str, ...]) -> bytes:
    """Return the file of a comparison, with the votes on it."""
    cast = [{"choice": each.choice} for each in votes(service).of(runs)]
    return download.comparison([(run, opened(service, run)) for run in runs], cast)

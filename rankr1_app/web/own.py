"""Documents of visitors: added, looked through, indexed, deleted. Whoever lacks the session's id finds none."""

from __future__ import annotations

import asyncio
import contextlib
import os
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import Problem, shown
from ..own import Collection, Shelf
from ..plan import best_retriever
from ..retrieval import indexes
from ..retrieval.fields import Choice
from ..retrieval.preview import Preview
from ..service import Service
from .guard import FILES, SLOWEST
from .http import JSON, Refused, answer
from .shapes import ColumnsRequest, DatasetRequest, OwnDocuments, OwnPreview, OwnSession

router = APIRouter(prefix="/api", tags=["own documents"])
HEADER = "x-rank-r1-session"
SESSION: ContextVar[str] = ContextVar("session", default="")
"""The id of the session that asks now, empty where there is none."""
SWEEP = 600.0
"""Seconds between two looks for collections that nobody uses."""
PREVIEWS = 2
"""Previews made at once."""
TEXT = 400
"""Characters of a passage shown in a preview."""


@dataclass(frozen=True)
class Sessions:
    """Lets every route know the session that asks."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            SESSION.set(Headers(scope=scope).get(HEADER, ""))
        await self.app(scope, receive, send)


class Door:
    """What visitors may do with documents of their own; nothing where there is no shelf for them."""

    def __init__(self, shelf: Shelf | None, service: Service) -> None:
        self.shelf = shelf
        self.service = service
        self.previews = asyncio.Semaphore(PREVIEWS)
        service.private = self
        if shelf:
            shelf.forget = self.forget

    def forget(self, index: str, runs: list[str]) -> None:
        """Let go of an index that is deleted, and of the searches made in it."""
        self.service.wiring.forget(index)
        for run in runs:
            with contextlib.suppress(OSError, Problem):
                self.service.library.store.delete(run)

    def open(self) -> Shelf:
        """Return the shelf. Raises `Refused` where there is none."""
        if self.shelf is None:
            raise Refused(404, "documents of visitors are not taken here, start the server with --own-documents")
        return self.shelf

    def collection(self) -> Collection:
        """Return the collection of the session that asks. Raises `Refused` where there is none."""
        found = self.open().collection(SESSION.get())
        if found is None:
            raise Refused(404, "these documents do not exist any more, or are somebody else's")
        return found

    def admits(self, index: str) -> bool:
        """Return whether an index is the visitor's own. Raises `Refused` for another visitor's."""
        if not indexes.OWN.fullmatch(index):
            return False
        if self.collection().index != index or indexes.present(index) is None:
            raise Refused(404, f"index {shown(index)} does not exist any more, or is somebody else's")
        return True

    def searched(self, index: str, run: str) -> None:
        """Note a search of a visitor's own index."""
        if indexes.OWN.fullmatch(index) and self.shelf and (found := self.shelf.collection(SESSION.get())):
            found.searched(run)

    async def sweep(self) -> None:
        """Delete what nobody uses, for ever."""
        while self.shelf:
            await asyncio.to_thread(self.shelf.sweep)
            await asyncio.sleep(SWEEP)

    def state(self, collection: Collection | None) -> dict[str, Any]:
        """Return the state of a collection, and what is open to visitors."""
        if self.shelf is None:
            return {"open": False}
        found: dict[str, Any] = {"open": True, "limits": asdict(self.shelf.limits)}
        if collection is None:
            return found
        info, building = indexes.present(collection.index), self.shelf.builds.get(collection.index)
        index = info and {"name": info.name, "documents": info.documents, "retriever": best_retriever(info.name)[0]}
        stage = building and {
            "stage": building.stage,
            "done": building.done,
            "documents": building.documents,
            "wrong": building.wrong,
            "over": building.over.is_set(),
        }
        files = [{"name": name, "bytes": size} for name, size in collection.files().items()]
        return {**found, "files": files, "index": index, "building": stage}


def door(request: Request) -> Door:
    """Return what visitors may do."""
    found: Door = request.app.state.own
    return found


Opened = Annotated[Door, Depends(door)]


@router.get("/own", response_model=OwnDocuments)
async def own(opened: Opened) -> Response:
    """Say what visitors may bring, and what the session of the header `X-Rank-R1-Session` has brought."""
    collection = opened.collection() if SESSION.get() else None
    return answer(await asyncio.to_thread(opened.state, collection))


@router.post("/own", response_model=OwnSession)
async def begin(opened: Opened) -> Response:
    """Begin a session. Whoever has its id has its documents."""
    return answer({"session": await asyncio.to_thread(opened.open().open)})


@router.delete("/own", response_model=OwnDocuments)
async def delete(opened: Opened) -> Response:
    """Delete the documents of a session, their index, and the recordings of searches in it."""
    await asyncio.to_thread(opened.open().delete, opened.collection())
    return answer(opened.state(None))


@router.put(FILES.removeprefix("/api"), response_model=OwnDocuments)
async def put(name: str, request: Request, opened: Opened) -> Response:
    """Add a file, whose bytes are the body, or replace the one of that name."""
    collection = opened.collection()
    place = collection.part(name)
    try:
        await arrive(request, place, collection.left(name))
        collection.part(name)
        os.replace(place, collection.place(name))
    except OSError as error:
        raise Problem(f"file {shown(name)} cannot be kept: {error.strerror}") from error
    finally:
        place.unlink(missing_ok=True)
    opened.open().changed(collection)
    return answer(opened.state(collection))


async def arrive(request: Request, place: Path, most: int) -> None:
    """Write the body of a request to a new file. Raises `Refused` where it is too large or comes too slowly."""
    size, chunks = 0, request.stream().__aiter__()
    with place.open("xb") as file:
        while True:
            try:
                chunk = await asyncio.wait_for(anext(chunks), SLOWEST)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise Refused(408, f"the file was silent for {SLOWEST:g} seconds, send it again") from None
            except ClientDisconnect:
                raise Refused(499, "the file is not whole, send it again") from None
            size += len(chunk)
            if size > most:
                raise Refused(413, f"the file has more than {max(0, most):,} bytes, which is the most that is left")
            await asyncio.to_thread(file.write, chunk)


@router.delete(FILES.removeprefix("/api"), response_model=OwnDocuments)
async def remove(name: str, opened: Opened) -> Response:
    """Delete a file."""
    collection = opened.collection()
    try:
        collection.place(name).unlink()
    except OSError:
        raise Refused(404, f"file {shown(name)} is not there") from None
    opened.open().changed(collection)
    return answer(opened.state(collection))


@router.post("/own/dataset", dependencies=JSON, response_model=OwnDocuments)
async def dataset(body: DatasetRequest, opened: Opened) -> Response:
    """Begin to add a dataset of the Hugging Face Hub as a file. How far it is stands in the session's state."""
    collection = opened.collection()
    await asyncio.to_thread(opened.open().fetch, collection, body.name)
    return answer(opened.state(collection))


@router.post("/own/preview", dependencies=JSON, response_model=OwnPreview)
async def preview(body: ColumnsRequest, opened: Opened) -> Response:
    """Show what will be read of the files."""
    collection = opened.collection()
    async with opened.previews:
        found = await asyncio.to_thread(opened.open().preview, collection, choices(body))
    return answer(preview_shape(found))


@router.post("/own/build", dependencies=JSON, response_model=OwnDocuments)
async def build(body: ColumnsRequest, opened: Opened) -> Response:
    """Begin to index the files: first by their words, then by their meaning. How far it is stands in the session's
    state."""
    collection = opened.collection()
    await asyncio.to_thread(opened.open().build, collection, choices(body))
    return answer(opened.state(collection))


def choices(body: ColumnsRequest) -> dict[str, Choice]:
    """Return the columns that were chosen for each file. Those of which no text was chosen are left to be guessed."""
    return {
        name: Choice((chosen.text,), chosen.id, chosen.title) for name, chosen in body.columns.items() if chosen.text
    }


def preview_shape(found: Preview) -> dict[str, Any]:
    """Return a preview as the page shows it."""
    report = found.report
    return {
        "files": [asdict(part) for part in report.parts],
        "documents": [
            {
                "id": each.id,
                "title": each.title[:TEXT],
                "text": each.text[:TEXT],
                "place": asdict(each.place) if each.place else None,
            }
            for each in found.documents
        ],
        "count": report.documents,
        "whole": found.whole,
        "wrong": found.wrong,
        "skipped": [
            {"what": what, "count": count, "where": report.examples[what]} for what, count in report.skipped.items()
        ],
    }

"""The tools for agents: search, rerank, explain and get_run, over standard input and output or over HTTP.

Arguments are few and flat, and what comes back is bounded, so that it fits a model's context: texts are cut, and of a
document's reasons the first few are given. `get_run` and the page show all of it.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from starlette.types import ASGIApp, Receive, Scope, Send

from .. import __version__
from ..errors import Problem, in_words, shown
from ..results import Fold, gather, result
from ..retrieval.literal import literal
from .recordings import opened
from .searches import Searches

if TYPE_CHECKING:
    from mcp.server import MCPServer

PATH = "/mcp"
ABOUT = """Searches a collection and reranks with a reasoning model whose own words about every document come back.
`search` looks in an index, `rerank` takes your own documents. Both return a `run`: give it to `explain` with two
document ids to read why one stands above the other, or to `get_run` for more of the list. Reasons are verbatim
sentences of the model and may be wrong; `notes` are the app's own words."""
TEXT, REASONS, RESULTS, DOCUMENTS = 400, 2, 20, 100
"""Characters of a text, reasons of a document, results of an answer, and documents taken."""

Query = Annotated[str, Field(description="What to look for, in words.")]
Top = Annotated[int, Field(ge=1, le=RESULTS, description="Results wanted.")]
RunId = Annotated[str, Field(description="The `run` of an earlier answer.")]


@dataclass(frozen=True)
class Tools:
    """What an agent may call."""

    searches: Searches

    async def search(
        self,
        query: Query,
        top: Top = 5,
        index: Annotated[str, Field(description="Name of the index, empty for the server's own.")] = "",
    ) -> dict[str, Any]:
        """Search an index and rerank what was found. Returns the best documents with the model's reasons."""
        changes: dict[str, Any] = {"k": top} | ({"index": index} if index else {})
        name, events = await self.searches.collect(query, changes)
        return await asyncio.to_thread(lambda: brief(name, gather(events), top))

    async def rerank(
        self,
        query: Query,
        documents: Annotated[list[str], Field(max_length=DOCUMENTS, description="Texts, in any order.")],
        top: Top = 5,
    ) -> dict[str, Any]:
        """Rerank texts of your own. Ids of the results are places in `documents`, counted from 1."""
        given = literal(documents)
        if not given.documents:
            raise Problem("documents is empty, give at least one text")
        changes = {"depth": len(given.documents), "k": min(top, len(given.documents))}
        name, events = await self.searches.collect(query, changes, given=given)
        return await asyncio.to_thread(lambda: brief(name, gather(events), top))

    async def explain(
        self,
        run: RunId,
        above: Annotated[str, Field(description="Id of the document that stands higher.")],
        below: Annotated[str, Field(description="Id of the one that stands lower.")],
    ) -> dict[str, Any]:
        """Say why one document of a run stands above another: the comparisons they met in and what the model said
        of both there, or, if they never met, the comparisons that gave each its place."""
        return await asyncio.to_thread(lambda: between(self.fold(run), above, below))

    async def get_run(self, run: RunId, top: Top = 10) -> dict[str, Any]:
        """Read a run again: its query, settings, totals and the best documents."""
        return await asyncio.to_thread(lambda: brief(run, self.fold(run), top, whole=True))

    def fold(self, run: str) -> Fold:
        """Return a run, which may still be under way. Raises `Problem`."""
        if run in self.searches.runs:
            return gather(list(self.searches.runs[run].events))
        return gather(opened(self.searches.service, run))


def brief(run: str, fold: Fold, top: int, *, whole: bool = False) -> dict[str, Any]:
    """Return what fits a context of a search."""
    found = result(fold)
    about = ("settings", "totals") if whole else ()
    return {
        "run": run,
        "query": found["query"],
        "state": found["state"],
        **({"message": found["message"]} if "message" in found else {}),
        **({"note": found["note"]} if found["note"] else {}),
        **{name: found[name] for name in about},
        "documents_found": len(found["ranking"]),
        "results": [document(each, fold) for each in found["ranking"][:top]],
    }


def document(ranked: Mapping[str, Any], fold: Fold) -> dict[str, Any]:
    """Return a ranked document, cut."""
    return {
        "rank": ranked["rank"],
        "id": ranked["id"],
        "title": cut(ranked["title"]),
        "text": cut(fold.candidates[ranked["id"]].text),
        "ranked_by": "the model" if ranked["settled"] else "the first stage",
        "first_stage_rank": ranked["first_stage_rank"],
        "reasons": [cut(reason["text"]) for reason in ranked["reasons"][:REASONS]],
        "notes": ranked["notes"],
    }


def between(fold: Fold, above: str, below: str) -> dict[str, Any]:
    """Return why one document stands above another. Raises `Problem`."""
    order = list(fold.order)
    for each in (above, below):
        if each not in order:
            raise Problem(f"document {shown(each)} is not in this run")
    if order.index(above) >= order.index(below):
        raise Problem(f"document {shown(above)} does not stand above {shown(below)}, give them the other way round")
    answered = {call for call, finished in fold.finished.items() if finished.order}
    met = [call for call in fold.started if call in answered and {above, below} <= set(fold.started[call].documents)]
    decided = {each: list(fold.settled[each].calls) if each in fold.settled else [] for each in (above, below)}
    calls = (met or [*decided[above][-1:], *decided[below][-1:]])[:5]
    return {
        "above": {"id": above, "rank": order.index(above) + 1, "deciding_calls": decided[above]},
        "below": {"id": below, "rank": order.index(below) + 1, "deciding_calls": decided[below]},
        "note": note(fold, above, below, met),
        "calls": [spoken(fold, call, (above, below)) for call in calls],
    }


def note(fold: Fold, above: str, below: str, met: list[int]) -> str:
    """Say how the two came to their places."""
    if above not in fold.settled:
        return "Neither was ranked by the model: they stand in first-stage order, below the ranks that it settled."
    if met:
        return "They met in these comparisons."
    if below not in fold.settled:
        return "They never met. The model ranked the first; the other is below the ranks that it settled."
    return "They never met in one comparison: each won its place against others."


def spoken(fold: Fold, call: int, documents: tuple[str, str]) -> dict[str, Any]:
    """Return what was said of some documents in a call."""
    finished = fold.finished.get(call)
    reasons = [each for each in fold.stories.reasons.get(call, ()) if each.document in documents]
    return {
        "call": call,
        "best": list(finished.order[:1]) if finished else [],
        "status": finished.status if finished else "unfinished",
        "said": [{"document": each.document, "text": cut(each.text)} for each in reasons[: 2 * REASONS]],
    }


def cut(text: str) -> str:
    """Return a text that fits."""
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"


def server(searches: Searches) -> MCPServer:
    """Return the server of the tools."""
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    def worded(tool: Callable[..., Awaitable[dict[str, Any]]]) -> Callable[..., Awaitable[dict[str, Any]]]:
        @functools.wraps(tool)
        async def called(**given: Any) -> dict[str, Any]:
            try:
                return await tool(**given)
            except Exception as error:
                raise ToolError(in_words(error)) from None

        return called

    made = MCPServer("rankr1", title="Rank-R1", instructions=ABOUT, version=__version__, log_level="ERROR")
    tools = Tools(searches)
    for tool in (tools.search, tools.rerank, tools.explain, tools.get_run):
        made.add_tool(worded(tool))
    return made


async def serve(searches: Searches) -> None:
    """Serve the tools over standard input and output, until the other side closes it."""
    try:
        await server(searches).run_stdio_async()
    finally:
        await searches.close()
        await searches.service.close()


@dataclass
class Door:
    """The tools over HTTP. They are made at the first request, so that no page waits for them."""

    searches: Searches
    app: ASGIApp | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    holding: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        async with self.lock:
            self.app = self.app or await self.opened()
        await self.app(scope, receive, send)

    async def opened(self) -> ASGIApp:
        """Return the tools, ready."""
        from mcp.server.transport_security import TransportSecuritySettings

        made = await asyncio.to_thread(server, self.searches)
        # Hosts and origins are looked at for all routes alike, before this one.
        unguarded = TransportSecuritySettings(enable_dns_rebinding_protection=False)
        app = made.streamable_http_app(
            streamable_http_path=PATH, json_response=True, stateless_http=True, transport_security=unguarded
        )
        ready = asyncio.Event()

        async def hold() -> None:
            async with made.session_manager.run():
                ready.set()
                await self.closing.wait()

        self.holding = asyncio.create_task(hold())
        await ready.wait()
        return app

    async def close(self) -> None:
        """End what is open."""
        self.closing.set()
        if self.holding:
            await self.holding

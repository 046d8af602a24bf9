"""The Gradio shell around the page: one component, which loads our own modules and is then theirs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import Problem
from ..paths import STATIC
from ..results import gather, result
from .searches import Searches

TITLE = "Rank-R1"
QUEUE, CALL = "/gradio_api/queue/data", "/gradio_api/call/"
# Nothing variable may stand in these two: Gradio evaluates templates, so data would run as code.
TEMPLATE = '<div class="root"></div>'
LOAD = """
const base = location.origin + location.pathname.replace(/[^/]*$/, "");
import(base + "page/main.js").then(
    (page) => page.mount(element.querySelector(".root")),
    () => { element.textContent = "The page could not be loaded. Is the server still there? Reload to try again."; },
);
"""
HEAD = '<meta name="color-scheme" content="light dark">'


@dataclass(frozen=True)
class Listening:
    """Ends the searches of a Gradio session when nobody listens to it any more: Gradio itself lets them run on."""

    app: ASGIApp
    searches: Searches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await self.app(scope, receive, send)
        finally:
            if scope["type"] == "http" and scope["method"] == "GET":
                self.searches.leave(session(scope))


def session(scope: Scope) -> str:
    """Return the session whose messages a request listens to, empty for any other request."""
    path: str = scope["path"]
    if path == QUEUE:
        return QueryParams(scope["query_string"]).get("session_hash", "")
    return path.rsplit("/", 1)[1] if path.startswith(CALL) else ""


def mount(app: FastAPI, searches: Searches) -> None:
    """Put the page at `/` of `app`. Routes that `app` has already come first."""
    import gradio as gr

    settings = searches.service.settings
    app.add_middleware(Listening, searches=searches)

    async def search(
        query: str, depth: int = settings.depth, k: int = settings.k, request: Any = None
    ) -> dict[str, Any]:
        """Search, rerank and explain. Returns the object that `rankr1 search --format json` prints.

        Args:
            query: what to look for, in words
            depth: candidates taken from the first stage
            k: ranks the model settles
        """
        try:
            asking = getattr(request, "session_hash", None) or ""
            _, events = await searches.collect(query, {"depth": depth, "k": k}, asking)
        except Problem as problem:
            raise gr.Error(str(problem), print_exception=False) from None
        return await asyncio.to_thread(lambda: result(gather(events)))

    # Gradio gives the request to what is of its type.
    search.__annotations__["request"] = gr.Request
    with gr.Blocks(title=TITLE, analytics_enabled=False) as blocks:
        gr.HTML(html_template=TEMPLATE, js_on_load=LOAD, apply_default_css=False, elem_classes="rank-r1")
        gr.api(search, api_name="search", concurrency_limit=4)
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        ssr_mode=False,
        run_history=False,
        footer_links=["api"],
        css=(STATIC / "shell.css").read_text("utf-8"),
        head=HEAD,
    )

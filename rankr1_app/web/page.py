"""The Gradio shell around the page: one component, which loads our own modules and is then theirs."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from ..errors import Problem
from ..paths import STATIC
from ..results import Fold, result
from ..service import Service

TITLE = "Rank-R1"
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


def mount(app: FastAPI, service: Service) -> None:
    """Put the page at `/` of `app`. Routes that `app` has already come first."""
    import gradio as gr

    async def search(query: str, depth: int = service.settings.depth, k: int = service.settings.k) -> dict[str, Any]:
        """Search, rerank and explain. Returns the object that `rankr1 search --format json` prints.

        Args:
            query: what to look for, in words
            depth: candidates taken from the first stage
            k: ranks the model settles
        """
        fold = Fold()
        try:
            async for event in service.search(query, {"depth": depth, "k": k}):
                fold.see(event)
        except Problem as problem:
            raise gr.Error(str(problem), print_exception=False) from None
        return result(fold)

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

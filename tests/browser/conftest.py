"""A real page in a real browser: the app served on a port, Chromium in front of it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from rankr1_app.library import Library
from rankr1_app.retrieval import indexes
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..engines.server import ScriptedServer
from ..serving import served

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


SHOWN = "document.querySelector('rank-page').shadowRoot.querySelector('.page').style.opacity === ''"
"""True once the page is shown: its parts have their places."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Playwright holds an event loop while it lives, so it ends before other tests begin."""
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "browser tests need chromium on the path"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page as it starts out of the box: demo collection, bundled model."""
    with served(Service(Settings(k=3, retriever="bm25"), Library(Store(tmp_path_factory.mktemp("kept"))))) as address:
        yield address


@pytest.fixture
def kept(tmp_path: Path) -> Store:
    """Where the recordings of a page are."""
    return Store(tmp_path / "kept")


def papers(folder: Path, many: int, index: str) -> None:
    """Index documents of which the first say "common" most often, and the last hold the largest number."""
    rows = [
        {"id": f"d{n}", "title": f"Paper {n}", "text": f"{'common ' * (many - n)}holds number {n} exactly"}
        for n in range(many)
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    indexes.build(folder / "corpus.jsonl", index)


class Tab:
    """One page with what the tests ask of it. What the console says is kept."""

    server: ScriptedServer
    """The model's server, where the page was opened over a scripted one."""

    def __init__(
        self, browser: Browser, address: str, *, width: int = 1280, dark: bool = False, forced: bool = False
    ) -> None:
        scheme: Literal["dark", "light"] = "dark" if dark else "light"
        colours: Literal["active", "none"] = "active" if forced else "none"
        view: ViewportSize = {"width": width, "height": 900}
        self.context = browser.new_context(viewport=view, color_scheme=scheme, forced_colors=colours)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(address + ("?__theme=dark" if dark else ""))
        self.page.wait_for_selector("rank-page .pill")
        self.page.wait_for_function(SHOWN)

    def search(self, query: str) -> None:
        self.page.fill("#query", query)
        self.page.press("#query", "Enter")

    def wait(self, phase: str, seconds: float = 120) -> None:
        self.page.wait_for_function(
            "phase => document.querySelector('rank-page').state.phase === phase", arg=phase, timeout=seconds * 1000
        )
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def ids(self, settled: bool = False) -> list[str]:
        """The documents as they stand, those below the ranks asked for included."""
        if self.page.locator(".tail:not([open])").is_visible():
            self.page.locator(".tail > summary").click()
            self.page.wait_for_selector(".tail article")
        cards = self.page.locator("article.card.settled" if settled else "article.card")
        return list(cards.evaluate_all("nodes => nodes.map(node => node.dataset.id)"))

    def sideways(self) -> bool:
        """Whether the page can be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def close(self) -> None:
        self.context.close()

"""A real page in a real browser: the app served on a port, Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from rankr1_app import api
from rankr1_app.service import Service

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


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


@contextmanager
def served(service: Service) -> Iterator[str]:
    """The address of the page over `service`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(api.create(service), port=port, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join()


class Tab:
    """One page with what the tests ask of it. What the console says is kept."""

    def __init__(self, browser: Browser, address: str, *, width: int = 1280, dark: bool = False) -> None:
        scheme = "dark" if dark else "light"
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(address + ("?__theme=dark" if dark else ""))
        self.page.wait_for_selector("rank-page .pill")

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
        return cards.evaluate_all("nodes => nodes.map(node => node.dataset.id)")

    def sideways(self) -> bool:
        """Whether the page can be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def close(self) -> None:
        self.context.close()

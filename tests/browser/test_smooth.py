"""The page stays quick: its first paint, its main thread while answers stream, and the bytes it is sent."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from rankr1_app.events import Message
from rankr1_app.retrieval import indexes
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..doubles import shown
from ..engines.server import ScriptedServer
from ..serving import served
from .conftest import Tab

LONGEST_TASK = 100
"""Milliseconds for which the main thread may be held."""


def judge(messages: list[dict[str, str]]) -> str:
    """Some three hundred words, a few about each document."""
    texts = shown([Message(**m) for m in messages])
    lines = [
        f"[{n}] speaks of {text[:40]} and of much else that is of little use here." for n, text in enumerate(texts, 1)
    ]
    return f"<think>\n{' '.join(lines * 2)}\n</think>\n<answer>[1]</answer>"


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """A tab on a page over a model that streams, and 120 documents."""
    with ExitStack() as stack:
        corpus = tmp_path / "corpus.jsonl"
        rows = [{"id": f"d{n}", "title": f"Paper {n}", "text": f"common text {n} " + "word " * 60} for n in range(120)]
        corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
        indexes.build(corpus, "smooth")

        def make(**how: object) -> Tab:
            server = stack.enter_context(ScriptedServer(judge, pause=0.01))
            settings = Settings(
                index="smooth",
                base_url=server.base_url,
                model="judge",
                concurrency=4,
                cache=False,
                **how,  # type: ignore[arg-type]
            )
            address = stack.enter_context(served(Service(settings, Store(tmp_path / "kept"))))
            tab = Tab(browser, address)
            stack.callback(tab.close)
            return tab

        yield make


def watch(tab: Tab) -> None:
    """From now on, keep the length of every task that held the main thread."""
    tab.page.evaluate(
        """() => { window.tasks = [];
        new PerformanceObserver(list => list.getEntries().forEach(e => window.tasks.push(e.duration)))
            .observe({ type: 'longtask' }); }"""
    )


def test_four_streams_hold_nobody_up(page_of: Callable[..., Tab]) -> None:
    tab = page_of(depth=20, k=5, docs_per_call=10)
    sizes: list[int] = []
    tab.page.on(
        "requestfinished",
        lambda r: sizes.append(r.sizes()["responseBodySize"]) if r.url.endswith("api/search") else None,
    )
    watch(tab)
    tab.search("common text")
    tab.wait("finished")
    tasks = tab.page.evaluate("window.tasks")
    generated = tab.page.evaluate(
        "[...document.querySelector('rank-page').state.calls.values()].reduce((sum, call) => sum + call.text.length, 0)"
    )
    tab.page.wait_for_timeout(200)
    print(f"\nlongest task {max(tasks, default=0):.0f} ms, {sum(sizes):,} bytes for {generated:,} characters")
    assert max(tasks, default=0) <= LONGEST_TASK
    assert 0 < sum(sizes) < 3 * generated


def test_a_hundred_candidates_stay_smooth(page_of: Callable[..., Tab]) -> None:
    tab = page_of(depth=100, k=20, docs_per_call=10, speculation=1)
    watch(tab)
    tab.search("common text")
    tab.page.wait_for_selector(".dot")
    tab.page.get_by_role("button", name="Show the whole sort").click()
    tab.wait("finished")
    calls = tab.page.evaluate("document.querySelector('rank-page').state.calls.size")
    tasks = tab.page.evaluate("window.tasks")
    print(f"\n{calls} comparisons, longest task {max(tasks, default=0):.0f} ms")
    assert calls >= 60
    assert max(tasks, default=0) <= LONGEST_TASK
    assert tab.errors == []


def test_the_first_paint_comes_soon(page_of: Callable[..., Tab]) -> None:
    tab = page_of(depth=20)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        tab.page.reload()
        tab.page.wait_for_selector("rank-page .pill")
        times.append(time.perf_counter() - began)
    paint = tab.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
    print(f"\nfirst paint {paint:.0f} ms, form there {min(times):.2f} s")
    assert paint < 2000

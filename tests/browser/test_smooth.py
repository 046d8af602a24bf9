"""The page stays quick: its first paint, its main thread while answers stream, and the bytes it is sent."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from rankr1_app.events import Message
from rankr1_app.library import Library
from rankr1_app.retrieval import indexes
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..doubles import shown
from ..engines.server import ScriptedServer
from ..serving import served
from .conftest import Tab

LONGEST_TASK = 100
"""Milliseconds for which the main thread may be held: its own processor time, since other processes hold a test machine
up too."""
LONG, HELD, FRAME = 50, 1500, 50
"""Milliseconds: a task is long from here on, what all long ones of a search may take, and 95 of 100 of all that draw.
The aims are 1000 and 33; the trace that measures them, and another test beside it, take half as much again."""
TRIES = 3
"""They also take its caches: the page is as quick as in the best of so many searches."""


def speaker(times: int) -> Callable[[list[dict[str, Any]]], str]:
    """A judge that says some words about each document, so many times over."""

    def judge(messages: list[dict[str, Any]]) -> str:
        texts = shown([Message(**m) for m in messages])
        lines = [
            f"[{n}] speaks of {text[:40]} and of much else that is of little use here."
            for n, text in enumerate(texts, 1)
        ]
        return f"<think>\n{' '.join(lines * times)}\n</think>\n<answer>[1]</answer>"

    return judge


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """A tab on a page over a model that streams, and 120 documents."""
    with ExitStack() as stack:
        corpus = tmp_path / "corpus.jsonl"
        rows = [{"id": f"d{n}", "title": f"Paper {n}", "text": f"common text {n} " + "word " * 60} for n in range(120)]
        corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
        indexes.build(corpus, "smooth")

        def make(times: int = 2, pause: float = 0.01, **how: object) -> Tab:
            server = stack.enter_context(ScriptedServer(speaker(times), pause=pause))
            settings = Settings(
                index="smooth",
                base_url=server.base_url,
                model="judge",
                concurrency=4,
                cache=False,
                **how,  # type: ignore[arg-type]
            )
            address = stack.enter_context(served(Service(settings, Library(Store(tmp_path / "kept")))))
            tab = Tab(browser, address)
            stack.callback(tab.close)
            return tab

        yield make


def tasks(tab: Tab, search: Callable[[], None]) -> list[float]:
    """Milliseconds of processor time of each task of the page's main thread during a search, the least first."""
    browser = tab.page.context.browser
    assert browser is not None
    browser.start_tracing(page=tab.page, categories=["toplevel"])
    search()
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main = {(e["pid"], e["tid"]) for e in events if e["ph"] == "M" and e["args"].get("name") == "CrRendererMain"}
    found = [e for e in events if e["name"].endswith("::RunTask") and (e["pid"], e["tid"]) in main]
    return sorted(task["tdur"] / 1000 for task in found if "tdur" in task)


def best(tab: Tab, search: Callable[[int], None]) -> list[float]:
    """The tasks of the search in which the longest was shortest, of as many as it takes to be smooth."""
    found: list[list[float]] = []
    while len(found) < TRIES and not any(map(smooth, found)):
        found.append(tasks(tab, partial(search, len(found))))
    for each in found:
        print(f"\nlongest task {each[-1]:.0f} ms, long ones {held(each):.0f} ms, 95 of 100 {usual(each):.0f} ms")
    return min(found, key=lambda each: (not smooth(each), each[-1]))


def held(tasks: list[float]) -> float:
    return sum(task for task in tasks if task > LONG)


def usual(tasks: list[float]) -> float:
    drawing = [task for task in tasks if task > 1]
    return drawing[int(0.95 * len(drawing))]


def smooth(tasks: list[float]) -> bool:
    return tasks[-1] <= LONGEST_TASK and held(tasks) <= HELD and usual(tasks) <= FRAME


def test_four_streams_hold_nobody_up(page_of: Callable[..., Tab]) -> None:
    tab = page_of(depth=20, k=5, docs_per_call=10)

    def search(attempt: int) -> None:
        tab.search(f"common text {attempt}")
        tab.page.wait_for_selector(".dot")
        tab.wait("finished")

    assert smooth(best(tab, search))


def test_the_page_is_sent_little_more_than_what_is_generated(page_of: Callable[..., Tab]) -> None:
    tab = page_of(4, depth=20, k=5, docs_per_call=10)
    answer = tab.page.request.post(tab.page.url + "api/search", data={"query": "common text"})
    lines = [json.loads(line) for line in answer.text().splitlines() if line]
    generated = sum(len(text.encode()) for line in lines if line["type"] == "said" for text in line["calls"].values())
    print(f"\n{len(answer.body()):,} bytes for {generated:,} generated")
    assert 0 < len(answer.body()) < 3 * generated


def test_the_largest_usual_search_stays_smooth(page_of: Callable[..., Tab]) -> None:
    tab = page_of(1, pause=0.003, depth=100, k=40, docs_per_call=5, speculation=1)

    def search(attempt: int) -> None:
        tab.search(f"common text {attempt}")
        tab.page.wait_for_selector(".dot")
        tab.page.get_by_role("button", name="Show all comparisons").click()
        tab.wait("finished", 240)
        assert tab.page.evaluate("document.querySelector('rank-page').state.calls.size") >= 150

    assert smooth(best(tab, search))
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
    assert paint < 1000

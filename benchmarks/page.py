"""Measure how quickly the page comes and how quick it is in a large search: `python -m benchmarks.page`.

A server of its own over a scripted model and the demo collection, Chromium in front of it: a search of 100 candidates,
40 ranks and 5 documents a comparison, once with the drawn sort folded and once with it open. Processor time of the main
thread, frames as the clock saw them, layouts, and how much the page moved. Before them five visits, all but the first
with what the browser keeps.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from rankr1_app.events import Message
from rankr1_app.library import Library
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store
from tests.doubles import shown
from tests.engines.server import ScriptedServer
from tests.serving import served

from .common import table

QUERY = "how do people preserve food without a refrigerator"
WATCH = """() => {
    window.shifts = [];
    window.took = [];
    let last = performance.now();
    const frame = (now) => { took.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    const seen = (list) => list.getEntries().forEach((each) => each.hadRecentInput || shifts.push(each.value));
    new PerformanceObserver(seen).observe({ type: 'layout-shift' });
}"""
STATE = "document.querySelector('rank-page').state"
HEADS = [
    "sort",
    "comparisons",
    "s",
    "long tasks",
    "ms in them",
    "longest",
    "frames p95 ms",
    "layouts",
    "shift",
    "nodes",
]


def answer(messages: list[dict[str, Any]]) -> str:
    """Say a sentence of each document and choose the one whose text sorts last."""
    texts = shown([Message(**each) for each in messages])
    best = max(range(len(texts)), key=lambda place: texts[place][::-1]) + 1
    said = " ".join(f"[{n}] speaks of “{text[:40]}”, close to what is asked." for n, text in enumerate(texts, 1))
    return f"<think>\n{said}\n</think>\n<answer>[{best}]</answer>"


def visits(page: Page, address: str) -> list[dict[str, float]]:
    """Return milliseconds to the first paint of something and to the search row, for each visit."""
    found = []
    for _ in range(5):
        page.goto(address)
        page.wait_for_selector("rank-page .pill")
        row = page.evaluate("performance.now()")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        found.append({"first paint, ms": paint, "search row, ms": row})
    return found


def measure(page: Page, drawn: bool) -> list[str]:
    """Return the figures of one search."""
    browser = page.context.browser
    assert browser is not None
    page.reload()
    page.wait_for_selector("rank-page .pill")
    page.evaluate(WATCH)
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    page.fill("#query", QUERY)
    page.press("#query", "Enter")
    page.wait_for_selector(".dot")
    if drawn:
        page.get_by_role("button", name="Show all comparisons").click()
    page.wait_for_function(f"{STATE}.phase === 'finished'", timeout=300_000)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main = {(e["pid"], e["tid"]) for e in events if e["ph"] == "M" and e["args"].get("name") == "CrRendererMain"}
    own = [e for e in events if (e["pid"], e["tid"]) in main and "tdur" in e]
    tasks = [e["tdur"] / 1000 for e in own if e["name"].endswith("::RunTask")]
    long = [task for task in tasks if task > 50]
    took = sorted(page.evaluate("took"))
    return [
        "open" if drawn else "folded",
        str(page.evaluate(f"{STATE}.calls.size")),
        f"{page.evaluate(f'{STATE}.totals.seconds'):.1f}",
        str(len(long)),
        f"{sum(long):.0f}",
        f"{max(tasks):.0f}",
        f"{took[int(0.95 * len(took))]:.0f}",
        str(sum(e["name"] == "Layout" for e in own)),
        f"{page.evaluate('shifts.reduce((sum, each) => sum + each, 0)'):.3f}",
        str(page.evaluate("document.querySelector('rank-page').shadowRoot.querySelectorAll('*').length")),
    ]


def main() -> None:
    """Print a row for each of the two searches."""
    chromium = shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, ScriptedServer(answer, pause=0.01) as server:
        settings = Settings(
            base_url=server.base_url,
            model="judge",
            retriever="bm25",
            cache=False,
            concurrency=4,
            depth=100,
            k=40,
            docs_per_call=5,
        )
        with (
            served(Service(settings, Library(Store(Path(folder))))) as address,
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]) as browser,
        ):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            found = visits(page, address)
            rows = [measure(page, drawn) for drawn in (False, True)]
    print(table(found), end="\n\n")
    print(table([dict(zip(HEADS, row, strict=True)) for row in rows]))


if __name__ == "__main__":
    main()

"""Nothing moves under the reader while the page loads or a search runs: shifts of the layout, the height of the strip,
a card pointed at."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from rankr1_app import pipeline

from .conftest import Tab
from .test_explore import done, page_of

__all__ = ["page_of"]
WATCH = """() => {
    window.shifts = [];
    const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push([entry.startTime, entry.value, entry.hadRecentInput]);
    });
    observer.observe({ type: 'layout-shift', buffered: true });
}"""
HEIGHT = "document.querySelector('rank-page').shadowRoot.querySelector('.strip').offsetHeight"
TOP = "document.querySelector('rank-page').shadowRoot.querySelector('.results .list').getBoundingClientRect().top"

WORDS = "Found by words alone (BM25), since index 'explore' has no vectors yet."
NOTHING = "() => { const { state, view } = document.querySelector('rank-page'); state.note = ''; view.strip.update(); }"
CUT = """() => {
    const { state, view } = document.querySelector('rank-page');
    state.note = 'found by words. m reads English only';
    const note = 'The model read only the first 64 tokens of the query';
    view.search.more([{ type: 'shortened', at: 9, documents: {}, note }]);
}"""
DOUBT = """() => {
    const { state, view } = document.querySelector('rank-page');
    state.note = 'found by words. It may be that nothing here fits: so far';
    view.strip.update();
    view.results.update();
}"""
SECONDS = 0.8
"""Longer than a browser puts what moves down to a key that was pressed."""

SECOND = """() => {
    const card = document.querySelector('rank-page').shadowRoot.querySelectorAll('article.card')[1];
    const { left, top } = card.getBoundingClientRect();
    return [left + 200, top + 30];
}"""


def worst(shifts: list[tuple[float, float, bool]], *, asked: bool = False) -> float:
    """Cumulative layout shift: the worst window of at most five seconds without a second of rest. What follows at once
    on what the reader did counts if `asked`."""
    largest = window = first = last = 0.0
    for at, value, recent in shifts:
        if recent and not asked:
            continue
        if at - last > 1000 or at - first > 5000:
            window, first = 0.0, at
        window, last = window + value, at
        largest = max(largest, window)
    return largest


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first stage that answers late, as that of a server does which has just started."""

    def late(*asked: Any) -> Any:
        time.sleep(SECONDS)
        return found(*asked)

    found = pipeline.found
    monkeypatch.setattr(pipeline, "found", late)


@pytest.mark.usefixtures("cold")
@pytest.mark.parametrize("width", [390, 820, 1024, 1280])
def test_the_page_stands_still_while_answers_stream(page_of: Callable[..., Tab], width: int) -> None:
    tab = page_of(width=width, pause=0.02)
    page = tab.page
    # Low enough for what one begins with to fill it, so that what comes in its place is seen to move.
    page.set_viewport_size({"width": width, "height": 640})
    page.evaluate(WATCH)
    page.wait_for_timeout(500)
    assert worst(page.evaluate("shifts.splice(0)")) < 0.1, "while the page loads"
    page.get_by_label("Top k", exact=True).fill("6")
    # A box that stood empty below the fold would count as moved into view, in some frames and not in others.
    expect(page.locator(".columns")).to_be_hidden()
    tab.search("common number")
    page.wait_for_selector(".card")
    height, top = page.evaluate(HEIGHT), page.evaluate(TOP)
    tab.wait("finished")
    assert worst(page.evaluate("shifts"), asked=True) < 0.1, "the list comes without a jump of what is there"
    assert page.evaluate(TOP) == pytest.approx(top, abs=1)
    assert page.evaluate(HEIGHT) == height
    remarks = page.locator(".strip .note")
    expect(remarks).to_have_text(WORDS, use_inner_text=True)
    page.evaluate(NOTHING)
    expect(remarks).to_be_hidden()
    assert page.evaluate(TOP) == pytest.approx(top, abs=1), "the line of remarks is there without one"
    page.evaluate(CUT)
    expect(remarks).to_contain_text("3 remarks", use_inner_text=True)
    assert page.evaluate(TOP) == pytest.approx(top, abs=1), "remarks that come late move nothing"
    remarks.locator("summary").press("Enter")
    expect(remarks.locator("p")).to_have_count(3)
    remarks.locator("summary").press("Enter")
    expect(page.locator(".doubt")).to_be_hidden()
    page.evaluate(DOUBT)
    expect(page.locator(".doubt")).to_have_text("It may be that nothing here fits: so far.", use_inner_text=True)
    expect(remarks).to_contain_text("2 remarks", use_inner_text=True)
    page.evaluate(NOTHING)
    many = page.evaluate("document.querySelector('rank-page').state.calls.size")
    page.get_by_label("Top k", exact=True).fill("1")
    done(tab)
    assert page.evaluate("document.querySelector('rank-page').state.calls.size") < many
    assert page.evaluate(HEIGHT) == height
    assert not tab.sideways()
    assert tab.errors == []


def test_the_card_that_is_pointed_at_stays(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    tab.server.hold()
    page = tab.page
    tab.search("common number")
    page.wait_for_selector(".dot")
    x, y = page.evaluate(SECOND)
    page.mouse.move(x, y)
    under = f"document.querySelector('rank-page').shadowRoot.elementFromPoint({x}, {y}).closest('article')?.dataset.id"
    page.wait_for_timeout(300)
    name = page.evaluate(under)
    assert name
    tab.server.release()
    page.wait_for_function("document.querySelector('rank-page').state.settled.size > 1")
    assert page.evaluate(under) == name
    tab.wait("finished")
    assert page.evaluate(under) == name
    page.mouse.move(5, 5)
    page.wait_for_timeout(400)
    ranks = page.locator("article.card .rank span:last-child").all_inner_texts()
    assert ranks == [str(n) for n in range(1, len(ranks) + 1)], "it takes its own place when the pointer has left"

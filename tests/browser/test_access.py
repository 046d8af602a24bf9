"""WCAG 2.2 AA by axe-core on every view that is ours, light and dark; and the page without a mouse."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import Tab
from .test_explore import done, page_of

__all__ = ["page_of"]
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}
ANSWERS = 5
WAITING = """answers => {
    const calls = [...document.querySelector('rank-page').state.calls.values()]
    const before = window.before
    window.before = calls.map((call) => call.status).join(' ')
    const ended = calls.filter((call) => call.status !== 'running').length
    return ended >= answers && ended < calls.length && window.before === before
}"""
"""Whether a search waits for answers that never come: as many as will have ended, and nothing new since last asked."""
STILL = """() => Promise.all(
    document.querySelector('rank-page').shadowRoot.getAnimations().map((each) => each.finished.catch(() => 0))
)"""


def broken(tab: Tab) -> list[str]:
    """What axe-core finds wrong inside our component."""
    # What is scrolled half under the search row would seem too small, and movement would be measured half way.
    tab.page.evaluate("scrollTo(0, 0)")
    tab.page.evaluate(STILL)
    found: dict[str, Any] = Axe().run(tab.page, context="rank-page", options=RULES).response
    assert found["passes"], "axe-core looked at nothing"
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


# Colours depend on the theme, sizes on the width: three hold every case of both.
@pytest.mark.parametrize(
    ("width", "look"),
    [(1280, {}), (390, {"dark": True}), (820, {"forced": True})],
    ids=["desktop-light", "phone-dark", "tablet-forced"],
)
def test_every_state_is_open_to_everyone(page_of: Callable[..., Tab], width: int, look: dict[str, bool]) -> None:
    # At first no answer comes after the fifth, and five cannot settle four ranks: the search is found running, and
    # stopped.
    first = Event()
    first.set()
    tab = page_of(width=width, **look, fault=lambda number: "hang" if number > ANSWERS and first.is_set() else "")
    page = tab.page
    wrong = {"empty": broken(tab)}
    page.get_by_role("button", name="Search").click()
    wrong["error"] = broken(tab)
    tab.search("common number")
    page.wait_for_function(WAITING, arg=ANSWERS, polling=500)
    wrong["running"] = broken(tab)
    page.get_by_role("button", name="Stop", exact=True).click()
    tab.wait("stopped")
    first.clear()
    done(tab)
    wrong["finished"] = broken(tab)
    page.locator(".dot").first.click()
    wrong["comparison"] = broken(tab)
    page.keyboard.press("Escape")
    page.locator("article.card").nth(1).get_by_role("button", name="Why below #1?").click()
    wrong["compare"] = broken(tab)
    assert not tab.sideways()
    assert {view: each for view, each in wrong.items() if each} == {}
    assert tab.errors == []


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["desktop-light", "phone-dark"])
def test_what_is_looked_at_closely_is_open_to_everyone(page_of: Callable[..., Tab], width: int, dark: bool) -> None:
    tab = page_of(dark=dark, width=width)
    page = tab.page
    done(tab)
    wrong = {}
    page.get_by_role("button", name="Show all comparisons").click()
    for view in ("Rounds", "Table", "Movement"):
        page.get_by_role("button", name=view, exact=True).click()
        wrong[view] = broken(tab)
        assert not tab.sideways(), view
    page.get_by_role("button", name="Hide all comparisons").click()
    page.locator("article.card").first.get_by_role("button", name="How it got here").click()
    page.wait_for_selector(".terms")
    wrong["story"] = broken(tab)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Check stability").click()
    page.get_by_text("ranks hold in every shuffle").wait_for(timeout=60_000)
    wrong["stability"] = broken(tab)
    page.get_by_role("button", name="Where is the document I expected?").click()
    page.locator(".side .find input").fill("Paper 3")
    page.keyboard.press("Enter")
    page.wait_for_selector(".side .terms")
    wrong["find"] = broken(tab)
    page.reload()
    page.wait_for_selector(".player")
    wrong["recording"] = broken(tab)
    assert not tab.sideways()
    assert {view: each for view, each in wrong.items() if each} == {}
    assert tab.errors == []


def test_everything_without_a_mouse(page_of: Callable[..., Tab]) -> None:
    """From the query to a comparison and back by Tab, Enter and Escape, the focus always in sight."""
    tab = page_of()
    keyboard, page = tab.page.keyboard, tab.page
    keyboard.press("/")
    keyboard.type("common number")
    keyboard.press("Enter")
    tab.wait("finished")
    seen = set()
    for _ in range(120):
        keyboard.press("Tab")
        name, outline = page.evaluate(
            """() => { const node = document.querySelector('rank-page').shadowRoot.activeElement;
            if (!node) return ['', 1];
            const name = node.textContent.trim().slice(0, 40) || node.getAttribute('aria-label') || '';
            return [name, parseFloat(getComputedStyle(node).outlineWidth)]; }"""
        )
        seen.add(name)
        assert outline > 0 or not name, name
        if name == "How it got here":
            break
    assert "How it got here" in seen
    keyboard.press("Enter")
    page.wait_for_selector(".side:not([hidden])")
    keyboard.press("Escape")
    assert (
        page.evaluate("document.querySelector('rank-page').shadowRoot.activeElement.textContent") == "How it got here"
    )
    keyboard.press("j")
    assert page.evaluate("document.querySelector('rank-page').shadowRoot.activeElement.matches('article')")

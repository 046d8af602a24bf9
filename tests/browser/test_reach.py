"""Within reach of everybody: few stops before the results, keys inside, a panel that holds the focus where it covers
the page, headings in order, targets large enough, and what settled said aloud."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .conftest import Tab
from .test_explore import done, page_of

__all__ = ["page_of"]
ROOT = "document.querySelector('rank-page').shadowRoot"
ACTIVE = f"{ROOT}.activeElement"
STOPS = 12
"""At most so many before the first result, after the link that skips them."""
IN_CARD = f"Boolean({ACTIVE}?.closest('article'))"
HEADINGS = f"""() => [...{ROOT}.querySelectorAll('h1, h2, h3, h4')]
    .filter((node) => node.checkVisibility()).map((node) => Number(node.tagName[1]))"""
# What stands within a sentence may be as small as its words.
TARGETS = "button:not(.dot, .skip), summary, select, input:not(.spoken), .downloads a"
SMALL = f"""() => [...{ROOT}.querySelectorAll('{TARGETS}')]
    .filter((node) => node.checkVisibility() && !node.closest('blockquote, figcaption, pre, .words'))
    .map((node) => [node.className || node.textContent, node.getBoundingClientRect()])
    .filter(([, box]) => box.width < 23.9 || box.height < 23.9).map(([name]) => name)"""
SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-bottom: 2em !important; }"""
LISTEN = f"""() => {{
    window.said = [];
    const status = {ROOT}.querySelector('.status');
    new MutationObserver(() => said.push(status.textContent)).observe(status, {{ childList: true }});
}}"""


def stops(page: Page) -> int:
    """How often Tab is pressed from the top of the page to the first result, the skip link aside."""
    page.evaluate("document.querySelector('rank-page').tabIndex = -1; document.querySelector('rank-page').focus()")
    page.keyboard.press("Tab")
    assert page.evaluate(f"{ACTIVE}.textContent") == "Skip to the results"
    for number in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(IN_CARD):
            return number
    raise AssertionError("no result was reached")


def in_order(page: Page) -> None:
    levels = page.evaluate(HEADINGS)
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels)), levels


def test_the_results_are_a_few_keys_away(page_of: Callable[..., Tab]) -> None:
    # Slow and long enough for a rank to be told before the end: what changes is told every few seconds.
    tab = page_of(pause=0.06)
    page = tab.page
    page.get_by_label("Depth", exact=True).fill("40")
    page.get_by_label("Top k", exact=True).fill("10")
    in_order(page)
    page.evaluate(LISTEN)
    done(tab)
    assert stops(page) <= STOPS
    in_order(page)
    said = page.evaluate("said")
    assert any(text.startswith("Rank 1 settled: Paper ") for text in said), said
    page.get_by_role("button", name="Skip to the results").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(f"{ACTIVE} === {ROOT}.querySelector('article')")
    assert page.evaluate(SMALL) == []
    page.reload()
    page.wait_for_selector(".player:not([hidden])")
    tab.wait("finished")
    assert stops(page) <= STOPS
    assert page.evaluate(SMALL) == []
    assert tab.errors == []


def test_arrows_go_where_many_are_one_stop(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    done(tab)
    page.locator(".dot").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".dot").nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".strip .note > summary")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Show all comparisons")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.locator(".strip [tabindex='0']").count() == 1
    page.locator(".panel summary").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".panel summary").nth(1)).to_be_focused()
    for view, part in (("Rounds", ".plane"), ("Table", "tbody"), ("Movement", ".now-at")):
        page.get_by_role("button", name=view, exact=True).click()
        assert page.locator(f".sort {part} [tabindex='0']").count() == 1, view
        assert page.locator(f".sort {part} button:not([tabindex])").count() == 0, view
    assert page.locator(".panels [tabindex='0']").count() == 1
    assert tab.errors == []


@pytest.mark.parametrize(("width", "modal"), [(390, True), (1280, False)])
def test_the_panel_holds_the_focus_where_it_covers_the_page(
    page_of: Callable[..., Tab], width: int, modal: bool
) -> None:
    tab = page_of(width=width)
    page = tab.page
    done(tab)
    opener = page.locator("article.card").first.get_by_role("button", name="How it got here")
    opener.click()
    page.wait_for_selector(".side .terms")
    side = page.locator(".side")
    expect(side).to_have_attribute("role", "dialog" if modal else "region")
    assert (side.get_attribute("aria-modal") == "true") is modal
    inside = set()
    for _ in range(page.locator(".side button").count() + 6):
        page.keyboard.press("Tab")
        inside.add(page.evaluate(f"Boolean({ACTIVE}?.closest('.side'))"))
    assert (inside == {True}) is modal
    opener.focus()
    assert page.evaluate(f"Boolean({ACTIVE}?.closest('article'))") is not modal
    page.set_viewport_size({"width": 1280 if modal else 390, "height": 900})
    expect(side).to_have_attribute("role", "region" if modal else "dialog")
    page.get_by_role("button", name="Close").click()
    expect(opener).to_be_focused()
    assert page.locator(".page > [inert]").count() == 0
    assert tab.errors == []


def test_single_keys_are_listed_and_can_be_turned_off(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    done(tab)
    page.locator(".dot").first.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("region", name="Keys")).to_contain_text("Next and previous result")
    page.get_by_label("Single keys").uncheck()
    page.keyboard.press("Escape")
    for key in ("j", "?", "/"):
        page.keyboard.press(key)
        expect(page.locator(".dot").first).to_be_focused()
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys").check()
    page.get_by_role("button", name="Close").focus()
    page.keyboard.press("j")
    assert page.evaluate(IN_CARD)
    assert tab.errors == []


def test_large_text_and_wide_spacing_hide_nothing(page_of: Callable[..., Tab]) -> None:
    # 200 % of 1280 pixels is a page of 640.
    tab = page_of(width=640)
    page = tab.page
    done(tab)
    page.get_by_role("button", name="Show all comparisons").click()
    page.evaluate(
        f"(css) => {{ const style = document.createElement('style'); style.append(css); {ROOT}.append(style); }}",
        SPACED,
    )
    assert not tab.sideways()
    whole = "button:not(.box, .dot, .settled, .skip), h2:not(.spoken), h3, .meta, figcaption"
    cut = f"""() => [...{ROOT}.querySelectorAll('{whole}')]
        .filter((node) => node.checkVisibility() && node.scrollWidth > node.clientWidth + 1 && node.clientWidth)
        .map((node) => node.outerHTML)"""
    assert page.evaluate(cut) == []
    assert tab.errors == []


def test_a_control_that_goes_leaves_the_focus_where_one_goes_on(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    page.get_by_role("region", name="Recorded searches").get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    tab.wait("finished")
    page.wait_for_function(f"() => {ACTIVE}?.textContent === 'Results'")
    assert tab.errors == []


def test_a_panel_keeps_the_focus_when_what_was_pressed_in_it_goes(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    done(tab)
    page.get_by_role("button", name="Why below #1?").first.click()
    page.get_by_role("button", name="Ask the model about these two alone").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => {ACTIVE}?.closest('.side')")
    page.locator(".side").get_by_role("button", name="Close").click()
    page.get_by_role("heading", level=1).click()
    page.wait_for_timeout(300)
    assert page.evaluate(f"{ACTIVE}?.textContent") != "Results", "what is not pressed moves no focus"
    assert tab.errors == []

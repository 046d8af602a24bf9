"""What was asked is on the page: in the fields, the first line, the title and the address; and what is wrong there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from .conftest import Tab
from .test_explore import done, page_of

__all__ = ["page_of"]
VISIBLE = """node => {
    const { top, bottom } = node.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight && bottom > top;
}"""
ACTIVE = "document.querySelector('rank-page').shadowRoot.activeElement"


@pytest.mark.parametrize("width", [390, 1280])
def test_an_error_is_said_under_the_field_and_marks_it(page_of: Callable[..., Tab], width: int) -> None:
    tab = page_of(width=width)
    page, alert = tab.page, tab.page.get_by_role("alert")
    page.get_by_role("button", name="Search").click()
    expect(alert).to_contain_text("at least one word")
    assert alert.evaluate(VISIBLE)
    assert page.evaluate(f"{ACTIVE}.id") == "query"
    query = page.locator("#query")
    expect(query).to_have_attribute("aria-invalid", "true")
    assert query.get_attribute("aria-describedby") == alert.get_attribute("id")
    query.fill("x" * 10_001)
    expect(alert).to_be_hidden()
    assert query.get_attribute("aria-invalid") is None
    page.keyboard.press("Enter")
    expect(alert).to_contain_text("This query has 10,001 characters, at most 10,000 are taken.")
    query.fill("common")
    page.get_by_text("More settings").click()
    page.get_by_label("Seed").fill("many")
    page.get_by_text("More settings").click()
    page.get_by_role("button", name="Search").click()
    expect(alert).to_contain_text("Seed must be a whole number from 0 to 2147483647, not “many”.")
    assert alert.evaluate(VISIBLE)
    assert page.evaluate(f"{ACTIVE}.getAttribute('aria-invalid')") == "true", "it is opened, marked and has the focus"
    assert tab.errors == []


def test_enter_in_a_setting_searches(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    done(tab)
    depth = page.get_by_label("Depth", exact=True)
    depth.fill("6")
    depth.press("Enter")
    page.wait_for_function("() => document.querySelector('rank-page').state.settings.depth === 6")
    tab.wait("finished")
    depth.fill("abc")
    depth.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Depth must be a whole number from 1 to 1000, not “abc”.")
    expect(depth).to_have_attribute("aria-invalid", "true")
    assert tab.errors == []


def test_what_was_asked_is_where_one_looks(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    page.get_by_label("Depth", exact=True).fill("7")
    page.get_by_label("Top k", exact=True).fill("3")
    done(tab)
    assert "&depth=7&k=3&run=" in page.url
    assert page.title() == "“common number” – Rank-R1"
    other = page_of(path="?" + page.url.split("?", 1)[1])
    other.wait("finished")
    expect(other.page.get_by_label("Depth", exact=True)).to_have_value("7")
    expect(other.page.get_by_label("Top k", exact=True)).to_have_value("3")
    expect(other.page.locator(".where")).to_have_text("explore · 40 passages · BM25 · judge, prompted as rank-r1-nano")
    page.goto(page.url.split("?")[0] + "?q=common&k=2&depth=5")
    expect(page.get_by_label("Depth", exact=True)).to_have_value("5")
    assert page.title() == "Rank-R1"
    page.get_by_role("region", name="Recorded searches").get_by_role("link").first.click()
    tab.wait("finished")
    expect(page.locator(".where")).to_contain_text("demo · 302 passages · Hybrid · rank-r1-nano, bundled")
    expect(page.get_by_label("Depth", exact=True)).to_have_value("20")
    expect(page.get_by_role("combobox", name="Index")).to_have_value("demo")
    page.evaluate("document.querySelector('rank-page').form.choose({ index: 'gone', depth: 9 })")
    expect(page.locator(".lacking")).to_have_text("Asked with index gone, which cannot be chosen here.")
    page.evaluate(f"document.querySelector('rank-page').form.choose({{ index: 'own-{'a' * 32}' }})")
    expect(page.locator(".lacking")).to_have_text(
        "Asked with documents of somebody’s own, which cannot be chosen here."
    )
    page.evaluate("document.querySelector('rank-page').form.choose({ index: 'demo', depth: 9 })")
    expect(page.get_by_label("Depth", exact=True)).to_have_value("9")
    assert tab.errors == []


def test_back_closes_what_is_looked_at(page_of: Callable[..., Tab], browser: Browser) -> None:
    tab = page_of()
    page, side = tab.page, tab.page.locator(".side")
    done(tab)
    search = page.url
    page.locator("article.card").first.get_by_role("button", name="How it got here").click()
    assert "show=document" in page.url
    page.go_back()
    expect(side).to_be_hidden()
    assert page.url == search
    for key in ("Escape", "Escape"):
        page.locator(".dot").first.click()
        expect(side).to_be_visible()
        page.keyboard.press(key)
        expect(side).to_be_hidden()
        assert page.url == search
    page.locator("article.card").nth(0).get_by_role("button", name="Compare").click()
    page.locator("article.card").nth(1).get_by_role("button", name="Compare").click()
    pair = side.inner_text()
    page.get_by_role("button", name="Show all comparisons").evaluate("node => node.click()")
    page.get_by_role("button", name="Table", exact=True).evaluate("node => node.click()")
    other = page_of(path="?" + page.url.split("?", 1)[1])
    other.wait("finished")
    expect(other.page.locator(".side")).to_have_text(side.text_content() or pair)
    expect(other.page.locator(".sort tbody tr").first).to_be_visible()
    page.go_back()
    expect(side).to_be_hidden()
    assert page.evaluate("document.querySelector('rank-page').state.phase") == "finished"
    page.go_back()
    page.wait_for_function("document.querySelector('rank-page').state.phase === 'empty'")
    assert tab.errors == []

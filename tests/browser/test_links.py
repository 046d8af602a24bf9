"""Links to copy, and what a phone shows of settings and grades, on one recorded search."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from rankr1_app.library import Library
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..serving import served
from .conftest import Tab

GOLDEN = Path(__file__).parent.parent / "golden" / "v1"
RUN = "09d656dba70b5663"
COPIED = "navigator.clipboard.readText()"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page over one recorded search."""
    store = Store(tmp_path_factory.mktemp("kept"))
    store.path(RUN).write_bytes(gzip.decompress((GOLDEN / f"{RUN}.jsonl.gz").read_bytes()))
    with served(Service(Settings(retriever="bm25"), Library(store))) as address:
        yield address


def test_links_are_copied(browser: Browser, recorded: str) -> None:
    tab = Tab(browser, f"{recorded}?run={RUN}&__theme=light")
    page, side = tab.page, tab.page.locator(".side")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.wait("finished")
    page.get_by_role("button", name="How it got here").nth(1).click()
    side.get_by_role("button", name="Copy link").click()
    expect(side).to_contain_text("Link copied. It opens on this computer only.")
    story = page.evaluate(COPIED)
    second = page.locator("article.card").nth(1).get_attribute("data-id")
    assert parse_qs(urlsplit(story).query) == {"run": [RUN], "show": ["document"], "of": [second]}
    page.get_by_role("button", name="Show all comparisons").evaluate("node => node.click()")
    page.locator(".sort").get_by_role("button", name="Copy link").evaluate("node => node.click()")
    expect(page.locator(".sort")).to_contain_text("Link copied.")
    assert parse_qs(urlsplit(page.evaluate(COPIED)).query) == {"run": [RUN], "view": ["picture"]}
    page.locator(".keep").get_by_role("button", name="Copy link").evaluate("node => node.click()")
    expect(page.locator(".keep")).to_contain_text("Link copied.")
    assert parse_qs(urlsplit(page.evaluate(COPIED)).query) == {"run": [RUN]}
    heading = side.get_by_role("heading", level=2).inner_text()
    page.goto(story)
    expect(side.get_by_role("heading", level=2)).to_have_text(heading)
    assert tab.errors == []
    tab.close()


def test_a_phone_shows_grades_in_words_and_that_settings_go_on(browser: Browser, recorded: str) -> None:
    tab = Tab(browser, f"{recorded}?run={RUN}", width=390)
    page, keep = tab.page, tab.page.locator(".keep")
    tab.wait("finished")
    grade = page.locator(".grade").first
    assert grade.inner_text().split() == ["judged", "3", "of", "3,", "answers", "the", "query"]
    assert grade.evaluate("node => node.getBoundingClientRect().width") > 150, "words, not the number alone"
    edge = page.locator(".edged")
    expect(edge).to_have_attribute("data-more", "right")
    assert "gradient" in edge.locator(".row").evaluate("node => getComputedStyle(node).maskImage")
    page.get_by_label("Top k").focus()
    expect(edge).to_have_attribute("data-more", "left")
    expect(page.get_by_label("Top k")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Why below #1?").first.click()
    title, close = page.locator(".side h2"), page.locator(".side header button", has_text="Close")
    assert title.evaluate("node => node.clientWidth") > 300, "a long title has the whole line"
    assert close.bounding_box()["y"] >= title.bounding_box()["y"] + title.bounding_box()["height"]  # type: ignore[index]
    page.keyboard.press("Escape")
    # Where no page may copy, the link stands in a field.
    page.evaluate("() => { navigator.clipboard.writeText = async () => { throw new Error(); }; }")
    keep.get_by_role("button", name="Copy link").click()
    expect(keep).to_contain_text("The browser did not allow copying")
    expect(keep.get_by_label("Link")).to_be_focused()
    expect(keep.get_by_label("Link")).to_have_value(f"{recorded}?run={RUN}")
    assert page.evaluate("String(document.querySelector('rank-page').shadowRoot.activeElement.selectionEnd)") != "0"
    assert not tab.sideways()
    assert tab.errors == []
    tab.close()

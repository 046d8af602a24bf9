"""A page that is loaded again while it searches, and a second page on the same search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rankr1_app.events import SearchStopped
from rankr1_app.library import Library
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store
from rankr1_app.web import searches

from ..engines.server import ScriptedServer
from ..serving import served
from .conftest import Tab, papers
from .test_explore import judge

SETTLED = "document.querySelector('rank-page').state.settled.size"


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path, kept: Store) -> Iterator[Callable[..., Tab]]:
    """Tabs on one page over a slow model."""
    with ExitStack() as stack:
        papers(tmp_path, 12, "papers")
        server = stack.enter_context(ScriptedServer(judge, pause=0.15))
        settings = Settings(
            cache=False, index="papers", base_url=server.base_url, model="judge", depth=12, k=4, docs_per_call=4
        )
        address = stack.enter_context(served(Service(settings, Library(kept))))

        def make(path: str = "") -> Tab:
            tab = Tab(browser, f"{address}{path}")
            stack.callback(tab.close)
            tab.server = server
            return tab

        yield make


def test_a_search_goes_on_when_its_page_is_loaded_again(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    tab.search("common number")
    page.wait_for_function(f"{SETTLED} > 0")
    address = page.url
    page.reload()
    page.wait_for_selector("rank-page .pill")
    page.wait_for_function(f"{SETTLED} > 0")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    assert page.url == address
    expect(page.locator("article.card.settled blockquote").first).to_contain_text("exactly")
    tab.wait("finished")
    assert page.evaluate(SETTLED) == 4
    expect(page.locator("article.card.settled").first.locator("blockquote").first).to_contain_text("exactly")
    expect(page.locator(".strip")).to_contain_text("4 ranks settled")
    assert page.locator(".player").is_hidden()
    assert tab.errors == []
    found = tab.ids()
    page.reload()
    page.wait_for_selector("rank-page .pill")
    tab.wait("finished")
    expect(page.locator(".player")).to_be_visible()
    assert tab.ids() == found


def test_a_second_page_on_a_search_goes_without_ending_it(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    tab.search("common number")
    tab.page.wait_for_function(f"{SETTLED} > 0")
    other = page_of(f"?{tab.page.url.split('?')[1]}")
    other.page.wait_for_function(f"{SETTLED} > 0")
    other.search("something else")
    tab.wait("finished")
    assert tab.page.evaluate(SETTLED) == 4


def test_a_search_is_ended_by_the_next_one_of_its_page(
    page_of: Callable[..., Tab], kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "GRACE", 60.0)
    tab = page_of()
    tab.search("common number")
    tab.page.wait_for_function("document.querySelector('rank-page').state.calls.size > 0")
    run = tab.page.evaluate("document.querySelector('rank-page').state.run")
    tab.search("number exactly")
    # To read it over HTTP would be to be one more reader, for whom it goes on.
    for _ in range(500):
        if run in kept.ids():
            break
        tab.page.wait_for_timeout(20)
    *_, last = kept.read(run)
    assert isinstance(last, SearchStopped)
    assert last.reason == "stopped when its page was left"

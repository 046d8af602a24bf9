"""A known collection in Chromium: chosen, fetched, stopped, fetched again and searched."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rankr1_app.library import Library
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..retrieval.test_fetch import NAME, Server, archive
from ..serving import served
from ..web.test_known import server
from .conftest import Tab
from .test_access import broken

__all__ = ["archive", "server"]


@pytest.fixture
def address(browser: Browser, tmp_path: Path) -> Iterator[str]:
    with served(Service(Settings(k=3, reranker="none"), Library(Store(tmp_path / "kept")))) as found:
        yield found


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_known_collection_is_fetched_and_searched(
    address: str, browser: Browser, server: Server, width: int, dark: bool
) -> None:
    tab = Tab(browser, address, width=width, dark=dark)
    page = tab.page
    page.get_by_text("Search a known collection").click()
    page.get_by_label("Collection").select_option(NAME)
    expect(page.locator("details.own[open]")).to_contain_text("2 passages")
    expect(page.locator("details.own[open]")).to_contain_text("Licence of the texts: CC0.")
    server.hold.clear()
    page.get_by_role("button", name="Fetch", exact=True).click()
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):
        page.get_by_role("button", name="Stop", exact=True).click()
    server.hold.set()
    expect(page.get_by_role("alert").filter(has_text="stopped; it goes on where it was")).to_be_visible()
    page.get_by_role("button", name="Fetch", exact=True).click()
    expect(page.get_by_text("It is here, and among the indexes above.")).to_be_visible(timeout=20_000)
    expect(page.locator(".pills select").first).to_have_value(NAME)
    expect(page.locator(".pills select").nth(1).locator("option").first).to_have_text("automatic: BM25")
    assert broken(tab) == []
    assert not tab.sideways()
    if pictures := os.environ.get("PICTURES"):
        page.screenshot(path=f"{pictures}/known-{width}.png", full_page=True)
    tab.search("copper")
    tab.wait("finished")
    assert tab.ids() == ["a"]
    expect(page.get_by_text("Search a known collection")).to_be_hidden()
    assert tab.errors == []
    tab.close()

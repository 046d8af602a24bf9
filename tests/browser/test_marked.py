"""More like these: documents are marked on the page, and it says what was searched for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rankr1_app.library import Library
from rankr1_app.retrieval import indexes
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..serving import served
from .conftest import Tab

TEXTS = {
    "tea": "A hot drink of leaves and water.",
    "sea": "Salt water, moved by the moon: tides.",
    "bay": "Tides are high in a narrow bay.",
    "oil": "Water and oil do not mix.",
    "ice": "Ice is water that froze.",
    "law": "The buyer pays.",
}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A page over six documents, without a model."""
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in TEXTS.items()))
    indexes.build(corpus, "marked")
    settings = Settings(index="marked", reranker="none", k=5)
    with served(Service(settings, Library(Store(tmp_path / "kept")))) as place:
        yield place


@pytest.mark.parametrize("width", [1280, 390])
def test_more_like_marked_documents(browser: Browser, address: str, width: int) -> None:
    tab = Tab(browser, address, width=width)
    tab.search("water")
    tab.wait("finished")
    assert "bay" not in tab.ids()
    assert tab.page.locator(".rewritten").is_hidden()
    more = tab.page.locator("article[data-id=sea]").get_by_role("button", name="More like this")
    more.click()
    expect(tab.page.locator("article[data-id=sea] [aria-pressed=true]")).to_have_text("Marked: more like this")
    bar = tab.page.locator(".picked:visible")
    expect(bar).to_contain_text("1 document marked.")
    bar.get_by_role("button", name="Cancel").click()
    expect(bar).to_have_count(0)
    more.click()
    bar.get_by_role("button", name="Find more like these").click()
    tab.page.wait_for_function("() => document.querySelector('rank-page').state.rewritten")
    tab.wait("finished")
    expect(bar).to_have_count(0)
    assert {"sea", "bay"} <= set(tab.ids())
    became = tab.page.locator(".rewritten")
    expect(became.locator("summary")).to_contain_text("Searched for water")
    became.locator("summary").click()
    expect(became).to_contain_text("RM3 with the documents that were marked.")
    expect(became.locator("tr", has_text="tide")).to_be_visible()
    became.locator(".from button").click()
    tab.page.wait_for_function(
        "() => document.querySelector('rank-page').shadowRoot.activeElement?.dataset.id === 'sea'"
    )
    tab.page.locator("article[data-id=bay]").get_by_role("button", name="How it got here").click()
    expect(tab.page.locator(".terms tr", has_text="tide").last).to_be_visible()
    assert tab.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    tab.page.reload()
    tab.page.wait_for_selector("rank-page .rewritten summary")
    tab.wait("finished")
    expect(tab.page.locator(".rewritten summary")).to_contain_text("Searched for water")
    assert tab.errors == []

"""What else is searched for: more like marked documents, or what the model makes of the query; the page says it."""

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

from ..engines.server import ScriptedServer
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


@pytest.fixture
def written(tmp_path: Path) -> Iterator[tuple[str, ScriptedServer]]:
    """A page over the same documents, and its model's server."""
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in TEXTS.items()))
    indexes.build(corpus, "written")

    def judge(messages: list[dict[str, str]]) -> str:
        asks = "Here are the documents" in messages[-1]["content"]
        return (
            "<think> so </think><answer>[1]</answer>" if asks else "<img src=x onerror=alert(1)> Tides in a bay. " * 9
        )

    with ScriptedServer(judge, pause=0.02) as server:
        settings = Settings(index="written", base_url=server.base_url, model="judge", k=1, cache=False)
        with served(Service(settings, Library(Store(tmp_path / "kept")))) as place:
            yield place, server


def test_the_model_rewrites_the_query(browser: Browser, written: tuple[str, ScriptedServer]) -> None:
    address, server = written
    server.hold()
    tab = Tab(browser, address)
    tab.page.get_by_text("More settings").click()
    tab.page.locator(".pill", has_text="as it is").locator("select").select_option("hyde")
    tab.search("why does water move")
    became = tab.page.locator(".rewritten")
    expect(became.locator("summary")).to_have_text("The model rewrites the query")
    expect(became.locator(".words")).to_contain_text("<img src=x onerror=alert(1)> Tides in a bay.")
    server.release()
    tab.wait("finished")
    expect(became.locator("summary")).to_contain_text("Searched for “why does water move")
    expect(became).to_contain_text("By hyde, judge. The model reads the query as it was asked.")
    assert "bay" in tab.ids()
    tab.page.locator("article[data-id=bay]").get_by_role("button", name="How it got here").click()
    expect(tab.page.locator(".terms tr", has_text="tides")).to_be_visible()
    assert tab.page.locator("rank-page img").count() == 0
    assert tab.errors == []


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
    expect(became).to_contain_text("By RM3 with the documents that were marked.")
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

"""What a model writes at length, and a query that is too long for it, in Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from rankr1_app.library import Library
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..engines.server import ScriptedServer
from ..serving import served
from .conftest import Tab, papers

LOOP = "[1] words 1.00, meaning .13: " + "syllables " * 250 + ": it comes first."


def judge(messages: list[dict[str, Any]]) -> str:
    """Loops, then chooses the first."""
    return f"<think>{LOOP}</think><answer>[1]</answer>"


def test_long_words_are_folded_and_a_query_that_was_cut_says_so(browser: Browser, tmp_path: Path) -> None:
    papers(tmp_path, 4, "long")
    with ScriptedServer(judge) as server:
        settings = Settings(index="long", base_url=server.base_url, model="judge", k=1, retriever="bm25")
        with served(Service(settings, Library(Store(tmp_path / "kept")))) as address:
            tab = Tab(browser, address)
            tab.search("common " * 100)
            tab.wait("finished")
            page = tab.page
            expect(page.locator(".strip .note")).to_contain_text("The model read only the first 64 tokens of the query")
            words = page.locator(".card blockquote.words").first
            height = words.evaluate("node => node.clientHeight")
            assert height < words.evaluate("node => node.scrollHeight") * 0.6
            assert "syllables " * 250 in words.evaluate("node => node.textContent")
            page.get_by_role("button", name="Show the whole reason").first.press("Enter")
            assert words.evaluate("node => node.clientHeight") > 1.5 * height
            page.get_by_role("button", name="Fold the reason").first.press("Enter")
            assert words.evaluate("node => node.clientHeight") == height
            page.get_by_role("button", name="What the figures mean").first.press("Enter")
            legend = page.locator(".card dl.legend").first
            expect(legend).to_be_visible()
            assert legend.locator("dt").all_inner_texts() == ["“words 1.00”", "“meaning .13”", "“it comes first”"]
            assert tab.errors == []
            tab.close()

"""Rankers side by side, in Chromium: the same candidates, what moved, blind votes, an address, one file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from rankr1_app.events import Message
from rankr1_app.library import Library
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..doubles import shown
from ..engines.server import ScriptedServer
from ..serving import served
from .conftest import Tab, papers
from .test_access import broken
from .test_explore import judge

MANY = 12
Judge = Callable[[list[dict[str, Any]]], str]
NAMES = ("nano", "oracle", "minilm", "cosine", "bm25", "BM25", "reranker")
SOURCE = "document.documentElement.outerHTML + document.querySelector('rank-page').shadowRoot.innerHTML"


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path, kept: Store) -> Iterator[Callable[..., Tab]]:
    """A tab on a page over a scripted model, which prefers large numbers as no first stage does."""
    with ExitStack() as stack:
        papers(tmp_path, MANY, "beside")

        def make(*, width: int = 1280, dark: bool = False, **judges: Judge) -> Tab:
            server = stack.enter_context(ScriptedServer(judge))
            settings = Settings(
                index="beside", base_url=server.base_url, model="oracle-9b", depth=8, k=4, docs_per_call=4, cache=False
            )
            others = {}
            for name, answer in judges.items():
                url = stack.enter_context(ScriptedServer(answer)).base_url
                reranker = name.replace("_", "-").replace("v0-", "v0.")
                others[reranker] = replace(settings, reranker=reranker, base_url=url)
            service = Service(settings, Library(kept), others=others)
            tab = Tab(browser, stack.enter_context(served(service)), width=width, dark=dark)
            stack.callback(tab.close)
            tab.server = server
            return tab

        yield make


def least(messages: list[dict[str, Any]]) -> str:
    """Speaks of every document, and chooses the one with the smallest number."""
    numbers = [int(text.split("number ")[1].split()[0]) for text in shown([Message(**m) for m in messages])]
    label = numbers.index(min(numbers)) + 1
    said = " ".join(f"[{n}] has only {number}." for n, number in enumerate(numbers, 1))
    return f"<think>{said}</think>\n<answer>[{label}]</answer>"


def compare(tab: Tab, *others: str, blind: bool = False) -> None:
    """Have the page's ranker compared with others, by their names on the page."""
    page = tab.page
    page.get_by_text("Compare rankers side by side").click()
    page.locator(".rankers input").evaluate_all("boxes => boxes.forEach((box) => { box.checked = false; })")
    for name in ("rank-r1-nano", *others):
        page.locator(".rankers").get_by_label(name).first.check()
    page.get_by_label("Blind").set_checked(blind)
    page.fill("#query", "common number")
    page.get_by_role("button", name="Compare side by side").click()


def column(tab: Tab, letter: str) -> Locator:
    return tab.page.locator("section.ranking").nth("ABCD".index(letter))


def ids(column: Locator) -> list[str]:
    return list(column.locator("article").evaluate_all("nodes => nodes.map(node => node.dataset.id)"))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["desktop-light", "phone-dark"])
def test_rankers_stand_side_by_side(page_of: Callable[..., Tab], browser: Browser, width: int, dark: bool) -> None:
    tab = page_of(width=width, dark=dark)
    page = tab.page
    compare(tab, "BM25, first stage", "Dense, first stage", "Exact, first stage")
    # Two of the four found nothing: they agree with nobody.
    expect(page.locator(".agreement tbody tr")).to_have_count(1)
    assert ids(column(tab, "A")) == ["d7", "d6", "d5", "d4"], "the eight candidates of the first, best by the model"
    assert ids(column(tab, "B")) == ["d3", "d4", "d2", "d1"]
    expect(column(tab, "A").locator(".words").first).to_contain_text("number 7 exactly")
    expect(column(tab, "B").locator(".why").first).to_contain_text("This method gives no reasons.")
    expect(column(tab, "B").locator(".why").first).to_contain_text("BM25: ")
    expect(column(tab, "C").get_by_role("alert")).to_contain_text("vectors")
    expect(column(tab, "C").locator("article")).to_have_count(0)
    expect(page.locator(".agreement tbody tr").first).to_contain_text("– over 1")
    expect(page.locator(".moved-most tbody tr").first).to_contain_text("Paper")
    assert not tab.sideways()
    assert broken(tab) == []
    column(tab, "B").locator("article").nth(1).get_by_role("button", name="A 4th").click()
    assert page.evaluate("document.querySelector('rank-page').shadowRoot.activeElement.dataset.id") == "d4"
    assert set(page.locator("article.lit").evaluate_all("nodes => nodes.map(node => node.dataset.id)")) == {"d4"}
    assert tab.errors == []
    if width > 1000:
        again(tab, browser)


def again(tab: Tab, browser: Browser) -> None:
    """The comparison by its address, by Back, and as a file."""
    page = tab.page
    found = [ids(column(tab, letter)) for letter in "ABD"]
    assert page.url.count("%2C") == 3
    page.reload()
    expect(page.locator(".agreement tbody tr")).to_have_count(1)
    assert [ids(column(tab, letter)) for letter in "ABD"] == found
    column(tab, "A").get_by_role("link", name="How it got here").first.click()
    expect(page.locator(".side:not([hidden])")).to_contain_text("Paper 7")
    page.go_back()
    expect(page.locator(".agreement tbody tr")).to_have_count(1)
    offline(tab, browser, found)
    assert tab.errors == []


def offline(tab: Tab, browser: Browser, found: list[list[str]]) -> None:
    """The comparison as a file, without a server: the same, and every search by itself."""
    with tab.page.expect_download() as download:
        tab.page.get_by_role("link", name="This comparison as one page").click()
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    try:
        alone = context.new_page()
        errors: list[str] = []
        alone.on("pageerror", lambda error: errors.append(str(error)))
        path = download.value.path()
        file = path.with_name("comparison.html")
        file.write_bytes(path.read_bytes())
        alone.goto(file.as_uri())
        expect(alone.locator(".agreement tbody tr")).to_have_count(1)
        columns = alone.locator("section.ranking")
        assert [ids(columns.nth(n)) for n in (0, 1, 3)] == found
        columns.nth(0).get_by_role("link", name="Open this search").click()
        expect(alone.locator("article.card").first).to_contain_text("number 7 exactly")
        assert errors == []
    finally:
        context.close()


def late(route: Route) -> None:
    time.sleep(1)
    route.continue_()


def test_a_blind_comparison_names_nobody_before_the_vote(page_of: Callable[..., Tab], kept: Store) -> None:
    tab = page_of()
    page = tab.page
    compare(tab, "BM25, first stage", blind=True)
    best = page.get_by_role("button", name="Ranking A")
    expect(best).to_be_visible()
    assert broken(tab) == []
    shared = page.url
    assert "blind=1" in shared
    assert [name for name in NAMES if name in page.evaluate(SOURCE)] == []
    assert [name for name in NAMES if name in shared.split("?")[1]] == []
    page.reload()
    expect(best).to_be_visible()
    assert [name for name in NAMES if name in page.evaluate(SOURCE)] == []
    best.click()
    expect(page.locator(".vote [role=status]")).to_contain_text("You chose A: ")
    expect(page.locator(".vote [role=status]")).to_be_focused()
    expect(page.locator(".vote [role=status]")).to_be_in_viewport()
    expect(page.locator(".agreement tbody tr")).to_have_count(1)
    heads = page.locator("section.ranking h3").all_inner_texts()
    assert sorted(head[3:] for head in heads) == ["BM25, first stage", "oracle-9b, prompted as rank-r1-nano"]
    [vote] = [json.loads(line) for line in (kept.folder / "votes.jsonl").read_text().splitlines()]
    assert vote["choice"] == vote["runs"][0]
    assert vote["rankers"][vote["choice"]] in heads[0].lower()
    # Votes may come after everything else.
    page.route("**/votes", late)
    page.reload()
    expect(page.locator(".vote [role=status]")).to_contain_text("1 vote so far")
    assert tab.errors == []


def test_a_judge_reads_two_reasonings(page_of: Callable[..., Tab]) -> None:
    tab = page_of(rank_r1_32b_v0_2=least, fare_8b=lambda _: "Explanation: A is right.\nVerdict: [A]")
    compare(tab, "rank-r1-32b-v0.2")
    row = tab.page.locator(".moved-most tbody tr").first
    expect(row).to_contain_text("has only 7.")
    expect(row).to_contain_text("number 7 exactly")
    row.get_by_role("button", name="Whose reasoning is sounder, A’s or B’s?").click()
    expect(row.get_by_role("status")).to_contain_text("A tie: asked in both orders, it chose each once. By fare-8b")
    row.get_by_text("“Assistant A” is B, “Assistant B” is A; B’s is better.").click()
    expect(row.locator("blockquote").last).to_have_text("Explanation: A is right. Verdict: [A]")
    assert tab.errors == []


def test_one_column_is_stopped_and_the_others_stay(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    tab.server.hold()
    compare(tab, "BM25, first stage")
    column(tab, "A").get_by_role("button", name="Stop", exact=True).click()
    expect(column(tab, "A").get_by_role("status")).to_contain_text("Stopped")
    expect(column(tab, "B").get_by_role("status")).to_contain_text("8 documents in first-stage order")
    expect(tab.page.locator(".agreement tbody tr")).to_have_count(1)
    tab.search("common")
    tab.wait("running")
    expect(tab.page.locator("section.comparison")).to_be_hidden()
    assert tab.errors == []


def test_a_comparison_stands_where_the_list_of_a_search_was(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    tab.search("common number")
    tab.wait("finished")
    compare(tab, "BM25, first stage")
    expect(tab.page.locator(".agreement tbody tr")).to_have_count(1)
    tab.page.evaluate("scrollTo(0, 0)")
    box = tab.page.get_by_role("heading", name="Comparison:").bounding_box()
    assert box is not None
    assert box["y"] < 500


def test_one_ranker_at_two_depths(page_of: Callable[..., Tab]) -> None:
    tab = page_of(width=390)
    page, picker = tab.page, tab.page.locator(".picker")
    page.get_by_text("Compare rankers side by side").click()
    boxes = picker.locator(".rankers input[type=checkbox]:checked")
    while boxes.count():
        boxes.first.uncheck()
    picker.get_by_label("rank-r1-nano").first.check()
    picker.get_by_role("button", name="Add at another depth").first.click()
    depths = picker.get_by_label("Depth of rank-r1-nano")
    expect(depths.nth(1)).to_be_focused()
    expect(picker).to_contain_text("rank-r1-nano is chosen twice at the same depth.")
    depths.nth(0).fill("3000")
    expect(picker).to_contain_text("Depth must be a whole number from 1 to 1,000, not “3000”.")
    depths.nth(0).fill("3")
    assert not tab.sideways()
    page.fill("#query", "common number")
    page.get_by_role("button", name="Compare side by side").click()
    expect(page.locator(".agreement tbody tr")).to_have_count(1)
    heads = page.locator("section.ranking > header")
    expect(heads.nth(0)).to_contain_text("depth 3")
    expect(heads.nth(0)).to_contain_text("The first 3 of 8 candidates")
    expect(heads.nth(1)).to_contain_text("All 8 candidates")
    assert ids(column(tab, "A")) == ["d4", "d3", "d2"], "the first three by BM25"
    assert ids(column(tab, "B")) == ["d7", "d6", "d5", "d4"]
    assert "compare=" in page.url
    page.reload()
    expect(heads.nth(0)).to_contain_text("The first 3 of 8 candidates")
    assert tab.errors == []

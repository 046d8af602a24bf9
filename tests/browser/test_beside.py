"""Two recorded searches side by side, put there by hand, and a recording that is read rank by rank."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rankr1_app.library import Library
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..serving import served
from .conftest import Tab

GOLDEN = Path(__file__).parent.parent / "golden" / "v1"
RUN, COPY = "09d656dba70b5663", "0123456789abcdef"
SETTLED = "document.querySelector('rank-page').state.settled.size"


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """A tab on a recorded search, of which there is a copy."""
    with ExitStack() as stack:
        store = Store(tmp_path)
        recording = gzip.decompress((GOLDEN / f"{RUN}.jsonl.gz").read_bytes())
        for run in (RUN, COPY):
            store.path(run).write_bytes(recording)
        settings = Settings(retriever="bm25", reranker="none", cache=False)
        address = stack.enter_context(served(Service(settings, Library(store))))

        def make(path: str = f"?run={RUN}", **how: int | bool) -> Tab:
            tab = Tab(browser, f"{address}{path}", **how)  # type: ignore[arg-type]
            stack.callback(tab.close)
            return tab

        yield make


def test_two_recordings_are_put_side_by_side(page_of: Callable[..., Tab]) -> None:
    tab = page_of(width=390)
    page = tab.page
    tab.wait("finished")
    query = page.evaluate("document.querySelector('rank-page').state.query")
    page.get_by_text("Compare with another search").click()
    field = page.get_by_label("Address or id of any other search")
    lost = "fedcba9876543210"
    for typed, wrong in (
        ("why", "This is not the address of a search"),
        (RUN, "give another one"),
        (lost, f"Recording '{lost}' does not exist."),
    ):
        field.fill(typed)
        page.get_by_role("button", name="Compare", exact=True).last.click()
        expect(page.locator(".keep [role=alert]")).to_contain_text(wrong)
        expect(field).to_be_focused()
    assert not tab.sideways()
    field.fill(f"{page.url.split('?')[0]}?q=why&run={COPY}")
    field.press("Enter")
    page.wait_for_url(re.compile(rf"compare={RUN}(,|%2C){COPY}"))
    expect(page.locator(".comparison > h2")).to_have_text(f"Comparison: “{query}”")
    expect(page.locator(".ranking")).to_have_count(2)
    expect(page.locator(".findings")).to_contain_text("Kendall")
    assert [error for error in tab.errors if "404" not in error] == []
    page.goto(f"{page.url.split('?')[0]}?compare={RUN},{lost}")
    expect(page.locator(".ranking").last).to_contain_text("does not exist")
    expect(page.locator(".ranking").first.locator("article").first).to_be_visible()
    expect(page.locator(".findings")).to_be_hidden()


def test_searches_of_this_browser_with_the_same_query_are_offered(page_of: Callable[..., Tab]) -> None:
    tab = page_of("")
    page = tab.page
    for _ in range(2):
        page.get_by_placeholder("Ask a question").fill("why does bread rise")
        page.keyboard.press("Enter")
        tab.wait("finished")
        page.reload()
        page.wait_for_selector("rank-page .pill")
        tab.wait("finished")
    page.get_by_text("Compare with another search").click()
    links = page.locator(".keep details a")
    expect(links).to_have_count(1)
    expect(links).to_have_text(re.compile("^BM25, first stage, "))
    links.click()
    expect(page.locator(".ranking")).to_have_count(2)


def test_what_ranks_other_candidates_says_so(page_of: Callable[..., Tab]) -> None:
    tab = page_of("")
    page = tab.page
    runs = []
    for query in ("why does bread rise", "how do bees make honey"):
        page.get_by_placeholder("Ask a question").fill(query)
        page.keyboard.press("Enter")
        page.wait_for_function(
            "query => (state => state.query === query && state.phase === 'finished')"
            "(document.querySelector('rank-page').state)",
            arg=query,
        )
        runs.append(page.evaluate("document.querySelector('rank-page').state.run"))
    page.goto(f"{page.url.split('?')[0]}?compare={','.join(runs)}")
    expect(page.locator(".comparison > h2")).to_have_text(
        "Comparison: “why does bread rise” and “how do bees make honey”"
    )
    for ranking in page.locator(".ranking").all():
        expect(ranking).to_contain_text(re.compile(r"\d+ candidates, \d+ of them in both rankings"))
        expect(ranking).not_to_contain_text("The first ")


def test_a_replay_goes_from_rank_to_rank(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    tab.wait("finished")
    ranks = page.evaluate(SETTLED)
    assert ranks > 2
    page.get_by_role("button", name="First rank").click()
    before = page.evaluate(SETTLED)
    assert 1 <= before < ranks
    while page.get_by_role("button", name="Next rank").count():
        page.get_by_role("button", name="Next rank").click()
        now = page.evaluate(SETTLED)
        assert now > before, "every press settles a rank or more"
        before = now
    assert before == ranks
    expect(page.get_by_role("button", name="First rank")).to_be_enabled()
    assert tab.errors == []

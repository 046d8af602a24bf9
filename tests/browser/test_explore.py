"""Looking further: the drawn sort, comparing, finding, keeping, and what another shuffle would change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from rankr1_app.events import Message
from rankr1_app.library import Library
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..doubles import shown
from ..engines.server import ScriptedServer
from ..serving import served
from .conftest import Tab, papers

MANY = 40
ANSWERED = (
    "[...document.querySelector('rank-page').state.calls.values()].filter(({ status }) => status === 'ok').length"
)


def judge(messages: list[dict[str, Any]]) -> str:
    """Quotes every document, one quotation being its own invention, and chooses the one with the largest number."""
    texts = shown([Message(**m) for m in messages])
    sizes = [int(text.split("number ")[1].split()[0]) for text in texts]
    lines = [f'[{n}] says "holds number {size} exactly" and no more.' for n, size in enumerate(sizes, 1)]
    best = sizes.index(max(sizes)) + 1
    return f'<think>\n{" ".join(lines)}\nNobody says "a lazy purple cow".\n</think>\n<answer>[{best}]</answer>'


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path, kept: Store) -> Iterator[Callable[..., Tab]]:
    """A tab on a page over a scripted model and forty documents; the model prefers large numbers."""
    with ExitStack() as stack:
        papers(tmp_path, MANY, "explore")

        def make(*, width: int = 1280, dark: bool = False, forced: bool = False, path: str = "", **how: object) -> Tab:
            server = stack.enter_context(ScriptedServer(judge, **how))  # type: ignore[arg-type]
            settings = Settings(
                index="explore", base_url=server.base_url, model="judge", depth=12, k=4, docs_per_call=4, cache=False
            )
            address = stack.enter_context(served(Service(settings, Library(kept))))
            tab = Tab(browser, address + path, width=width, dark=dark, forced=forced)
            stack.callback(tab.close)
            tab.server = server
            return tab

        yield make


def done(tab: Tab) -> None:
    tab.search("common number")
    tab.wait("finished")


def test_the_sort_is_drawn_and_leads_to_its_comparisons(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    tab.search("common number")
    tab.page.get_by_role("button", name="Show all comparisons").click()
    tab.wait("finished")
    page = tab.page
    calls = page.evaluate("document.querySelector('rank-page').state.calls.size")
    assert page.locator(".box").count() == calls
    assert page.locator(".box .slot.won").count() == page.evaluate(
        "[...document.querySelector('rank-page').state.calls.values()].filter(call => call.order.length).length"
    )
    assert page.locator(".ranks .settled").count() == 4
    assert page.locator(".lines path").count() == 4
    page.locator(".ranks .settled").nth(1).focus()
    second = page.locator(".ranks .settled").nth(1).get_attribute("data-document")
    assert page.locator(f".lines path.lit[data-document={second}]").count() == 1
    assert page.locator(".slot.lit").count() >= 2
    first = page.locator(".box").first
    first.focus()
    page.keyboard.press("ArrowDown")
    moved = page.evaluate("document.querySelector('rank-page').shadowRoot.activeElement.dataset.call")
    assert moved == "2"
    page.keyboard.press("Enter")
    expect(page.locator(".side")).to_contain_text("Comparison 2")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Table", exact=True).click()
    assert page.locator(".sort tbody tr").count() == calls
    page.get_by_role("button", name="Movement", exact=True).click()
    assert page.locator(".slope").count() == 12
    page.locator(".now-at button").first.focus()
    assert page.locator(".slope.lit").count() == 1
    assert page.locator(".slope.up").count() >= 1
    assert tab.errors == []


def test_the_drawn_sort_fits(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    done(tab)
    page.get_by_role("button", name="Show all comparisons").click()
    drawing = page.locator(".drawing")
    wide = "node => node.scrollWidth > node.clientWidth + 1"
    assert not drawing.evaluate(wide), "all rounds are in view"
    named = page.locator(".box").evaluate_all("nodes => nodes.map(node => node.querySelector('.won-by').textContent)")
    assert sum(name.startswith("Paper ") for name in named) >= len(named) - 2
    decided = page.locator(".box .decided").all_inner_texts()
    assert sorted(text for text in decided if text) == ["#1", "#2", "#3", "#4"]
    # Boxes too narrow for names still say their ranks, and the legend speaks of ranks as long as boxes do.
    key = page.locator(".sort .key", has_text="decided this rank")
    while page.locator(".sort .unranked").count() == 0:
        expect(page.locator(".box .decided", has_text="#1")).to_be_visible()
        expect(key).to_be_visible()
        page.get_by_role("button", name="Narrower rounds").click()
    expect(page.locator(".box .decided", has_text="#1")).to_be_hidden()
    expect(key).to_be_hidden()
    page.get_by_role("button", name="Fit", exact=True).click()
    for _ in range(8):
        page.get_by_role("button", name="Wider rounds").click()
    page.set_viewport_size({"width": 640, "height": 900})
    assert drawing.evaluate(wide)
    expect(page.locator(".framed")).to_have_attribute("data-more", re.compile("right"))
    expect(page.locator(".ranks .settled").first).to_be_in_viewport()
    legend = page.locator(".sort > .quiet").inner_text()
    page.locator(".ranks .settled").nth(2).hover()
    expect(page.locator(".looked-at")).to_contain_text("rank 3, in ")
    assert page.locator(".sort > .quiet").inner_text() == legend
    drawing.evaluate("node => node.scrollTo(1e6, 40)")
    expect(page.locator(".framed")).to_have_attribute("data-more", re.compile("left"))
    top = drawing.evaluate("node => node.getBoundingClientRect().top")
    assert page.locator(".heads").evaluate("node => node.getBoundingClientRect().top") == pytest.approx(top, abs=1)
    page.get_by_role("button", name="Fit", exact=True).click()
    assert not drawing.evaluate(wide)
    assert not tab.sideways()
    assert tab.errors == []


def test_a_phone_gets_a_list_of_rounds(page_of: Callable[..., Tab]) -> None:
    tab = page_of(width=390)
    page = tab.page
    done(tab)
    page.get_by_role("button", name="Show all comparisons").click()
    calls = page.evaluate("document.querySelector('rank-page').state.calls.size")
    expect(page.locator(".meet")).to_have_count(calls)
    assert page.locator(".meet .slot.won").count() >= calls - 2
    expect(page.locator(".meet .decided", has_text="#1")).to_be_visible()
    expect(page.locator(".sort > .quiet")).not_to_contain_text("Lines")
    for view in ("Table", "Movement", "Rounds"):
        page.get_by_role("button", name=view, exact=True).click()
        assert not page.locator(".drawing").evaluate("node => node.scrollWidth > node.clientWidth + 1"), view
    assert not tab.sideways()
    page.locator(".meet").nth(1).click()
    expect(page.locator(".side h2")).to_have_text("Comparison 2")
    assert tab.errors == []


def test_why_this_is_above_that(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    done(tab)
    page = tab.page
    cards = page.locator("article.card")
    cards.nth(0).get_by_role("button", name="Compare").click()
    expect(page.locator(".picked:visible")).to_contain_text("Choose the second document.")
    cards.nth(1).get_by_role("button", name="Compare").click()
    side = page.locator(".side")
    expect(side).to_contain_text("Why is “")
    expect(side).to_contain_text("the model chose")
    assert side.locator("blockquote").count() >= 2
    page.keyboard.press("Escape")
    assert not page.locator(".picked:visible").is_visible()
    strangers = page.evaluate(
        """() => { const { state } = document.querySelector('rank-page');
        const ids = [...state.documents.keys()];
        for (const a of ids) for (const b of ids)
            if (a < b && ![...state.calls.values()].some(c => c.documents.includes(a) && c.documents.includes(b)))
                return [a, b]; }"""
    )
    before = tab.ids()
    for name in strangers:
        page.locator(f"article.card[data-id={name}]").get_by_role("button", name="Compare").click()
    expect(side).to_contain_text("never compared these two directly")
    side.get_by_role("button", name="Ask the model about these two alone").click()
    expect(side).to_contain_text("Asked just now, the ranking is unchanged: the model chose")
    larger = max(strangers, key=lambda name: int(name[1:]))
    expect(side.locator(".meeting h3 .chip").first).to_have_text(f"Paper {larger[1:]}")
    assert tab.ids() == before
    assert tab.errors == []


def test_a_candidate_has_the_rank_that_it_had_in_its_search(page_of: Callable[..., Tab]) -> None:
    """A list that is fused from more candidates may give another."""
    tab = page_of()
    page = tab.page
    done(tab)
    first = tab.ids()[0]
    had = page.evaluate(f"document.querySelector('rank-page').state.documents.get('{first}').rank")
    page.route("**/api/find", lambda route: route.fulfill(json=moved(route.fetch().json())))
    page.locator(".card").first.get_by_role("button", name="How it got here").click()
    expect(page.locator(".side")).to_contain_text(f"{had}th by BM25, score ")
    expect(page.locator(".side")).to_contain_text("by these words")
    page.get_by_role("button", name="Where is the document I expected?").click()
    page.get_by_label("Document id or text").fill(first)
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator(".side")).to_contain_text(f"{had}th by BM25, score ")
    expect(page.locator(".side")).not_to_contain_text("901st")


def moved(found: dict[str, Any]) -> dict[str, Any]:
    """What was found, each document at another rank."""
    return {"documents": [{**each, "rank": 901} for each in found["documents"]]}


def test_where_a_document_is_that_was_expected(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    done(tab)
    page = tab.page
    page.get_by_role("button", name="Where is the document I expected?").click()
    side = page.locator(".side")
    expect(side.get_by_label("Document id or text")).to_be_focused()
    side.get_by_label("Document id or text").fill("d35")
    page.keyboard.press("Enter")
    expect(side).to_contain_text("Not a candidate: only the first 12 were reranked.")
    expect(side).to_contain_text(re.compile(r"\d\d(st|nd|rd|th) by BM25"))
    shares = [float(text) for text in side.locator("tbody .number").all_inner_texts() if text[0].isdigit()]
    together = float(side.locator("tfoot .number").inner_text())
    assert sum(shares) == pytest.approx(together, abs=0.0021)
    score = float(re.findall(r"score ([\d.]+)", side.inner_text())[0])
    assert score == pytest.approx(together, abs=0.0011)
    side.get_by_label("Document id or text").fill("holds exactly")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('rank-page').shadowRoot.querySelectorAll('.side .terms').length === 5"
    )
    side.get_by_label("Document id or text").fill("xyzzy")
    page.keyboard.press("Enter")
    expect(side).to_contain_text("No document has this id or any of these words.")
    page.keyboard.press("Escape")
    page.locator("article.card").first.get_by_role("button", name="How it got here").click()
    expect(side).to_contain_text("In the sort:")
    expect(side).to_contain_text("chosen over")
    assert tab.errors == []


def test_quotations_are_marked_in_both_places(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    done(tab)
    card = tab.page.locator("article.card.settled").first
    quote = card.locator(".quote[role=button]").first
    expect(quote).to_have_text(re.compile(r"holds number \d+ exactly"))
    expect(card.locator("mark")).to_have_text(quote.inner_text())
    quote.click()
    assert card.locator("mark").is_visible()
    assert tab.page.locator(".quote.missing").count() == 0


def test_an_address_opens_the_search_as_it_was(page_of: Callable[..., Tab], browser: Browser) -> None:
    tab = page_of()
    done(tab)
    ids, address = tab.ids(), tab.page.url
    assert "q=common+number" in address
    tab.page.get_by_label("Top k", exact=True).fill("2")
    done(tab)
    tab.page.go_back()
    tab.wait("finished")
    assert tab.ids() == ids
    again = page_of(path="?" + address.split("?", 1)[1])
    again.wait("finished")
    assert again.ids() == ids
    assert stages(tab) == stages(again)
    assert stages(again)[0] == "automatic: BM25"
    expect(again.page.locator(".player")).to_contain_text("Recorded ")
    again.page.locator(".dot").first.click()
    expect(again.page.locator(".side")).to_contain_text("What the model wrote")
    again.page.keyboard.press("Escape")
    again.page.get_by_role("button", name="4 times the speed").click()
    again.wait("finished")
    assert again.ids() == ids
    gone = page_of(path="?run=0123456789abcdef&q=common")
    expect(gone.page.get_by_role("alert")).to_contain_text("cannot be opened")
    expect(gone.page.locator("#query")).to_have_value("common")


def stages(tab: Tab) -> list[str]:
    """What the page calls the first stage: in the settings, in its first line, on the first card."""
    chosen = (
        tab.page.locator(".pill", has_text="First stage")
        .first.locator("select")
        .evaluate("node => node.selectedOptions[0].textContent")
    )
    return [chosen, tab.page.locator(".where").inner_text(), tab.page.locator(".moved").first.inner_text()]


def test_ones_own_searches_are_listed_and_forgotten(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    done(tab)
    ids = tab.ids()
    tab.page.goto(tab.page.url.split("?")[0])
    own = tab.page.get_by_role("region", name="Recent searches")
    own.get_by_role("link", name="common number").click()
    tab.wait("finished")
    assert tab.ids() == ids
    tab.page.go_back()
    own.get_by_role("button", name="Clear history").click()
    expect(own).to_be_hidden()


def test_a_search_is_kept_as_files(page_of: Callable[..., Tab], browser: Browser, tmp_path: Path) -> None:
    tab = page_of()
    done(tab)
    ids = tab.ids()
    files = {}
    for name in ("TREC run", "JSON", "Recording (JSONL)", "Offline report (HTML)"):
        with tab.page.expect_download() as waiting:
            tab.page.locator(".downloads").get_by_role("link", name=name, exact=True).click()
        files[name] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(files[name])
    run = [line.split() for line in files["TREC run"].read_text().splitlines()]
    assert [line[2] for line in run] == ids
    assert [each["id"] for each in json.loads(files["JSON"].read_text())["ranking"]] == ids
    from rankr1_app.results import gather, result
    from rankr1_app.store import read

    assert [each["id"] for each in result(gather(read(files["Recording (JSONL)"])))["ranking"]] == ids
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(files["Offline report (HTML)"].as_uri())
    page.wait_for_selector("article.card.settled")
    assert page.locator("article.card").evaluate_all("nodes => nodes.map(n => n.dataset.id)") == ids[:4]
    page.locator(".dot").first.click()
    expect(page.locator(".side")).to_contain_text("Here are the documents:")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show all comparisons").click()
    assert page.locator(".box").count() > 4
    page.locator("article.card").first.get_by_role("button", name="How it got here").click()
    expect(page.locator(".side")).to_contain_text("chosen over")
    assert errors == []
    context.close()


def test_what_another_shuffle_would_change(page_of: Callable[..., Tab], browser: Browser, tmp_path: Path) -> None:
    tab = page_of()
    done(tab)
    page = tab.page
    asked: list[Any] = []
    page.on("request", lambda each: asked.append(each.post_data_json) if each.url.endswith("api/search") else None)
    page.get_by_label("Top k", exact=True).fill("2")
    page.get_by_role("button", name="Check stability").click()
    expect(page.locator(".stability")).to_contain_text("4 of 4 ranks hold in every shuffle.", timeout=60_000)
    assert page.locator(".stability tbody tr.holds").count() == 4
    page.locator(".stability summary").first.click()
    expect(page.locator(".stability details").first).to_contain_text("Shuffle 2:")
    assert [each["k"] for each in asked] == [4, 4], "the same search, whatever the form says by now"
    expect(page.locator(".stability progress")).to_be_hidden()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Offline report (HTML)").click()
    waiting.value.save_as(tmp_path / "report.html")
    page.reload()
    expect(page.locator(".stability")).to_contain_text("4 of 4 ranks hold in every shuffle.")
    assert page.locator(".stability tbody tr.holds").count() == 4
    page.get_by_label("How many other shuffles").select_option("3 other shuffles")
    page.get_by_role("button", name="Check stability").click()
    expect(page.locator(".stability thead th", has_text="Shuffle 3")).to_be_visible(timeout=60_000)
    assert len(asked) == 3, "those that are there are not searched again"
    assert tab.errors == []
    context = browser.new_context(offline=True)
    report = context.new_page()
    report.goto((tmp_path / "report.html").as_uri())
    expect(report.locator(".stability tbody tr.holds")).to_have_count(4)
    expect(report.locator(".stability")).to_contain_text("4 of 4 ranks hold in every shuffle.")
    expect(report.get_by_role("button", name="Check stability")).to_have_count(0)
    expect(report.locator(".keep")).to_contain_text(
        "It was asked with: index explore, first stage BM25, reranker rank-r1"
    )
    expect(report.locator(".keep")).to_contain_text("open the search where it was made")
    context.close()


def test_a_check_of_stability_says_how_far_it_is_and_can_be_stopped(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    done(tab)
    page, stability = tab.page, tab.page.locator(".stability")
    held: list[Route] = []

    def hold(route: Route) -> None:
        """Let the first search through, and no other."""
        held.append(route)
        if len(held) == 1:
            route.continue_()

    page.route("**/api/search", hold)
    stability.get_by_role("button", name="Check stability").click()
    calls = page.evaluate("document.querySelector('rank-page').state.calls.size")
    expect(stability.locator(".far")).to_contain_text("1 of 2 shuffles done, comparison ", timeout=60_000)
    far = stability.locator("progress").evaluate("node => [node.value, node.max]")
    assert 0 < far[0] < far[1]
    assert far[1] == pytest.approx(2 * calls, abs=calls)
    stability.get_by_role("button", name="Stop", exact=True).click()
    expect(stability).to_contain_text("Stopped. What ended is kept: 4 of 4 ranks hold in every shuffle.")
    expect(stability.locator("progress")).to_be_hidden()
    page.reload()
    expect(stability.locator("thead")).to_contain_text(re.compile("Shuffle [12]"))
    assert stability.locator("thead th").count() == 4
    assert [error for error in tab.errors if "ERR_FAILED" not in error] == []


def test_settings_in_reach_and_what_they_will_take(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    expect(page.locator(".estimate")).to_have_text(re.compile(r"about \d+ comparisons$"))
    page.get_by_text("More settings").click()
    page.get_by_label("Documents per comparison").fill("6")
    page.get_by_role("combobox", name="Sort", exact=True).select_option("heapsort")
    page.get_by_role("combobox", name="Document order", exact=True).select_option("first-stage")
    page.get_by_role("textbox", name="Seed", exact=True).fill("5")
    page.get_by_role("textbox", name="Max. answer tokens", exact=True).fill("300")
    done(tab)
    settings = page.evaluate("document.querySelector('rank-page').state.settings")
    wanted = {"docs_per_call": 6, "sort": "heapsort", "order": "first-stage", "seed": 5, "max_tokens": 300}
    assert {name: settings[name] for name in wanted} == wanted
    page.get_by_label("Depth", exact=True).fill("10")
    page.get_by_label("Depth", exact=True).press("Tab")
    expect(page.locator(".estimate")).to_have_text(re.compile(r"about \d+ comparisons, [\d,]+ tokens, [\d.]+ s here$"))


def test_the_gallery_plays_real_searches(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    gallery = page.get_by_role("region", name="Recorded searches")
    links = gallery.get_by_role("link")
    expect(links.first).to_be_visible()
    assert links.count() == 3
    links.first.click()
    tab.wait("finished")
    expect(page.locator(".player")).to_contain_text("with rank-r1-nano on demo")
    ids = tab.ids()
    assert tab.errors == []
    assert len(ids) == len(set(ids)) == 20
    page.get_by_role("button", name="4 times the speed").click()
    page.wait_for_selector(".dot[data-status=running]")
    tab.wait("finished")
    assert tab.ids() == ids
    moment = page.get_by_role("slider", name="Moment of the search")
    expect(page.get_by_role("button", name="Next step")).to_be_disabled()
    moment.press("Home")
    expect(page.get_by_role("button", name="Previous step")).to_be_disabled()
    assert page.evaluate("document.querySelector('rank-page').state.documents.size") == 20, "it begins with the list"
    page.get_by_role("button", name="Next step").click()
    assert page.evaluate(ANSWERED) >= 1, "a step leads to an answer"
    expect(page.locator(".moment")).to_have_text(re.compile("^0"))
    early = page.evaluate("document.querySelector('rank-page').state.settled.size")
    assert early < 10
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_visible()
    page.get_by_role("button", name="1 times the speed").click()
    page.wait_for_function("Number(document.querySelector('rank-page').player.place.value) > 1")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    held = moment.input_value()
    page.wait_for_timeout(300)
    assert moment.input_value() == held
    moment.press("End")
    tab.wait("finished")
    assert tab.ids() == ids
    page.locator(".dot").first.click()
    expect(page.locator(".side")).to_contain_text("What the model wrote")
    assert tab.errors == []


def test_everything_with_the_bundled_model(demo: str, browser: Browser) -> None:
    tab = Tab(browser, demo)
    page = tab.page
    tab.search("how do bees make honey")
    page.wait_for_selector("button.dot", timeout=120_000)
    page.get_by_role("button", name="Show all comparisons").click()
    tab.wait("finished")
    asked = page.evaluate("document.querySelector('rank-page').state.calls.size")
    assert page.locator(".box").count() == asked
    first = page.locator("article.card.settled").first
    expect(first.locator(".why")).to_contain_text("comparison")
    assert page.locator("article.card .quote").count() > 0
    side = page.locator(".side")
    first.get_by_role("button", name="How it got here").click()
    together = float(side.locator(".terms tfoot .number").inner_text())
    shares = [float(text) for text in side.locator(".terms tbody .number").all_inner_texts() if text[0].isdigit()]
    assert sum(shares) == pytest.approx(together, abs=0.0021)
    page.keyboard.press("Escape")
    first.get_by_role("button", name="Compare").click()
    page.locator("article.card.settled").nth(1).get_by_role("button", name="Compare").click()
    expect(side).to_contain_text("Why is “")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Where is the document I expected?").click()
    side.get_by_label("Document id or text").fill("bread dough")
    page.keyboard.press("Enter")
    expect(side.locator(".terms").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Check stability").click()
    expect(page.locator(".stability")).to_contain_text("of 3 ranks", timeout=120_000)
    ids = tab.ids()
    page.reload()
    page.wait_for_selector("rank-page .player")
    tab.wait("finished")
    assert tab.ids() == ids
    assert tab.errors == []
    tab.close()

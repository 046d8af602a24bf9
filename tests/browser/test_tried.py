"""A reason that is tested, judgements on the cards, and why one document is below another, on one recorded search."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rankr1_app.library import Library
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..engines.server import ScriptedServer
from ..serving import served
from .conftest import Tab

GOLDEN = Path(__file__).parent.parent / "golden" / "v1"
RUN = "09d656dba70b5663"


def judge(messages: list[dict[str, str]]) -> str:
    """Chooses the document that speaks of chocolate, else the first."""
    text = messages[-1]["content"]
    labels = [line for line in text.splitlines() if line.startswith("[")]
    best = next((n for n, line in enumerate(labels, 1) if "theobromine" in line), 1)
    return f"<think>[{best}] is best.</think><answer>[{best}]</answer>"


def test_grades_and_reasons_of_a_recorded_search(browser: Browser, tmp_path: Path) -> None:
    with ScriptedServer(judge) as server:
        settings = Settings(base_url=server.base_url, model="judge", retriever="bm25", cache=False)
        store = Store(tmp_path)
        store.path(RUN).write_bytes(gzip.decompress((GOLDEN / f"{RUN}.jsonl.gz").read_bytes()))
        with served(Service(settings, Library(store))) as address:
            tab = Tab(browser, f"{address}?run={RUN}")
            page, side = tab.page, tab.page.locator(".side")
            tab.wait("finished")
            first = page.locator("article.card").first
            expect(first.locator(".grade")).to_have_text("judged 3 of 3, answers the query")
            expect(page.locator(".measure")).to_contain_text("nDCG@10 .39 → 1.00")
            page.get_by_role("button", name="Hide judgements").click()
            expect(page.locator(".grade:visible")).to_have_count(0)
            page.get_by_role("button", name="Show judgements").click()
            expect(page.get_by_role("button", name="Why below #1?")).to_have_count(9)
            page.get_by_role("button", name="Why below #1?").first.click()
            expect(side.get_by_role("heading", level=2)).to_contain_text("Why is “Chocolate and dogs” above “Food")
            expect(side.locator(".passage")).to_have_count(2)
            side.get_by_role("button", name="Next").click()
            expect(side.get_by_role("heading", level=2)).to_contain_text("above “Canning and the sealed tin”?")
            expect(side).to_contain_text(
                "the model chose Chocolate and dogs over Canning and the sealed tin and 2 others"
            )
            page.keyboard.press("Escape")
            before = tab.ids()
            first.get_by_role("button", name="Test this reason").click()
            expect(side.locator("[data-way=without] h3")).to_contain_text("Chocolate and dogs", timeout=60_000)
            expect(side.locator("[data-way=only] blockquote, [data-way=only] .quiet").first).to_be_visible(
                timeout=60_000
            )
            assert tab.ids() == before
            expect(side.locator(".trials")).to_contain_text("Asked afterwards")
            expect(side.locator(".trials")).to_contain_text("The passage: its title Chocolate and dogs")
            expect(side.locator("[data-way=only]")).to_contain_text(
                "Its figures were computed anew for what is left: w"
            )
            side.locator("[data-way=without] summary").click()
            expect(side.locator("[data-way=without] pre").last).to_contain_text("<answer>[")
            tested = first.get_by_role("button", name="its passage is ")
            expect(first.locator("figcaption").first).to_contain_text("Tested: its passage is ")
            page.keyboard.press("Escape")
            expect(tested).to_be_focused()
            page.locator("article.card details.others").evaluate_all(
                "nodes => nodes.forEach(node => { node.open = true })"
            )
            expect(page.locator("article.card figcaption", has_text="comparison 5: chosen over")).to_have_count(1)
            lost = page.locator("article.card figcaption", has_text="comparison 5").filter(has_not_text="chosen over")
            expect(lost.first).to_be_visible()
            assert "Tested" not in "".join(lost.all_inner_texts())
            tested.click()
            expect(side.locator("[data-way=only]")).to_contain_text("Asked afterwards")
            page.reload()
            expect(tested).to_be_visible(timeout=30_000)
            expect(side.locator("[data-way=only]")).to_contain_text("Asked afterwards", timeout=30_000)
            first.get_by_role("button", name="Compare").evaluate("node => node.click()")
            expect(page.locator(".picked:visible")).to_contain_text(
                "Comparing “Chocolate and dogs”. Choose the second document."
            )
            expect(first.get_by_role("button", name="Comparing")).to_have_attribute("aria-pressed", "true")
            assert tab.errors == []
            tab.close()


def test_the_measure_is_that_of_ir_measures() -> None:
    ir_measures = pytest.importorskip("ir_measures")
    from rankr1_app.judgements import demo, ideal

    grades = demo().of("demo", "What  foods are poisonous for dogs")
    assert grades
    ids = sorted(grades)[:10]
    run = {"q": {document: 10.0 - place for place, document in enumerate(ids)}}
    (value,) = ir_measures.iter_calc([ir_measures.nDCG @ 10], {"q": dict(grades)}, run)
    import math

    gained = sum(grades[document] / math.log2(place + 2) for place, document in enumerate(ids))
    assert gained / ideal(grades) == pytest.approx(value.value)

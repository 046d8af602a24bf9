"""A report of several recordings opens without a server, one search at a time."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from rankr1_app.report import report

from ..test_report import other

GOLDEN = sorted((Path(__file__).parent.parent / "golden" / "v1").glob("*.jsonl.gz"))[:3]


def test_report_of_three_searches(browser: Browser, tmp_path: Path) -> None:
    report(GOLDEN, tmp_path / "report.html")
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((tmp_path / "report.html").as_uri())
        links = page.get_by_role("navigation", name="Searches").get_by_role("link")
        expect(links).to_have_count(3)
        for number in (0, 2, 1):
            query = links.nth(number).inner_text()
            links.nth(number).click()
            expect(page.locator(".where")).to_contain_text(query)
            expect(page.locator("article").first).to_be_visible()
        assert errors == []
        assert page.evaluate("fetch('data:,x').then(() => 'sent', () => 'refused')") == "refused", "it asks nobody"
    finally:
        context.close()


def test_report_of_two_rankers_shows_them_side_by_side(browser: Browser, tmp_path: Path) -> None:
    mine = other(tmp_path / "mine.jsonl", reranker="mine")
    stage = other(tmp_path / "a,b.jsonl", reranker="none", retriever="bm25", k=2)
    report([mine, stage, *GOLDEN], tmp_path / "report.html")
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((tmp_path / "report.html").as_uri())
        comparison = page.get_by_role("region", name="Comparison").first
        comparison.get_by_role("link", name="why does bread rise").click()
        expect(page.locator("section.ranking h3")).to_have_text(["A: mine", "B: BM25, first stage"])
        comparison.get_by_role("link", name="2 ranks").last.click()
        expect(page.locator("section.ranking")).to_have_count(0)
        expect(page.locator("article.card").first).to_be_visible()
        assert errors == []
    finally:
        context.close()

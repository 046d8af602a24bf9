"""Labels of the reader's own over a list, in a browser: what a label leaves, and how all come back. The classifier is
stubbed here; `tests/web/test_facets.py` has a real one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Route, expect

from .conftest import Tab
from .test_access import broken
from .test_explore import done, page_of

__all__ = ["page_of"]
SAID = "By the classifier stub, which read 12 documents: a label counts from a probability of 0.5."


def labelled(ids: list[str], labels: list[str]) -> dict[str, Any]:
    """As the server answers: the first label fits every third document, the second none."""
    rows = {each: [0.75 if place % 3 == 1 else 0.25, 0.125] for place, each in enumerate(ids)}
    return {"model": "stub", "labels": labels, "documents": rows, "asked": "2026-11-26T12:00:00", "threshold": 0.5}


def stubbed(tab: Tab, kept: list[dict[str, Any]], refusal: str = "") -> None:
    """Answer for the classifier."""

    def answer(route: Route) -> None:
        if route.request.method == "POST" and refusal:
            route.fulfill(status=400, json={"error": refusal})
            return
        if route.request.method == "POST":
            labels = json.loads(route.request.post_data or "")["labels"]
            kept.append(labelled(tab.page.evaluate(ORDER), labels))
        route.fulfill(json={"facets": kept[-1:]})

    tab.page.route("**/facets", answer)


ORDER = """() => {
    const { documents, settled } = document.querySelector('rank-page').state;
    const ranked = [...settled].sort((one, other) => one[1].rank - other[1].rank).map(([id]) => id);
    return [...ranked, ...[...documents.keys()].filter((id) => !settled.has(id))];
}"""


def test_a_label_leaves_its_documents_and_all_come_back(page_of: Callable[..., Tab]) -> None:
    tab = page_of(width=390, dark=True)
    page, facets = tab.page, tab.page.locator(".facets")
    stubbed(tab, [])
    done(tab)
    order = page.evaluate(ORDER)
    page.get_by_role("button", name="Facets").click()
    page.get_by_label("Labels of your own").fill(" odd number, , no such")
    page.get_by_label("Labels of your own").press("Enter")
    expect(facets).to_contain_text(SAID)
    expect(facets.get_by_role("button", name="odd number 4")).to_have_attribute("aria-pressed", "false")
    expect(facets.get_by_role("button", name="no such 0")).to_be_disabled()
    first = page.locator("article.card .labelled").first
    expect(first).to_have_text("stub: no label fits, likeliest odd number 0.25")
    facets.get_by_role("button", name="odd number 4").click()
    expect(facets).to_contain_text(
        "4 of 12 shown, those that “odd number” fits. The other 8 are hidden; ranks are those"
    )
    cards = page.locator("article.card")
    expect(cards).to_have_count(4)
    assert cards.evaluate_all("nodes => nodes.map(node => node.dataset.id)") == [order[n] for n in (1, 4, 7, 10)]
    assert cards.locator(".rank").evaluate_all("nodes => nodes.map(n => n.textContent.match(/\\d+$/)[0])") == [
        "2",
        "5",
        "8",
        "11",
    ]
    expect(page.locator("article.card .labelled").first).to_have_text("stub: odd number 0.75")
    expect(page.locator(".tail")).to_be_hidden()
    assert broken(tab) == []
    assert not tab.sideways()
    page.keyboard.press("Escape")
    expect(page.locator(".tail")).to_be_visible()
    assert cards.evaluate_all("nodes => nodes.map(node => node.dataset.id)") == order[:4]
    facets.get_by_role("button", name="odd number 4").press("Enter")
    expect(page.locator(".tail")).to_be_hidden()
    facets.get_by_role("button", name="odd number 4").press("Enter")
    expect(page.locator(".tail")).to_be_visible()
    assert tab.ids() == order
    # A link to a hidden document brings all back, each to its place, also the one under the pointer.
    facets.get_by_role("button", name="odd number 4").click()
    expect(cards).to_have_count(4)
    cards.first.hover(position={"x": 100, "y": 20})
    page.evaluate("id => document.querySelector('rank-page').view.go(id)", order[0])
    expect(cards.first).to_have_attribute("data-id", order[0])
    page.reload()
    expect(page.locator(".toggles")).to_contain_text("odd number 4")
    page.get_by_role("button", name="Facets").click()
    expect(page.locator(".labelled").first).to_be_hidden()
    assert tab.errors == []


def test_a_machine_without_a_classifier_says_so_in_a_sentence(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    stubbed(tab, [], "labels need a classifier such as gliclass-edge, whose weights are not on this server")
    done(tab)
    tab.page.get_by_role("button", name="Facets").click()
    tab.page.get_by_label("Labels of your own").fill("bread")
    tab.page.get_by_role("button", name="Label the results").click()
    alert = tab.page.locator(".facets [role=alert]")
    expect(alert).to_have_text("Labels need a classifier such as gliclass-edge, whose weights are not on this server.")
    expect(tab.page.get_by_role("button", name="Label the results")).to_be_enabled()
    assert len(tab.ids()) == 12
    assert all("400" in error for error in tab.errors)

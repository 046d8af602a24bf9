"""A search is one object: two stand side by side on one page, and a page that is mounted again is one page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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

TWO = """async (queries) => {
    const page = document.querySelector('rank-page');
    const { SearchView } = await import(new URL('page/view.js', location.href));
    page.view.node.remove();
    window.views = queries.map(() => new SearchView({
        panel: page.panel, settings: () => page.form.settings(), again() {},
    }));
    const columns = views.map((view, n) => {
        const column = document.createElement('div');
        column.id = `column-${n}`;
        column.append(view.node);
        return column;
    });
    page.shadowRoot.querySelector('.page').append(...columns);
    window.both = Promise.all(views.map((view, n) => view.run({ ...page.form.settings(), query: queries[n] })));
}"""
# Ids that stand twice, and references to what is not there.
LOOSE = """() => {
    const root = document.querySelector('rank-page').shadowRoot;
    const ids = [...root.querySelectorAll('[id]')].map((node) => node.id);
    const twice = ids.filter((id, n) => ids.indexOf(id) !== n);
    const names = ['aria-labelledby', 'aria-controls', 'aria-describedby', 'for'];
    const wanted = names.flatMap((name) =>
        [...root.querySelectorAll(`[${name}]`)].map((node) => node.getAttribute(name)));
    return { twice, missing: wanted.filter((id) => !ids.includes(id)), ids: ids.length, wanted: wanted.length };
}"""
INSIDE = "document.querySelector('rank-page').shadowRoot.activeElement"


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """A tab on a page over a scripted model and documents about apples and about pears."""
    with ExitStack() as stack:
        corpus = tmp_path / "corpus.jsonl"
        rows = [
            {"id": f"{kind}-{n}", "title": f"{kind} {n}", "text": f"{kind} number {n} " + "word " * 40}
            for kind in ("apple", "pear")
            for n in range(10)
        ]
        corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
        indexes.build(corpus, "pairs")

        def make() -> Tab:
            server = stack.enter_context(
                ScriptedServer(lambda _: "<think>[1] and [2] are fruit.</think><answer>[1]</answer>")
            )
            settings = Settings(index="pairs", base_url=server.base_url, model="judge", k=3, docs_per_call=4)
            address = stack.enter_context(served(Service(settings, Library(Store(tmp_path / "kept")))))
            tab = Tab(browser, address)
            stack.callback(tab.close)
            tab.server = server
            return tab

        yield make


def test_two_searches_run_on_one_page(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    page.evaluate(TWO, ["apple", "pear"])
    page.evaluate("both")
    page.wait_for_function("views.every(view => view.results.shown.length)")
    assert page.evaluate("views.map(view => view.state.phase)") == ["finished", "finished"]
    for n, kind in enumerate(("apple", "pear")):
        column = page.locator(f"#column-{n}")
        ids = column.locator("article.card").evaluate_all("nodes => nodes.map(node => node.dataset.id)")
        assert ids
        assert all(name.startswith(kind) for name in ids)
        expect(column.locator(".headline")).to_contain_text("3 ranks settled in")
        column.get_by_role("button", name="Show all comparisons").click()
        card = column.locator("article.card").first
        assert card.evaluate("node => node.getAttribute('aria-labelledby') === node.querySelector('h3').id")
        column.locator(".reason button", has_text="comparison").first.click()
        expect(page.locator(".side")).to_contain_text(kind)
        page.keyboard.press("Escape")
        column.locator(".panel summary").first.click()
        column.locator(".panel[open] .words button.chip").first.click()
        assert page.evaluate(f"{INSIDE}.dataset.id").startswith(kind), "a label leads to its own search's document"
    loose = page.evaluate(LOOSE)
    assert min(loose["ids"], loose["wanted"]) > 10
    assert (loose["twice"], loose["missing"]) == ([], [])
    assert tab.errors == []


def test_one_of_two_is_stopped_and_the_other_goes_on(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    tab.server.hold()
    page = tab.page
    page.evaluate(TWO, ["apple", "pear"])
    page.wait_for_function("views.every(view => view.state.calls.size)")
    page.evaluate("views[0].stop()")
    tab.server.release()
    page.evaluate("both")
    assert page.evaluate("views.map(view => view.state.phase)") == ["stopped", "finished"]
    assert tab.errors == []


def test_a_page_that_is_mounted_again_is_one_page(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    page.evaluate(
        """async () => {
            const { mount } = await import(new URL('page/main.js', location.href));
            mount(document.querySelector('rank-page').parentNode);
        }"""
    )
    page.wait_for_selector("rank-page .pill")
    page.keyboard.press("/")
    assert page.evaluate(f"{INSIDE}?.id") == "query", "the page that is gone takes no keys"
    tab.search("apple")
    tab.wait("finished")
    ids = tab.ids()
    page.evaluate(f"{INSIDE}?.blur()")
    for name in ids[:2]:
        page.keyboard.press("j")
        assert page.evaluate(f"{INSIDE}.dataset.id") == name
    assert tab.errors == []


def test_a_page_that_is_moved_goes_on(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    tab.server.hold()
    page = tab.page
    tab.search("apple")
    page.wait_for_selector(".dot")
    page.evaluate("document.body.append(document.querySelector('rank-page'))")
    tab.server.release()
    tab.wait("finished")
    first = tab.ids()[0]
    page.evaluate(f"{INSIDE}?.blur()")
    page.keyboard.press("j")
    assert page.evaluate(f"{INSIDE}.dataset.id") == first
    assert tab.errors == []

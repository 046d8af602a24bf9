"""A bracketed number is a label where the model means a document by it: on the page, in its previews, in the report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from rankr1_app.events import Message
from rankr1_app.library import Library
from rankr1_app.retrieval import indexes
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..doubles import shown
from ..engines.server import ScriptedServer
from ..serving import served
from .conftest import Tab

TITLES = ["[2] Yeast at work", "Ovens 😀", "Part [1] Gluten", "Salt", "[3] Wild starters", "Pizza"]
EACH = "[{label}] {title} speaks of it."
LAST = "The choice is {first}, not {title}."


def judge(messages: list[dict[str, Any]]) -> str:
    """Names every document by its label and its title, in the order they are shown."""
    texts = shown([Message(**m) for m in messages])
    named = [(n, next(title for title in TITLES if title in text)) for n, text in enumerate(texts, 1)]
    lines = [EACH.format(label=label, title=title) for label, title in named]
    return (
        "<think>\n"
        + "\n".join([*lines, LAST.format(first="[1]", title=named[-1][1])])
        + "\n</think>\n<answer>[1]</answer>"
    )


@pytest.fixture
def page_of(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Tab]]:
    """A tab on a page over documents whose titles hold bracketed numbers."""
    with ExitStack() as stack:
        corpus = tmp_path / "corpus.jsonl"
        rows = [{"id": f"d{n}", "title": title, "text": f"bread text {n}"} for n, title in enumerate(TITLES, 1)]
        corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
        indexes.build(corpus, "brackets")

        def make(pause: float = 0.0) -> Tab:
            server = stack.enter_context(ScriptedServer(judge, pause=pause))
            settings = Settings(index="brackets", base_url=server.base_url, model="judge", k=2, docs_per_call=6)
            address = stack.enter_context(served(Service(settings, Library(Store(tmp_path / "kept")))))
            tab = Tab(browser, address)
            stack.callback(tab.close)
            return tab

        yield make


# The words as read, what stands for a label in braces.
READ = """nodes => nodes.map(node => [...node.childNodes]
    .map(child => child.matches?.('.chip') ? `{${child.textContent}}` : child.textContent).join(''))"""


def right(page: Page) -> None:
    """Every label is replaced once, every title stands as the model wrote it."""
    page.evaluate(
        "document.querySelector('rank-page').shadowRoot.querySelectorAll('.panel').forEach(p => p.open = true)"
    )
    calls = page.evaluate("[...document.querySelector('rank-page').state.calls.values()].map(call => call.documents)")
    titles = {f"d{n}": title for n, title in enumerate(TITLES, 1)}
    thoughts = page.locator(".panel .words").evaluate_all(READ)
    assert len(thoughts) == len(calls) > 1
    for thought, documents in zip(thoughts, calls, strict=True):
        first, last = titles[documents[0]], titles[documents[-1]]
        lines = [f"{{{titles[name]}}} {titles[name]} speaks of it." for name in documents]
        assert thought.splitlines() == [*lines, LAST.format(first=f"{{{first}}}", title=last)]
    previews = page.locator(".panel .preview").all_text_contents()
    assert previews == [f"Chose “{titles[documents[0]]}”." for documents in calls]
    for card in page.locator("article.card.settled").all():
        title = titles[card.get_attribute("data-id") or ""]
        words = card.locator(".reason blockquote span").first.evaluate_all(READ)
        assert words == [f"{{this document}} {title} speaks of it."]
        assert card.locator("h3").inner_text() == title


def test_labels_and_titles_with_brackets(page_of: Callable[..., Tab], browser: Browser, tmp_path: Path) -> None:
    tab = page_of()
    tab.search("bread")
    tab.wait("finished")
    right(tab.page)
    with tab.page.expect_download() as waiting:
        tab.page.get_by_role("link", name="Offline report (HTML)").click()
    file = tmp_path / "report.html"
    waiting.value.save_as(file)
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(file.as_uri())
    page.wait_for_selector("article.card.settled")
    right(page)
    context.close()
    assert tab.errors == []


def test_what_the_model_wrote_is_there_exactly(page_of: Callable[..., Tab]) -> None:
    tab = page_of()
    page = tab.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.search("bread")
    tab.wait("finished")
    page.locator(".dot").first.click()
    output = page.locator(".side pre.words")
    wrote = page.evaluate("document.querySelector('rank-page').state.calls.get(1).text")
    assert "[1]" in wrote
    expect(output.locator(".chip").first).to_have_css("user-select", "none")
    expect(page.get_by_role("button", name="With titles")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == wrote
    page.get_by_role("button", name="Exactly as written").click()
    assert output.evaluate("node => node.textContent") == wrote
    assert tab.errors == []


def test_a_preview_that_is_still_written_shows_no_labels(page_of: Callable[..., Tab]) -> None:
    tab = page_of(pause=0.05)
    tab.page.evaluate("localStorage.setItem('rank-r1-thoughts', 'closed')")
    tab.page.reload()
    tab.search("bread")
    tab.page.wait_for_function(
        "document.querySelector('rank-page').state.calls.get(1)?.text.includes(' speaks of it.\\n')", timeout=60_000
    )
    seen = tab.page.evaluate(
        """async () => {
            const { state, shadowRoot } = document.querySelector('rank-page');
            const seen = new Set();
            while (state.calls.get(1).status === 'running') {
                seen.add(shadowRoot.querySelector('.preview').textContent);
                await new Promise(requestAnimationFrame);
            }
            return [...seen];
        }"""
    )
    assert len(seen) > 3
    for title in sorted(TITLES, key=len, reverse=True):
        seen = [text.replace(title, "") for text in seen]
    # The label that is being written may lack its end, a title its rest.
    assert [text for text in seen if "[1]" in text or "[4]" in text] == []

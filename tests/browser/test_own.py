"""A person's path with documents of their own, in Chromium: drop, look, choose columns, search, see pages, delete."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rankr1_app.library import Library
from rankr1_app.retrieval import encoders
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store

from ..retrieval.embedder import Hashed
from ..retrieval.hub import filled
from ..retrieval.papers import docx, pdf, zipped
from ..serving import answering, served
from .conftest import Tab
from .test_access import broken

PAGES = (
    "Granite is a hard stone. It cools slowly below the ground.",
    "",
    "Tides rise and fall twice a day,\nsince the moon pulls at the water of the sea.",
)
ODD = """Ref No;Headline;What it says;Price
A-1;Copper;Copper pipes turn green in wet air, since the metal oxidises.;12.5
A-2;Tin;Tin is soft and melts at a low temperature, so it is used for solder.;9
"""


@pytest.fixture
def address(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The page, over an encoder that is quick."""
    encoder = Hashed()
    encoder.entry = encoders.entry(encoders.DEFAULT)
    monkeypatch.setattr(encoders, "encoder", lambda *_: encoder)
    service = Service(Settings(k=3, reranker="none"), Library(Store(tmp_path / "kept")))
    with served(service, own=True) as found:
        yield found


@pytest.fixture
def dropped(tmp_path: Path) -> list[Path]:
    """A PDF, a CSV with odd columns, and a zip with a Word document, a web page and a trap."""
    page = "<!doctype html><title>Bread</title><nav>Home</nav><p>Yeast makes gas, so that dough rises."
    files = {
        "field guide.pdf": pdf(*PAGES),
        "odd.csv": ODD.encode(),
        "more.zip": zipped({"a/tea.docx": docx("Tea is made of leaves."), "bread.html": page, "../evil.txt": "no"}),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in files]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_from_dropping_files_to_deleting_them(
    address: str, browser: Browser, dropped: list[Path], width: int, dark: bool
) -> None:
    tab = Tab(browser, address, width=width, dark=dark)
    page, pictures = tab.page, os.environ.get("PICTURES")

    def picture(name: str) -> None:
        if pictures:
            page.screenshot(path=f"{pictures}/{name}-{width}.png", full_page=True)

    page.get_by_text("Search your own documents").click()
    page.set_input_files("#own-files", dropped)
    looked = page.get_by_role("region", name="What will be read")
    expect(looked.get_by_role("heading").first).to_have_text("What will be read: 6 passages", timeout=60_000)
    expect(looked.get_by_label("field guide.pdf")).to_contain_text("PDF, 2 passages")
    expect(looked.locator(".first")).to_contain_text("field guide.pdf, page 3")
    expect(looked.locator(".left")).to_contain_text("a path that leads out of the archive")
    columns = looked.get_by_role("group", name="Columns of odd.csv")
    expect(columns.get_by_label("Text")).to_have_value("what_it_says")
    picture("looked")
    assert broken(tab) == []
    columns.get_by_label("Title").select_option("")
    expect(looked.locator(".first li", has_text="A-1").locator("strong")).to_have_count(0, timeout=30_000)
    columns = looked.get_by_role("group", name="Columns of odd.csv")
    columns.get_by_label("Title").select_option("headline")
    expect(looked.locator(".first li", has_text="A-1").locator("strong")).to_have_text("Copper ", timeout=30_000)
    assert not tab.sideways()

    tab.search("what is granite")
    tab.wait("finished")
    expect(page.locator(".alert")).to_contain_text("this search was in demo.")
    reading = page.get_by_role("button", name="Read and search these")
    reading.click()
    expect(reading).to_be_focused()
    expect(page.locator("details:has(#own-files) [role=status]")).to_contain_text(
        "6 passages can be searched: ", timeout=120_000
    )
    index = page.locator(".pills select").first
    expect(index.locator("option:checked")).to_have_text("your documents")
    name = index.input_value()
    picture("ready")

    tab.search("why does the sea come and go")
    tab.wait("finished")
    expect(looked).to_be_hidden()
    first = page.locator("article.card").first
    expect(first.locator(".meta")).to_contain_text("page 3")
    expect(first).to_contain_text("1st by meaning")
    expect(page.locator(".alert")).to_be_hidden()
    expect(page.locator(".where")).to_contain_text("your documents · Hybrid")
    expect(page.locator(".pills select").nth(1).locator("option:checked")).to_have_text("automatic: Hybrid")
    expect(page.locator(".keep")).to_contain_text("Whoever has this link can read the documents")
    picture("found")
    run = page.evaluate("document.querySelector('rank-page').state.run")
    stranger = page.request.post(address + "api/search", data={"query": "sea", "index": name})
    assert stranger.status == 404

    page.reload()
    page.wait_for_selector("rank-page .pill")
    page.get_by_text("Search your own documents").click()
    expect(page.locator(".own .files li")).to_have_count(3)
    page.get_by_role("button", name="Delete them all").click()
    expect(page.locator(".own .files li")).to_have_count(0)
    expect(page.locator("details:has(#own-files) [role=status]")).to_contain_text("They are deleted")
    expect(page.locator("article.card")).to_have_count(0)
    assert "run=" not in page.url
    expect(index.locator(f'option[value="{name}"]')).to_have_count(0)
    assert page.evaluate("localStorage.getItem('rank-r1-own')") == ""
    assert page.request.get(address + f"api/recordings/{run}").status == 404
    assert json.loads(page.request.get(address + "api/own").text())["open"]
    assert not tab.sideways()
    assert tab.errors == []
    tab.close()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_dataset_is_added_by_its_name(
    address: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int, dark: bool
) -> None:
    with answering(filled(tmp_path / "hub").app) as there:
        monkeypatch.setenv("HF_ENDPOINT", there)
        tab = Tab(browser, address, width=width, dark=dark)
        page, pictures = tab.page, os.environ.get("PICTURES")
        page.get_by_text("Search your own documents").click()
        field = page.get_by_label("or a dataset of the Hugging Face Hub, by its name")
        field.fill("me/split")
        field.press("Enter")
        wrong = page.locator("details:has(#own-files) [role=alert]")
        expect(wrong).to_contain_text("has several splits; choose one of train, test", timeout=60_000)
        if pictures:
            page.screenshot(path=f"{pictures}/wrong-{width}.png", full_page=True)
        field.fill("BeIR/tiny")
        page.get_by_role("button", name="Add it").click()
        looked = page.get_by_role("region", name="What will be read")
        expect(looked.get_by_role("heading").first).to_have_text("What will be read: 2 passages", timeout=60_000)
        expect(wrong).to_be_hidden()
        expect(field).to_have_value("")
        assert broken(tab) == []
        if pictures:
            page.screenshot(path=f"{pictures}/dataset-{width}.png", full_page=True)
        page.get_by_role("button", name="Read and search these").click()
        expect(page.locator("details:has(#own-files) [role=status]")).to_contain_text(
            "2 passages can be searched: ", timeout=120_000
        )
        tab.search("salt")
        tab.wait("finished")
        assert tab.ids()[0] == "sea"
        assert not tab.sideways()
        assert tab.errors == []
        tab.close()

"""A served app over a scripted model, for tests that come over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from rankr1_app.events import Message
from rankr1_app.library import Library
from rankr1_app.own import Shelf
from rankr1_app.retrieval import indexes
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store
from rankr1_app.web import searches
from rankr1_app.web.own import Door

from ..doubles import best, shown
from ..engines.server import ScriptedServer
from ..serving import served


class App:
    """A served app: its address, its model, its store."""

    def __init__(self, stack: ExitStack, folder: Path, pause: float, searches: int = 16, own: bool = False) -> None:
        self.model = stack.enter_context(ScriptedServer(answer, pause=pause))
        self.store = Store(folder / "kept")
        settings = Settings(index="numbers", base_url=self.model.base_url, model="judge", k=3, docs_per_call=4)
        self.serving = stack.enter_context(ExitStack())
        self.service = Service(settings, Library(self.store))
        address = self.serving.enter_context(served(self.service, searches, own))
        self.http = stack.enter_context(httpx.Client(base_url=address, timeout=30))

    @property
    def shelf(self) -> Shelf:
        """Where documents of visitors are."""
        assert isinstance(self.service.private, Door)
        return self.service.private.open()

    def search(self, **asked: object) -> list[dict[str, Any]]:
        """All lines of a search."""
        return lines(self.http.post("api/search", json={"query": "number", **asked}))


def answer(messages: list[dict[str, Any]]) -> str:
    return best(shown([Message(**m) for m in messages]))


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines() if line]


@pytest.fixture(scope="package", autouse=True)
def grace() -> Iterator[None]:
    """A search without a reader ends at once, also after its test, so that it is in the way of no other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searches, "GRACE", 0.0)
        yield


@pytest.fixture(scope="package")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    yield from make(tmp_path_factory.mktemp("web"), 0.0, own=True)


@pytest.fixture(scope="package")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    yield from make(tmp_path_factory.mktemp("slow"), 0.2, searches=2)


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[App]:
    yield from make(tmp_path, 0.2, searches=1)


def make(folder: Path, pause: float, searches: int = 16, own: bool = False) -> Iterator[App]:
    corpus = folder / "numbers.jsonl"
    corpus.write_text("".join(json.dumps({"id": f"d{n}", "text": f"number {n}"}) + "\n" for n in range(12)))
    indexes.build(corpus, "numbers")
    with ExitStack() as stack:
        yield App(stack, folder, pause, searches, own)


def nobody(app: App) -> None:
    """Wait until the model's server generates nothing."""
    until = time.monotonic() + 5
    while app.model.running and time.monotonic() < until:
        time.sleep(0.02)
    assert app.model.running == 0

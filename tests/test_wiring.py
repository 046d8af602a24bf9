"""Parts that are opened once and kept: retrievers by index and kind, engines by what they run."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rankr1_app import engines, retrieval
from rankr1_app.errors import Problem
from rankr1_app.events import Candidate
from rankr1_app.plan import Plan, resolve
from rankr1_app.retrieval.current import Current
from rankr1_app.retrieval.several import Several
from rankr1_app.settings import Settings
from rankr1_app.wiring import Wiring

from .doubles import Fixed, Scripted, candidates

OPENED: list[str] = []
HOLD = threading.Event()


class Files:
    """What a retriever holds open."""

    closed = False

    def fresh(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


class Held(Fixed):
    """A first stage over files that it holds open."""

    def __init__(self, index: str) -> None:
        super().__init__(candidates([3, 9]), name="mine", index=index, score_name="number")
        self.files = Files()
        self.current = Current(index, lambda: self.files, threading.RLock())


def open_mine(index: str, choices: object) -> Held:
    OPENED.append(index)
    if index == "slow":
        assert HOLD.wait(30)
    if index == "broken":
        raise Problem("index 'broken' has a broken meta.json, build it again")
    return Held(index)


def scripted(spec: object, concurrency: int) -> Scripted:
    return Scripted(concurrency=concurrency)


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    OPENED.clear()
    HOLD.clear()
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    monkeypatch.setitem(retrieval.KINDS, "mine", f"{__name__}:open_mine")
    monkeypatch.setitem(engines.KINDS, "transformers", engines.Kind(f"{__name__}:scripted", concurrency=3))


def plan(index: str = "a", **given: Any) -> Plan:
    return resolve(Settings(index=index, retriever="mine", cache=False, **given))


def test_a_retriever_is_opened_once() -> None:
    wiring = Wiring()
    assert wiring.retriever(plan()) is wiring.retriever(plan(k=3))
    assert wiring.retriever(plan("b")) is not wiring.retriever(plan())
    assert OPENED == ["a", "b"]
    assert wiring.retriever(plan(fusion="rrf")) is not wiring.retriever(plan()), "another choice is another one"


def test_a_retriever_that_cannot_be_opened_is_tried_again() -> None:
    wiring = Wiring()
    for _ in range(2):
        with pytest.raises(Problem, match="index 'broken' has a broken meta.json"):
            wiring.retriever(plan("broken"))
    assert OPENED == ["broken", "broken"]
    assert not wiring.opened(plan("broken"))


def test_one_that_is_slow_to_open_holds_nobody_up_and_is_opened_once() -> None:
    wiring, found = Wiring(), list[object]()
    waiting = [threading.Thread(target=lambda: found.append(wiring.retriever(plan("slow")))) for _ in range(3)]
    for thread in waiting:
        thread.start()
    assert wiring.retriever(plan("quick")).index == "quick"
    HOLD.set()
    for thread in waiting:
        thread.join(30)
    assert OPENED.count("slow") == 1
    assert len(found) == 3
    assert len(set(map(id, found))) == 1


def test_an_index_that_is_forgotten_is_closed_and_opened_anew() -> None:
    wiring = Wiring()
    one, other = wiring.retriever(plan("a")), wiring.retriever(plan("b"))
    wiring.forget("a")
    assert isinstance(one, Held)
    assert isinstance(other, Held)
    assert (one.files.closed, other.files.closed) == (True, False)
    assert [wiring.opened(plan(index)) for index in "ab"] == [False, True]
    assert wiring.retriever(plan("a")) is not one
    wiring.forget("never opened")


def test_an_engine_is_shared_by_searches_that_run_the_same() -> None:
    wiring = Wiring()
    spec = plan().engine
    assert spec is not None
    assert wiring.engine(spec) is wiring.engine(replace(spec))
    assert wiring.engine(spec) is not wiring.engine(replace(spec, model="another"))
    assert wiring.engine(spec).concurrency == 3
    assert wiring.engine(replace(spec, concurrency=5)).concurrency == 5
    one, two = wiring.reranker(plan(k=1)), wiring.reranker(plan(k=2))
    assert one is not None
    assert two is not None
    assert len(wiring.engines) == 3, "both run on the first one"


def test_the_first_stage_alone_has_no_reranker_and_nothing_rewrites() -> None:
    wiring = Wiring()
    assert wiring.reranker(plan(reranker="none")) is None
    assert wiring.rewriter(plan(reranker="none", rewrite="hyde")) is None
    assert wiring.rewriter(plan()) is None
    assert wiring.rewriter(plan(reranker="rank-r1-7b-v0.1", rewrite="hyde")) is not None


async def test_closing_ends_every_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []

    async def close(engine: Scripted) -> None:
        closed.append(engine.name)

    monkeypatch.setattr(Scripted, "close", close)
    wiring = Wiring()
    for model in ("one", "two"):
        spec = plan(model=model).engine
        assert spec is not None
        wiring.engine(spec)
    await wiring.close()
    assert closed == ["scripted", "scripted"]


def test_a_lazy_retriever_opens_at_its_first_search() -> None:
    lazy = Wiring().lazy(plan("a"))
    assert (lazy.name, lazy.index) == ("mine", "a")
    assert OPENED == []
    assert [each.id for each in lazy.search("q", 1)] == ["d3"]
    found = lazy.document("d9")
    assert isinstance(found, Candidate)
    assert (lazy.document("d1"), lazy.score_name) == (None, "number")
    assert (lazy.rewrite("q"), lazy.note("q")) == (None, ""), "this one has nothing to say"
    assert OPENED == ["a"]


def test_a_rewriting_into_several_queries_is_searched_for_as_several() -> None:
    wiring = Wiring()
    assert isinstance(wiring.lazy(plan(reranker="rank-r1-7b-v0.1", rewrite="queries")).opened, Several)
    assert isinstance(wiring.lazy(plan(reranker="rank-r1-7b-v0.1", rewrite="hyde")).opened, Held)
    with pytest.raises(Problem, match="document 'nope' is not in index 'a'"):
        wiring.lazy(plan(), ("nope",)).search("q", 1)

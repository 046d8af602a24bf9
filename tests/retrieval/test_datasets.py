"""Topics and judgements of known collections, by a stand-in for ir_datasets."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.judgements import read
from rankr1_app.retrieval.qrels import read_qrels
from rankr1_app.retrieval.topics import read_topics

HERE = Path("ir_datasets:toy/test")


class Toy:
    """A collection of two topics; the second has its query in `title`."""

    def __init__(self, fails: Exception | None = None, *, judged: bool = True) -> None:
        self.fails, self.judged = fails, judged

    def has_queries(self) -> bool:
        return True

    def has_qrels(self) -> bool:
        return self.judged

    def queries_iter(self) -> Any:
        if self.fails:
            raise self.fails
        return iter([SimpleNamespace(query_id="1", text="salt  water"), SimpleNamespace(query_id="2", title="tea")])

    def qrels_iter(self) -> Any:
        return iter([SimpleNamespace(query_id="1", doc_id="sea", relevance=2)])


@pytest.fixture
def has(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a collection behind `ir_datasets.load`."""

    def put(collection: Toy) -> None:
        module = ModuleType("ir_datasets")
        module.load = {"toy/test": collection}.__getitem__  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "ir_datasets", module)

    return put


def test_a_known_topic_has_its_judgements(has: Any) -> None:
    has(Toy())
    assert read_topics(HERE) == {"1": "salt water", "2": "tea"}
    assert read_qrels(HERE) == {"1": {"sea": 2}}
    assert read("mine", HERE, HERE).of("mine", "Salt water") == {"sea": 2}


def test_what_is_wrong_is_said(has: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    has(Toy(ConnectionError("no route")))
    with pytest.raises(Problem, match="queries of 'toy/test' could not be fetched by ir_datasets, .*: 'no route'"):
        read_topics(HERE)
    has(Toy(judged=False))
    with pytest.raises(Problem, match="collection 'toy/test' of ir_datasets has no qrels, a part such as"):
        read_qrels(HERE)
    with pytest.raises(Problem, match="collection 'toy/dev' is unknown to ir_datasets"):
        read_qrels(Path("ir_datasets:toy/dev"))
    monkeypatch.setitem(sys.modules, "ir_datasets", None)
    with pytest.raises(Problem, match="needs the package ir_datasets, `pip install ir_datasets` adds it"):
        read_topics(HERE)

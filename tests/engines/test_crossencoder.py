"""A cross-encoder in this process: query and document go in together, and one number comes out."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from rankr1_app import engines
from rankr1_app.engines.crossencoder import CrossEncoder
from rankr1_app.errors import Problem
from rankr1_app.plan import resolve
from rankr1_app.settings import Settings


class Model:
    """Stands in for a checkpoint: its number is how many words query and document share."""

    num_labels = 1

    def __init__(self, name: str) -> None:
        self.num_labels = 2 if name == "two/numbers" else 1

    def predict(self, pairs: list[tuple[str, str]], show_progress_bar: bool) -> list[Any]:
        assert not show_progress_bar
        return [len(set(query.split()) & set(text.split())) for query, text in pairs]


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for sentence-transformers, which takes seconds to import."""
    module = ModuleType("sentence_transformers")
    module.CrossEncoder = Model  # type: ignore[attr-defined]
    logging = SimpleNamespace(set_verbosity_error=lambda: None, disable_progress_bar=lambda: None)
    other = ModuleType("transformers")
    other.utils = SimpleNamespace(logging=logging)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    monkeypatch.setitem(sys.modules, "transformers", other)


async def test_a_number_for_each_text_in_its_order(library: None) -> None:
    engine = CrossEncoder("me/model")
    assert engine.state == "not started"
    found = await engine.score("bread dough", ["stones", "dough and bread", "bread"])
    assert found.scores == (0.0, 2.0, 1.0)
    assert all(type(score) is float for score in found.scores)
    assert (engine.state, engine.score_name) == ("ready", "cross-encoder score")
    assert (await engine.score("q", [])).scores == ()


async def test_a_model_of_several_numbers_is_refused(library: None) -> None:
    with pytest.raises(Problem) as refused:
        await CrossEncoder("two/numbers").start()
    assert str(refused.value) == "cross-encoder 'two/numbers' gives 2 numbers a document, it must give one"


@pytest.mark.slow
async def test_a_cross_encoder_that_is_not_there() -> None:
    plan = resolve(Settings(reranker="ms-marco-minilm-l6", model="/nowhere/at/all").checked())
    assert plan.engine
    with pytest.raises(Problem, match="model '/nowhere/at/all' cannot be loaded"):
        await engines.create(plan.engine).start()

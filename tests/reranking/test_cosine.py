"""A bi-encoder as a reranker: the cosine of a document and the query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy
import pytest

from rankr1_app import engines
from rankr1_app.engines.protocol import Decoding
from rankr1_app.engines.scorer import Scorer
from rankr1_app.errors import Problem
from rankr1_app.plan import EngineSpec, resolve
from rankr1_app.reranking import cosine
from rankr1_app.reranking.cosine import Cosine
from rankr1_app.retrieval import encoders
from rankr1_app.settings import Settings


@pytest.mark.slow
async def test_the_cosine_of_the_encoder_that_comes_with_the_product() -> None:
    plan = resolve(Settings(reranker="minilm-cosine").checked())
    assert plan.engine
    engine = engines.create(plan.engine)
    assert isinstance(engine, Scorer)
    found = await engine.score("why does bread rise", ["Granite is hard.", "Yeast makes dough rise."])
    assert found.scores[0] is not None
    assert found.scores[1] is not None
    assert -1.0 <= found.scores[0] < 0.3 < found.scores[1] <= 1.0


class Given:
    """An encoder of texts that are numbers: each is a vector's two."""

    def __init__(self) -> None:
        self.roles: list[str] = []
        self.started = 0

    def start(self) -> None:
        self.started += 1

    def embed(self, texts: Sequence[str], role: str) -> Any:
        self.roles.append(role)
        return numpy.array([[float(each) for each in text.split()] for text in texts], numpy.float32)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    encoder = Given()
    monkeypatch.setattr(encoders, "encoder", lambda entry, url="": encoder)
    return encoder


async def test_a_score_is_the_cosine_whatever_the_lengths_of_the_vectors(given: Given) -> None:
    engine = Cosine("all-MiniLM-L6-v2", "")
    found = await engine.score("3 4", ["30 40", "-3 -4", "4 -3", "5 0", "0 0"])
    assert found.scores == pytest.approx((1.0, -1.0, 0.0, 0.6, 0.0), abs=1e-6)
    assert given.roles == ["query", "passage"]


async def test_the_encoder_is_loaded_when_the_engine_starts(given: Given) -> None:
    engine = cosine.engine(
        EngineSpec(
            kind="encoder", model="all-MiniLM-L6-v2", adapter="", base_url="", timeout=9, concurrency=0, cache=False
        ),
        1,
    )
    assert (engine.state, given.started, engine.score_name) == ("not started", 0, "cosine")
    await engine.start()
    assert (engine.state, given.started) == ("ready", 1)


async def test_an_encoder_that_is_unknown_is_named() -> None:
    with pytest.raises(Problem, match="^encoder 'nobody' is unknown, known are all-MiniLM-L6-v2"):
        await Cosine("nobody", "").start()


async def test_it_writes_nothing() -> None:
    with pytest.raises(Problem, match="scores documents and writes nothing, give another --reranker"):
        async for _ in Cosine("all-MiniLM-L6-v2", "").generate([], Decoding(max_tokens=1)):
            pass

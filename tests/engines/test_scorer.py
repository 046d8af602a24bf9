"""What engines share that score documents: they write nothing, and a model in this process is loaded once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rankr1_app.engines.protocol import Decoding
from rankr1_app.engines.scorer import LocalScorer, Scored, Scorer
from rankr1_app.errors import Problem
from rankr1_app.events import Usage


class Local(LocalScorer):
    """A scorer whose model is read as it is told."""

    def __init__(self, reads: list[Any]) -> None:
        super().__init__("local", "me/model", "score")
        self.reads = reads

    def read(self) -> Any:
        found = self.reads.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


async def test_a_scorer_writes_nothing() -> None:
    scorer = Scorer("numbers", "numbers", "number", 1)
    says = "^model 'numbers' scores documents and writes nothing, give another --reranker$"
    with pytest.raises(Problem, match=says):
        await anext(scorer.generate((), Decoding(max_tokens=1)))
    with pytest.raises(Problem, match=says):
        await scorer.following((), "")
    with pytest.raises(NotImplementedError):
        await scorer.score("q", ["a"])


async def test_texts_are_cut_by_words() -> None:
    scorer = Scorer("numbers", "numbers", "number", 3)
    assert await scorer.truncate(["one two three four five six", "one"], 4) == ["one two three", "one"]
    assert (scorer.messages("q", ["a"]), scorer.lane._value, scorer.room) == ((), 3, 0)


async def test_its_state_says_whether_it_is_ready() -> None:
    scorer = Scorer("numbers", "numbers", "number", 1)
    assert scorer.state == "not started"
    await scorer.start()
    assert scorer.state == "ready"
    await scorer.close()
    assert scorer.state == "not started"
    assert Scored((1.0, None)).usage == Usage(), "what was read is not known unless it is told"


async def test_a_model_is_loaded_once_and_again_after_it_was_let_go() -> None:
    scorer = Local(["one", "two"])
    await asyncio.gather(scorer.start(), scorer.start())
    assert (scorer.loaded, scorer.reads, scorer.state) == ("one", ["two"], "ready")
    await scorer.close()
    assert scorer.loaded is None
    await scorer.start()
    assert scorer.loaded == "two"


async def test_a_model_that_cannot_be_loaded_is_one_sentence_and_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scorer = Local([RuntimeError("secret detail"), Problem("it gives two numbers"), "one"])
    with pytest.raises(
        Problem, match="^model 'me/model' cannot be loaded: it is not here and the hub does not have it"
    ):
        await scorer.start()
    assert scorer.state.startswith("lost: model 'me/model' cannot be loaded")
    assert "secret detail" not in scorer.state
    assert "secret detail" in caplog.text
    with pytest.raises(Problem, match="^it gives two numbers$"):
        await scorer.start()
    assert scorer.state == "lost: it gives two numbers"
    await scorer.start()
    assert scorer.state == "ready"

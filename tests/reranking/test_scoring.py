"""Scoring: documents in batches, calls that break, and the cosine of the encoder that comes with the product."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app import reranking
from rankr1_app.engines.protocol import Fault
from rankr1_app.engines.scorer import Scored, Scorer
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Event, Planned, RankSettled, Usage
from rankr1_app.plan import resolve
from rankr1_app.settings import Settings

from ..doubles import candidates

PLAN = resolve(Settings(reranker="ms-marco-minilm-l6").checked())


LOOP = asyncio.new_event_loop()
"""For cases by the thousand."""


class Numbers(Scorer):
    """Scores a document by its number, or as it is told."""

    def __init__(self, told: Callable[[list[int]], Sequence[float | None]] = lambda numbers: numbers) -> None:
        super().__init__("numbers", "numbers", "number", 1)
        self.told = told
        self.faults = 0

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        if self.faults:
            self.faults -= 1
            raise Fault("the server cut the connection")
        return Scored(tuple(self.told([int(text.split()[-1]) for text in texts])), Usage(prompt_tokens=5))


def events(engine: Scorer, numbers: Sequence[int], k: int = 1000) -> list[Event]:
    made = reranking.create(PLAN, engine)

    async def go() -> list[Event]:
        return [event async for event in made.rerank("q", candidates(numbers), k, lambda: 0.0)]

    return LOOP.run_until_complete(go())


def ranking(found: list[Event]) -> list[str]:
    return [event.document for event in found if isinstance(event, RankSettled)]


def test_documents_are_scored_in_batches() -> None:
    found = events(Numbers(), range(70), 3)
    assert found[0] == Planned(at=0.0, calls=3, rounds=1)
    started = [event for event in found if isinstance(event, CallStarted)]
    assert [(len(call.documents), call.kind, call.messages) for call in started] == [
        (32, "score", ()),
        (32, "score", ()),
        (6, "score", ()),
    ]
    assert ranking(found) == ["d69", "d68", "d67"]
    settled = [event for event in found if isinstance(event, RankSettled)]
    assert [(event.score, event.score_name, event.calls) for event in settled][:1] == [(69.0, "number", (3,))]


def test_a_call_that_breaks_is_made_again_once() -> None:
    engine = Numbers()
    engine.faults = 1
    found = events(engine, [1, 2])
    assert [call.status for call in found if isinstance(call, CallFinished)] == ["retried", "ok"]
    assert ranking(found) == ["d2", "d1"]
    engine.faults = 2
    with pytest.raises(Problem, match="documents 1 to 2 got no scores twice: the server cut the connection"):
        events(engine, [1, 2])


def test_a_document_without_a_score_stays_last() -> None:
    found = events(Numbers(lambda numbers: [None if number == 9 else float(number) for number in numbers]), [9, 1, 2])
    assert ranking(found) == ["d2", "d1", "d9"]
    (call,) = [event for event in found if isinstance(event, CallFinished)]
    assert (call.status, call.error, call.scores) == ("repaired", "1 documents got no score and stay last", ())


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats()), min_size=1, max_size=8))
def test_no_document_is_lost_doubled_or_invented(told: list[float | None]) -> None:
    found = events(Numbers(lambda numbers: told), range(len(told)))
    assert sorted(ranking(found)) == sorted(f"d{number}" for number in range(len(told)))


def test_no_candidates() -> None:
    assert events(Numbers(), []) == [Planned(at=0.0, calls=0, rounds=0)]

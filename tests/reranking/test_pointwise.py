"""The pointwise family: the probability of yes for each document, read from the first token."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from rankr1_app import reranking
from rankr1_app.engines.protocol import Chunk, Decoding, Fault, Token
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Message, Planned, RankSettled
from rankr1_app.plan import resolve
from rankr1_app.settings import Settings

from ..doubles import Scripted, candidates

PLAN = resolve(Settings(reranker="qwen2.5-7b-yes-no", engine="vllm").checked())


@dataclass
class Sure(Scripted):
    """Says yes the more likely, the larger a document's number; what a number maps to in `instead` comes instead."""

    instead: Mapping[int, Mapping[str, float] | Fault] = field(default_factory=dict)

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        assert (decoding.max_tokens, decoding.alternatives_after) == (1, "")
        number = int(messages[1].content.split("number ")[1].split()[0])
        shares = self.instead.get(number, {" Yes": number / 10, "yes": 0.0001, "No": 0.5 - number / 20, "maybe": 0.1})
        if isinstance(shares, Fault):
            raise shares
        alternatives = {text: math.log(share) for text, share in shares.items() if share}
        yield Chunk(text=" Yes", tokens=(Token(0, " Yes", alternatives),))
        yield Chunk(finish_reason="length")


async def run(engine: Scripted, numbers: Sequence[int], k: int) -> list[object]:
    reranker = reranking.create(PLAN, engine)
    return [event async for event in reranker.rerank("largest", candidates(numbers), k, lambda: 0.0)]


async def test_one_call_a_document_in_one_round() -> None:
    events = await run(Sure(), [2, 9, 5], 2)
    assert events[0] == Planned(at=0.0, calls=3, rounds=1)
    started = [event for event in events if isinstance(event, CallStarted)]
    assert [(call.documents, call.kind, call.round) for call in started] == [
        (("d2",), "score", 1),
        (("d9",), "score", 1),
        (("d5",), "score", 1),
    ]
    settled = [event for event in events if isinstance(event, RankSettled)]
    assert [event.document for event in settled] == ["d9", "d5"]
    assert settled[0].score == pytest.approx(0.9001 / 0.9501)
    assert {event.score_name for event in settled} == {"probability of yes"}
    by_call = {event.call: event for event in events if isinstance(event, CallFinished)}
    assert by_call[settled[0].calls[0]].scores == pytest.approx([settled[0].score], abs=1e-6)
    assert all(event.winner is None for event in by_call.values())


async def test_documents_without_a_score_come_last_in_first_stage_order() -> None:
    unread: dict[int, Mapping[str, float] | Fault] = {9: {"perhaps": 0.9}, 7: Fault("connection cut")}
    events = await run(Sure(instead=unread), [9, 2, 7, 5], 4)
    settled = [event for event in events if isinstance(event, RankSettled)]
    assert [event.document for event in settled] == ["d5", "d2", "d9", "d7"]
    assert [event.score is None for event in settled] == [False, False, True, True]
    statuses = [event.status for event in events if isinstance(event, CallFinished)]
    assert sorted(statuses) == ["failed", "failed", "ok", "ok", "retried", "retried"]


async def test_no_score_at_all_fails() -> None:
    with pytest.raises(Problem, match="neither yes nor no is among the likeliest tokens"):
        await run(Sure(instead={2: {"hm": 1.0}, 5: {"hm": 1.0}}), [2, 5], 2)


class Silent(Scripted):
    """Tells no probabilities."""

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        yield Chunk(text="yes", finish_reason="length")


async def test_an_engine_without_probabilities_says_so() -> None:
    with pytest.raises(Problem, match="engine scripted tells no probabilities"):
        await run(Silent(), [2, 5], 2)


async def test_no_candidates() -> None:
    assert await run(Sure(), [], 5) == [Planned(at=0.0, calls=0, rounds=0)]

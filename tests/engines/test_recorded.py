"""A recording as an engine: what was asked then gets the answer of then, and nothing else gets any."""

from __future__ import annotations

import pytest

from rankr1_app.engines.protocol import Chunk, Decoding
from rankr1_app.engines.recorded import Recorded
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Message, RankSettled, Usage
from rankr1_app.pipeline import Search, search

from ..doubles import Fixed, Scripted, candidates, setwise

MESSAGES = (Message(role="user", content="which?"),)
DECODING = Decoding(max_tokens=9)
STARTED = CallStarted(at=0, call=1, round=1, purpose="p", documents=("a",), messages=MESSAGES)
FINISHED = CallFinished(
    at=1,
    call=1,
    answer=("a",),
    order=("a",),
    status="ok",
    finish_reason="length",
    text="<answer>[1]",
    usage=Usage(prompt_tokens=5, completion_tokens=2),
    seconds=1,
)


async def test_the_same_question_gets_the_same_answer() -> None:
    engine = Recorded([STARTED, FINISHED])
    await engine.start()
    assert [chunk async for chunk in engine.generate(list(MESSAGES), DECODING)] == [
        Chunk(text="<answer>[1]", finish_reason="length", usage=Usage(prompt_tokens=5, completion_tokens=2))
    ]
    await engine.close()


async def test_what_was_not_asked_then_is_refused() -> None:
    engine = Recorded([STARTED])
    with pytest.raises(Problem, match="^this call is not in the recording, only what was asked then can be answered$"):
        await anext(engine.generate(MESSAGES, DECODING))
    with pytest.raises(Problem, match="^a recording holds no probabilities, only what was asked then"):
        await engine.following(MESSAGES, "")


async def test_texts_are_cut_already() -> None:
    assert await Recorded([]).truncate(["word " * 99], 3) == ["word " * 99]


async def test_a_search_asked_again_of_its_recording_is_the_same() -> None:
    def parts(engine: Scripted | Recorded) -> Search:
        found = Fixed(candidates([3, 9, 1, 12, 7, 0]))
        return Search(query="q", retriever=found, reranker=setwise(engine, 3), depth=6, k=3, seed=1)

    first = [event async for event in search(parts(Scripted()))]
    again = [event async for event in search(parts(Recorded(first)))]
    for kind in (RankSettled, CallFinished):
        one, two = ([event for event in events if isinstance(event, kind)] for events in (first, again))
        assert [getattr(event, "document", getattr(event, "text", "")) for event in one] == [
            getattr(event, "document", getattr(event, "text", "")) for event in two
        ]
    assert [event.document for event in again if isinstance(event, RankSettled)] == ["d12", "d9", "d7"]

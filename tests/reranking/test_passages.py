"""Documents cut to what a model has room for, also when only its refusal tells how much that is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

import pytest

from rankr1_app.engines.length import estimate
from rankr1_app.engines.protocol import Chunk, Decoding, TooLong
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Candidate, Message, RankSettled, Shortened
from rankr1_app.reranking.passages import affordable

from ..doubles import ENTRY, Scripted, setwise

LONG = tuple(
    Candidate(id=f"d{value}", title="", text=f"{value} " + "word " * 600 + str(value), rank=rank, score=1.0)
    for rank, value in enumerate((3, 9, 1, 7), 1)
)


def first_number(texts: list[str]) -> str:
    """The document that begins with the largest number."""
    label = max(range(len(texts)), key=lambda i: int(texts[i].split()[0])) + 1
    return f"<think> because </think> <answer>[{label}]</answer>"


@dataclass
class Small(Scripted):
    """A model with room for `limit` tokens, which says so or not."""

    limit: int = 2000
    tells: bool = True
    scale: float = 1.0

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        length = int(sum(estimate(m.content) for m in messages) * self.scale)
        if length + decoding.max_tokens > self.limit:
            told = (self.limit, length) if self.tells else (None, None)
            raise TooLong(f"no room for {length}; fewer --docs-per-call may help", *told)
        async for chunk in super().generate(messages, decoding):
            yield chunk


async def events_of(engine: Small) -> list[object]:
    reranker = setwise(engine, docs_per_call=4, entry=replace(ENTRY, passage_tokens=800))
    return [event async for event in reranker.rerank("largest", LONG, 2, lambda: 0.0)]


@pytest.mark.parametrize("scale", [0.7, 1.0, 1.6])
async def test_documents_are_cut_to_the_limit_that_a_server_tells(scale: float) -> None:
    events = await events_of(Small(judge=first_number, scale=scale))
    assert [event.document for event in events if isinstance(event, RankSettled)] == ["d9", "d7"]
    first, *others = (event for event in events if isinstance(event, CallFinished))
    assert (first.status, first.finish_reason) == ("retried", "error")
    assert "room for 2000 tokens, so documents are cut to" in first.error
    assert {event.status for event in others} == {"ok"}
    again = [event for event in events if isinstance(event, CallStarted)][1]
    assert again.repeats == first.call
    assert "documents are cut to" in again.purpose


async def test_a_limit_that_nobody_tells_ends_the_search_with_what_helps() -> None:
    with pytest.raises(Problem, match="fewer --docs-per-call may help"):
        await events_of(Small(judge=first_number, tells=False))


async def test_no_room_at_all_ends_the_search() -> None:
    with pytest.raises(TooLong):
        await events_of(Small(judge=first_number, limit=150))


def test_what_a_document_may_have() -> None:
    messages, documents = (Message(role="user", content="word " * 1100),), ["word " * 500, "word " * 500]
    for limit in (900, 1200, 2000):
        tokens = affordable(TooLong("", limit, None), messages, documents, 100, 700)
        assert tokens
        assert 2 * tokens * 1.25 + 100 < limit
    assert affordable(TooLong("", 100_000, None), messages, documents, 100, 700) == 560, "shorter in any case"
    assert affordable(TooLong("", 130, None), messages, documents, 100, 700) is None
    assert affordable(TooLong("", None, None), messages, documents, 100, 700) is None


async def said(query: str, query_tokens: int, passage_tokens: int) -> list[Shortened]:
    """Return what a search says of the query and the documents that the model is not shown whole."""
    entry = replace(ENTRY, query_tokens=query_tokens, passage_tokens=passage_tokens)
    reranker = setwise(Scripted(judge=first_number), docs_per_call=4, entry=entry)
    events = [event async for event in reranker.rerank(query, LONG, 1, lambda: 1.5)]
    first = next(n for n, event in enumerate(events) if isinstance(event, CallStarted))
    assert all(not isinstance(event, Shortened) for event in events[first:])
    return [event for event in events if isinstance(event, Shortened)]


async def test_what_is_cut_is_said_before_the_first_call_and_where() -> None:
    (cut,) = await said("one two three four", query_tokens=4, passage_tokens=1000)
    assert cut == Shortened(at=1.5, query="one two three", query_tokens=4, documents={})
    assert cut.of_query == "The model read only the first 4 tokens of the query, up to “one two three”"
    assert cut.of_documents == ""
    (cut,) = await said("one", query_tokens=4, passage_tokens=16)
    assert (cut.query, cut.query_tokens, cut.of_query) == ("", 0, "")
    assert cut.documents == {each.id: len(f"{each.text.split()[0]}" + " word" * 11) for each in LONG}
    assert cut.of_documents == "The model read only the beginning of 4 documents"


async def test_what_is_whole_is_not_said() -> None:
    assert await said("one two three \n", query_tokens=4, passage_tokens=1000) == []


def test_of_a_long_query_the_last_words_read_are_told() -> None:
    cut = Shortened(at=0, query="why " + "bread " * 30 + "rises", query_tokens=64)
    assert cut.of_query.endswith("up to “…bread bread bread bread bread rises”")
    assert len(cut.of_query) < 120

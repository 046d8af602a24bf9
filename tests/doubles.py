"""A scripted model and a fixed first stage, for tests of what happens between them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from rankr1_app.catalogue import Entry
from rankr1_app.engines.length import cut_words
from rankr1_app.engines.protocol import Chunk, Decoding, Engine
from rankr1_app.events import Candidate, Message, Usage
from rankr1_app.reranking.setwise import Setwise

ENTRY = Entry(
    name="scripted",
    about="a script",
    family="setwise",
    base="scripted",
    prompt="setwise-r1-v0.2",
    docs_per_call=10,
    max_tokens=100,
    passage_tokens=1000,
    query_tokens=1000,
    licence="none",
)
Judge = Callable[[list[str]], str]
"""From the documents' texts in label order to the raw answer; may raise what an engine raises."""


def shown(messages: Sequence[Message]) -> list[str]:
    """The documents' texts in label order, of a v0.2 prompt or the one that carries scores."""
    documents = messages[1].content.split("Here are the documents:\n", 1)[1]
    return re.split(r"(?:^|\n\n)\[\d+\](?: words \S+, meaning \S+)?: ", documents)[1:]


def best(texts: list[str]) -> str:
    """A perfect answer: the document with the largest number."""
    label = max(range(len(texts)), key=lambda i: int(texts[i].split()[-1])) + 1
    return f"<think> [{label}] holds the largest number. </think>\n<answer>[{label}]</answer>"


@dataclass
class Scripted:
    """An engine whose answers are a judge's, in pieces of a few characters."""

    judge: Judge = best
    delay: float = 0.0
    name: str = "scripted"
    notes: tuple[str, ...] = ()
    model: str = "script"
    concurrency: int = 64
    room: int = 0
    state: str = "ready"
    running: int = 0
    most: int = 0
    closed_early: int = 0
    asked: list[list[str]] = field(default_factory=list)
    lane: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.lane = asyncio.Semaphore(self.concurrency)

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        return [cut_words(text, tokens) for text in texts]

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        raise NotImplementedError("no probabilities are scripted")

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        self.running += 1
        self.most = max(self.most, self.running)
        finished = False
        try:
            texts = shown(messages)
            self.asked.append(texts)
            await asyncio.sleep(self.delay)
            answer = self.judge(texts)
            for start in range(0, len(answer), 7):
                yield Chunk(text=answer[start : start + 7])
            finished = True
            yield Chunk(finish_reason="stop", usage=Usage(prompt_tokens=100, completion_tokens=10))
        finally:
            self.running -= 1
            self.closed_early += not finished


def candidates(values: Sequence[int]) -> tuple[Candidate, ...]:
    """Documents whose relevance is the number in their text."""
    return tuple(
        Candidate(id=f"d{value}", title="", text=f"number {value}", rank=rank, score=1.0 / rank)
        for rank, value in enumerate(values, 1)
    )


@dataclass
class Fixed:
    """A first stage that finds what it was given."""

    found: tuple[Candidate, ...]
    name: str = "fixed"
    index: str = "fixed"
    score_name: str = "nothing"

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        return self.found[:depth]

    def document(self, document: str) -> Candidate | None:
        return next((each for each in self.found if each.id == document), None)


def setwise(engine: Engine, docs_per_call: int = 10, seed: int = 929, entry: Entry = ENTRY) -> Setwise:
    """The reranker under test."""
    return Setwise(entry=entry, engine=engine, docs_per_call=docs_per_call, sort="heapsort", seed=seed)

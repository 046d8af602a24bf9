"""Listwise: the model puts a window of documents in order, and the window slides from the end of the list to its top.

RankGPT, RankZephyr and RankVicuna write the order and nothing else, ReasonRank thinks first, InsertRank is shown what
the first stage thought of each document. The windows, and how an order is mended, are in `windows.py`.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ..engines.protocol import Decoding, Engine
from ..events import Candidate, Kind, Message, Planned, RankSettled
from ..explanation.thought import CLOSE, OPEN, after_opening, answer_start, as_written
from ..plan import Plan
from . import prompt
from .asking import Answer, Asking, Family, Question, Reading, Reply
from .base import OnEngine
from .parse import OPENED, STRICT, why_missing
from .passages import Passages, fit
from .protocol import Clock, RerankEvent
from .shuffle import Shuffle
from .windows import mended, permutation, rounds

BM25 = "BM25"
"""Name of the score that InsertRank shows, where the first stage has it beside others."""
NUMBERED, LETTERED = re.compile(r"\[(\d+)\]"), re.compile(r"\[([A-Za-z]|\d+)\]")
CHAIN = re.compile(r"\[\d+\](?:\s*>\s*\[\d+\])+")


@dataclass(frozen=True, kw_only=True)
class Listwise(OnEngine):
    """A listwise reranker: one catalogue entry on one engine. `calls` makes the family of its calls."""

    window: int
    stride: int
    seed: int
    max_tokens: int
    calls: Callable[[Listwise, Passages, dict[str, float], dict[str, int]], Family]

    @property
    def template(self) -> prompt.Prompt:
        """The prompt of the catalogue's entry."""
        return prompt.load(self.entry.prompt)

    def rounds(self, candidates: int) -> list[list[tuple[int, int]]]:
        """Return the windows that need a call, in groups of those that are asked for at once."""
        groups = rounds(candidates, self.window, self.stride)
        return [windows for group in groups if (windows := [(start, end) for start, end in group if end - start > 1])]

    def plan(self, candidates: int, k: int) -> Planned:
        """Return a call a window; windows that overlap wait for each other."""
        groups = self.rounds(candidates)
        return Planned(at=0.0, calls=sum(map(len, groups)), rounds=len(groups))

    async def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Slide the window over the candidates, then settle the best `k`: until the last window nothing is certain."""
        yield replace(self.plan(len(candidates), k), at=clock())
        ranking = [candidate.id for candidate in candidates]
        decided: defaultdict[str, list[int]] = defaultdict(list)
        if len(ranking) > 1:
            await self.engine.start()
            # What cannot be read leaves its window in the order that it has by then.
            places = dict[str, int]()
            scores = {candidate.id: lexical(candidate) for candidate in candidates}
            passages = await self.shown(query, candidates)
            for shortened in passages.shortening(clock()):
                yield shortened
            asking = Asking(self.engine, self.calls(self, passages, scores, places), places, clock)
            for number, group in enumerate(self.rounds(len(ranking)), 1):
                places |= {document: place for place, document in enumerate(ranking)}
                starts = {self.question(ranking, start, end, number): start for start, end in group}
                async with aclosing(asking.round(list(starts))) as events:
                    async for event in events:
                        if not isinstance(event, Answer):
                            yield event
                            continue
                        start, order = starts[event.question], event.reading.order
                        ranking[start : start + len(order)] = order
                        for document in order:
                            decided[document].append(event.call)
            asking.check()
        for rank, document in enumerate(ranking[:k], 1):
            yield RankSettled(at=clock(), rank=rank, document=document, calls=tuple(decided[document]))

    def question(self, ranking: Sequence[str], start: int, end: int, number: int) -> Question:
        """Return the question about a window."""
        return Question(tuple(ranking[start:end]), f"ordering places {start + 1} to {end}", number)

    async def shown(self, query: str, candidates: Sequence[Candidate]) -> Passages:
        """Return what the model is shown: nothing in it reads as a label."""
        label = LETTERED if self.template.letters else NUMBERED

        def text(candidate: Candidate) -> str:
            words = label.sub(r"(\1)", self.template.text(candidate))
            return " ".join(words.split())

        return await fit(self.engine, self.entry, label.sub(r"(\1)", query), candidates, text)


def lexical(candidate: Candidate) -> float:
    """Return the BM25 score that the first stage gave a document, or its own where it has no such part."""
    return next((source.score for source in candidate.sources if source.score_name == BM25), candidate.score)


@dataclass(frozen=True)
class Windowed:
    """What the calls of all listwise searches share. `scores` are those of the first stage, `places` what each document
    has by now."""

    listwise: Listwise
    passages: Passages
    scores: dict[str, float]
    places: dict[str, int]
    kind: Kind = "order"

    @functools.cached_property
    def template(self) -> prompt.Prompt:
        """The prompt of the catalogue's entry."""
        return self.listwise.template

    def labels(self, documents: tuple[str, ...], attempt: int) -> tuple[str, ...]:
        """Return the window as it stands, rotated for a second attempt."""
        if attempt == 1:
            return documents
        dice = Shuffle("", self.listwise.seed, self.passages.query, {}).dice(*documents)
        turn = dice.randrange(1, len(documents))
        return documents[turn:] + documents[:turn]

    def messages(self, labels: Sequence[str]) -> tuple[Message, ...]:
        """Return the prompt over the documents of `labels`."""
        texts = [self.passages.texts[document] for document in labels]
        scores = [f"{self.scores[document]:.3f}" for document in labels]
        return self.template.messages(self.passages.query, texts, scores)

    def complete(self, named: Sequence[str], labels: Sequence[str]) -> tuple[str, ...]:
        """Return the documents that were named, then the others as they stood."""
        missing = sorted(set(labels) - set(named), key=self.places.__getitem__)
        return (*named, *missing)


class Permuted(Windowed):
    """The calls of a search whose model writes the order: a `Family`."""

    @property
    def decoding(self) -> Decoding:
        """Return how the authors decode."""
        entry = self.listwise.entry
        return Decoding(
            max_tokens=self.listwise.max_tokens or entry.max_tokens,
            temperature=entry.temperature,
            seed=self.listwise.seed,
        )

    async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
        """Read the order that was written, mended as published."""
        answer, why = written(reply, reasoning=self.template.reasoning)
        found = permutation(answer, len(labels)) if answer is not None else mended((), len(labels))
        if not found.named:
            why = why if answer is None else "the answer names no document"
            return Reading(status="unreadable", why=why_missing(reply.finish_reason, why))
        named = tuple(labels[place] for place in found.order[: found.named])
        cut = "it was cut off by the length limit" if reply.finish_reason == "length" else ""
        faults = "; ".join(filter(None, (cut, why, found.why)))
        return Reading(
            status="repaired" if faults else "ok", answer=named, order=self.complete(named, labels), why=faults
        )


def written(reply: Reply, *, reasoning: bool) -> tuple[str | None, str]:
    """Return the part of a reply that says the order, None where there is none, and what is wrong with its form. What
    is still thought is never an order."""
    text, thought = reply.text, reply.thought
    if reasoning and (match := after_opening(STRICT, as_written(text, thought))):
        return match[1], ""
    if not reasoning and not thought and not OPEN.search(text) and not CLOSE.search(text):
        return text, ""
    start = answer_start(text, thought)
    if start is None:
        return None, "the thinking never ended" if OPEN.search(text) or thought else "there is no answer tag"
    if opened := [match[1] for match in OPENED.finditer(text, start)]:
        return opened[-1], "its tags are not as trained" if reasoning else ""
    if not reasoning:
        return text[start:], ""
    chains = CHAIN.findall(text, start)
    return (chains[-1], "it has no answer tags") if chains else (None, "there is no answer tag")


def create(plan: Plan, engine: Engine) -> Listwise:
    """Return the reranker of a plan on its engine, whose model writes the order of a window."""
    return sliding(plan, engine, Permuted)


def sliding(
    plan: Plan, engine: Engine, calls: Callable[[Listwise, Passages, dict[str, float], dict[str, int]], Family]
) -> Listwise:
    """Return a listwise reranker with calls of its own."""
    assert plan.entry is not None
    window = plan.docs_per_call
    stride = plan.entry.stride if 0 < plan.entry.stride <= window else 0
    return Listwise(
        entry=plan.entry,
        engine=engine,
        window=window,
        stride=stride or max(1, window // 2),
        seed=plan.seed,
        max_tokens=plan.max_tokens,
        calls=calls,
    )

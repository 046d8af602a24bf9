"""FARE: a judge of two documents, asked in both orders; verdicts that disagree are a tie.

FARE judges answers of assistants; taking documents as answers to the query is an adaptation of ours. The pairs are
those that a sort wants, two calls each. In a tie, first-stage order decides.
"""

from __future__ import annotations

import asyncio
import functools
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ..engines.protocol import Decoding, Engine
from ..events import Candidate, Kind, Message, Planned
from ..explanation.thought import CLOSE, OPEN, answer_start
from ..plan import Plan
from . import prompt
from .asking import Answer, Asking, Question, Reading, Reply
from .base import OnEngine
from .estimate import expected_calls
from .parse import why_missing
from .passages import Passages, fit
from .protocol import Clock, RerankEvent
from .setwise import Sorting
from .sorts import select

FINAL = re.compile(r"Verdict\s*\**\s*:", re.IGNORECASE)
BRACKETED = re.compile(r"\[([AB])\]")
BARE = re.compile(r"\W*(?:assistant\s+)?([AB])\W*", re.IGNORECASE)
OURS = re.compile(r"\[(?=(?:The (?:Start|End) of|User Question))")
"""How the prompt marks its parts, which no document may."""


@dataclass(frozen=True, kw_only=True)
class Judge(OnEngine):
    """A pairwise judge: one catalogue entry on one engine."""

    sort: str
    seed: int
    max_tokens: int

    def plan(self, candidates: int, k: int) -> Planned:
        """Return two calls for every pair to reckon with."""
        return Planned(at=0.0, calls=2 * expected_calls(self.sort, candidates, k, 2, 0))

    async def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Follow the sort; both orders of all pairs of a round are asked at once."""
        yield replace(await asyncio.to_thread(self.plan, len(candidates), k), at=clock())
        passages = Passages(query, {})
        if len(candidates) > 1:
            await self.engine.start()
            text = prompt.load(self.entry.prompt).text
            passages = await fit(self.engine, self.entry, query, candidates, text)
            for shortened in passages.shortening(clock()):
                yield shortened
        first_stage = {candidate.id: candidate.rank for candidate in candidates}
        asking = Asking(self.engine, Verdict(self, passages), first_stage, clock)
        selection = select(self.sort, list(first_stage), k, 2, 0)
        sorting = Sorting(selection, asking, clock)
        for rank in sorting.settled():
            yield rank
        number = 0
        while wanted := await asyncio.to_thread(selection.wanted):
            number += 1
            questions = [
                Question(documents, each.purpose, number)
                for each in wanted
                for documents in (each.documents, each.documents[::-1])
            ]
            answers = defaultdict[frozenset[str], list[Answer]](list)
            async with aclosing(asking.round(questions)) as events:
                async for event in events:
                    if not isinstance(event, Answer):
                        yield event
                        continue
                    verdicts = answers[frozenset(event.question.documents)]
                    verdicts.append(event)
                    if len(verdicts) == 2:
                        sorting.tell(agreed(verdicts, first_stage))
                        for rank in sorting.settled():
                            yield rank
        asking.check()


def agreed(verdicts: Sequence[Answer], first_stage: dict[str, int]) -> Answer:
    """Return what two verdicts about a pair come to: the one they share, or a tie that first-stage order decides."""
    first, second = sorted(verdicts, key=lambda answer: answer.call)
    if first.reading.order == second.reading.order:
        return first
    order = tuple(sorted(first.reading.order, key=first_stage.__getitem__))
    return replace(second, question=first.question, reading=replace(second.reading, order=order))


@dataclass(frozen=True)
class Verdict:
    """The calls of one search: a `Family` that asks which of two documents is better."""

    judge: Judge
    passages: Passages
    kind: Kind = "judge"

    @property
    def decoding(self) -> Decoding:
        """Return greedy decoding."""
        return Decoding(max_tokens=self.judge.max_tokens or self.judge.entry.max_tokens, seed=self.judge.seed)

    @functools.cached_property
    def template(self) -> prompt.Prompt:
        """The prompt of the catalogue's entry."""
        return prompt.load(self.judge.entry.prompt)

    def labels(self, documents: tuple[str, ...], attempt: int) -> tuple[str, ...]:
        """Return the documents as they were given, the other way round for a second attempt."""
        return documents if attempt == 1 else documents[::-1]

    def messages(self, labels: Sequence[str]) -> tuple[Message, ...]:
        """Return the prompt over the documents of `labels`."""
        texts = [OURS.sub("(", self.passages.texts[document]) for document in labels]
        return self.template.messages(OURS.sub("(", self.passages.query), texts)

    async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
        """Read the verdict: the last letter in brackets after the word."""
        letter, why = verdict(reply)
        if not letter:
            return Reading(status="unreadable", why=why_missing(reply.finish_reason, why))
        best, other = labels if letter == "A" else labels[::-1]
        return Reading(status="repaired" if why else "ok", answer=(best,), order=(best, other), why=why)


def verdict(reply: Reply) -> tuple[str, str]:
    """Return `A` or `B`, empty where a reply says neither, and what is wrong with its form."""
    text, start = reply.text, 0
    if reply.thought or OPEN.search(text) or CLOSE.search(text):
        found = answer_start(text, reply.thought)
        if found is None:
            return "", "the thinking never ended"
        start = found
    finals = list(FINAL.finditer(text, start))
    ending = text[finals[-1].end() :] if finals else ""
    if letters := BRACKETED.findall(ending):
        return letters[-1], ""
    if bare := BARE.fullmatch(ending):
        return bare[1].upper(), "its verdict is not in brackets"
    letters = BRACKETED.findall(text, start)
    if len(set(letters)) == 1:
        return letters[0], "its verdict is not marked as one"
    return "", "there is no verdict"


def create(plan: Plan, engine: Engine) -> Judge:
    """Return the judge of a plan on its engine."""
    assert plan.entry is not None
    return Judge(entry=plan.entry, engine=engine, sort=plan.sort, seed=plan.seed, max_tokens=plan.max_tokens)

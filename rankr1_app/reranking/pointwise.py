"""Pointwise: one call a document, all at once, and a score by each.

Here by token likelihood: a document's score is the probability of `yes` beside `no` as the first token of the answer
(Qin et al., 2024, section 3; the pointwise relevance generation of Liang et al., 2022; Qwen3-Reranker). It gives no
reasons. What thinks about the document first is in `grades.py` and `verdicts.py`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from ..engines.protocol import Decoding, Engine
from ..errors import Problem
from ..events import Candidate, Kind, Message, Planned, RankSettled
from ..plan import Plan
from . import prompt
from .asking import Answer, Asking, Family, Question, Reading, Reply
from .base import OnEngine
from .passages import Passages, fit
from .protocol import Clock, RerankEvent

SCORE = "probability of yes"


@dataclass(frozen=True)
class Pointwise(OnEngine):
    """A pointwise reranker: one catalogue entry on one engine that tells the probabilities of its tokens. `calls` makes
    the family of its calls."""

    seed: int
    max_tokens: int
    calls: Callable[[Pointwise, Passages], Family]

    def plan(self, candidates: int, k: int) -> Planned:
        """Return one call a candidate, all in one round."""
        return Planned(at=0.0, calls=candidates, rounds=min(1, candidates))

    async def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Score every candidate, then settle the best `k`. Those whose score could not be read come last, in
        first-stage order."""
        yield replace(self.plan(len(candidates), k), at=clock())
        if not candidates:
            return
        await self.engine.start()
        text = prompt.load(self.entry.prompt).text
        passages = await fit(self.engine, self.entry, query, candidates, text)
        for shortened in passages.shortening(clock()):
            yield shortened
        calls = self.calls(self, passages)
        first_stage = {candidate.id: candidate.rank for candidate in candidates}
        asking = Asking(self.engine, calls, first_stage, clock)
        answers: dict[str, Answer] = {}
        questions = [Question((document,), "scoring the document", 1) for document in first_stage]
        async with aclosing(asking.round(questions)) as events:
            async for event in events:
                if isinstance(event, Answer):
                    answers[event.question.documents[0]] = event
                else:
                    yield event
        asking.check()
        scores = {document: answer.reading.scores[0] for document, answer in answers.items() if answer.reading.scores}
        ranking = sorted(first_stage, key=lambda d: (d not in scores, -scores.get(d, 0.0), first_stage[d]))
        for rank, document in enumerate(ranking[:k], 1):
            answer = answers[document]
            yield RankSettled(
                at=clock(),
                rank=rank,
                document=document,
                calls=(answer.call,),
                score=scores.get(document),
                score_name=answer.reading.score_name,
            )


@dataclass(frozen=True)
class Single:
    """What the calls of all pointwise searches share: they ask about one document at a time."""

    pointwise: Pointwise
    passages: Passages
    kind: Kind = "score"

    @functools.cached_property
    def template(self) -> prompt.Prompt:
        """The prompt of the catalogue's entry."""
        return prompt.load(self.pointwise.entry.prompt)

    def labels(self, documents: tuple[str, ...], attempt: int) -> tuple[str, ...]:
        """Return the one document."""
        return documents

    def messages(self, labels: Sequence[str]) -> tuple[Message, ...]:
        """Return the prompt over the document."""
        return self.template.messages(self.passages.query, [self.passages.texts[document] for document in labels])

    def thinking(self, marker: str) -> Decoding:
        """Return how to decode an answer after a thought, with what its tokens after `marker` could have been."""
        most = self.pointwise.max_tokens or self.pointwise.entry.max_tokens
        return Decoding(max_tokens=most, seed=self.pointwise.seed, alternatives_after=marker)

    def check(self, reply: Reply) -> None:
        """Raise `Problem` for an engine that tells no probabilities."""
        if not reply.tokens:
            raise Problem(f"engine {self.pointwise.engine.name} tells no probabilities, give another --reranker")


class Relevance(Single):
    """The calls of a search by yes and no: a `Family`."""

    @property
    def decoding(self) -> Decoding:
        """One token, with what could have stood in its place."""
        return Decoding(max_tokens=1, seed=self.pointwise.seed, alternatives_after="")

    async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
        """Read the share of `yes` among `yes` and `no`, capitals and blanks aside where the prompt leaves them open."""
        if not reply.text.strip():
            return Reading(status="unreadable", why="the answer is empty")
        self.check(reply)
        shares = {"yes": 0.0, "no": 0.0}
        for text, score in reply.tokens[0].alternatives.items():
            if (word := text if self.template.exact else text.strip().lower()) in shares:
                shares[word] += math.exp(score)
        if not (total := sum(shares.values())):
            return Reading(status="unreadable", why="neither yes nor no is among the likeliest tokens of the answer")
        return Reading(status="ok", scores=(shares["yes"] / total,), score_name=SCORE)


def create(plan: Plan, engine: Engine) -> Pointwise:
    """Return the reranker of a plan on its engine."""
    return pointwise(plan, engine, Relevance)


def pointwise(plan: Plan, engine: Engine, calls: Callable[[Pointwise, Passages], Family]) -> Pointwise:
    """Return a pointwise reranker with calls of its own."""
    assert plan.entry is not None
    return Pointwise(plan.entry, engine, plan.seed, plan.max_tokens, calls)

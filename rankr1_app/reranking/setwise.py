"""Rank-R1: think over a set of documents, name the most relevant one, and sort by such answers."""

from __future__ import annotations

import asyncio
import functools
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from ..engines.protocol import Decoding, Engine
from ..errors import Problem
from ..events import LABEL_PROBABILITY, Candidate, Kind, Message, Planned, RankSettled
from ..plan import Plan
from . import parse, prompt
from .asking import Answer, Asking, Question, Reading, Reply
from .base import OnEngine
from .estimate import expected_calls
from .likelihood import likelihoods, uniform, weighed
from .passages import Passages, fit
from .protocol import Clock, RerankEvent
from .shuffle import Shuffle
from .sorts import SORTS, select
from .sorts.protocol import Order, Selection, Settled


@dataclass(frozen=True, kw_only=True)
class Setwise(OnEngine):
    """A setwise reranker: one catalogue entry on one engine. `seed` is that of every shuffle; `max_tokens` bounds an
    answer. `speculation` is how many ranks a tournament looks ahead; None looks one ahead wherever the engine has
    room, which changes the number of calls and never the ranking. Answers of a model that `weighs` say in
    figures of their own how good each document is."""

    docs_per_call: int
    sort: str
    seed: int
    max_tokens: int = 0
    speculation: int | None = 0
    order: str = "shuffled"
    weighs: bool = False

    def plan(self, candidates: int, k: int) -> Planned:
        """Return the calls to reckon with, by the closed form of the sort."""
        ahead = int(self.engine.room > 0) if self.speculation is None else self.speculation
        return Planned(at=0.0, calls=expected_calls(self.sort, candidates, k, self.docs_per_call, ahead))

    async def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Follow the sort; the calls of a round run at once, as many as the engine takes."""
        planned = await asyncio.to_thread(self.plan, len(candidates), k)
        yield replace(planned, at=clock())
        passages = Passages(query, {})
        if len(candidates) > 1:
            await self.engine.start()
            passages = await fit(self.engine, self.entry, query, candidates, prompt.load(self.entry.prompt).text)
            for shortened in passages.shortening(clock()):
                yield shortened
        first_stage = {candidate.id: candidate.rank for candidate in candidates}
        asking = Asking(self.engine, Choice(self, passages, first_stage), first_stage, clock)
        ahead = 1 if self.speculation is None else self.speculation
        selection = select(self.sort, list(first_stage), k, self.docs_per_call, ahead)
        sorting = Sorting(selection, asking, clock)
        for rank in sorting.settled():
            yield rank
        number = 0
        # With many documents a sort thinks long: in a thread, so that it holds up no other search.
        while wanted := await asyncio.to_thread(
            selection.wanted, self.engine.room if self.speculation is None else None
        ):
            number += 1
            questions = [Question(each.documents, each.purpose, number) for each in wanted]
            async with aclosing(sorting.round(questions)) as events:
                async for event in events:
                    yield event
        asking.check()


@dataclass
class Sorting:
    """A sort that is followed: answers go in, settled ranks come out."""

    selection: Selection
    asking: Asking
    clock: Clock
    decided: dict[frozenset[str], int] = field(default_factory=dict)
    won: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    waiting: list[Settled] = field(default_factory=list)
    """Ranks that nothing but answers that could not be read has settled yet: if all stay so, there is no ranking."""

    async def round(self, questions: Sequence[Question]) -> AsyncGenerator[RerankEvent, None]:
        """Ask `questions` at once and tell the sort each answer as it comes. Calls that an answer makes obsolete
        are ended; those it makes needed wait for the next round, so that the calls depend on no timing."""
        async with aclosing(self.asking.round(questions)) as events:
            async for event in events:
                if not isinstance(event, Answer):
                    yield event
                    continue
                self.tell(event)
                for rank in self.settled():
                    yield rank
                self.asking.drop(lambda question: self.selection.obsolete(question.documents))

    def tell(self, answer: Answer) -> None:
        """Take an answer in."""
        documents, order = answer.question.documents, answer.reading.order
        self.decided[frozenset(documents)] = answer.call
        self.won[order[0]].append(answer.call)
        self.selection.tell(documents, order, answer.reading.shares)

    def settled(self) -> Iterator[RankSettled]:
        """Yield the ranks that became certain, with the calls that decided each; none before an answer could be
        read."""
        self.waiting += self.selection.settled()
        if self.asking.calls and not self.asking.readable:
            return
        ranks, self.waiting = self.waiting, []
        for rank in ranks:
            yield RankSettled(at=self.clock(), rank=rank.rank, document=rank.document, calls=self.through(rank))

    def through(self, rank: Settled) -> tuple[int, ...]:
        """Return the calls that put a document in its place."""
        if rank.through is None:
            return tuple(self.won[rank.document])
        return tuple(self.decided[documents] for documents in rank.through)


@dataclass(frozen=True)
class Choice:
    """The calls of one setwise search: a `Family` that asks for the best of several documents."""

    setwise: Setwise
    passages: Passages
    first_stage: dict[str, int]

    @property
    def kind(self) -> Kind:
        """The best alone, or the whole order where the sort needs it."""
        return "order" if self.orders else "choose"

    @property
    def orders(self) -> bool:
        """Whether the sort needs whole orders, which the probabilities of the labels give."""
        return SORTS[self.setwise.sort].orders

    @property
    def guesses(self) -> bool:
        """Whether the sort guesses from the probabilities of the labels."""
        return SORTS[self.setwise.sort].guesses and self.setwise.speculation != 0

    @property
    def decoding(self) -> Decoding:
        """Greedy, with what else the answer could have been where that gives the order, or guesses of what comes. A
        server writes these beside every token, which takes a small model much of its time."""
        alternatives = self.orders or (self.guesses and not self.setwise.weighs)
        return Decoding(
            max_tokens=self.setwise.max_tokens or self.setwise.entry.max_tokens,
            seed=self.setwise.seed,
            alternatives_after="<answer>" if alternatives else None,
        )

    @functools.cached_property
    def shuffle(self) -> Shuffle:
        """The order of documents inside a call."""
        return Shuffle(self.setwise.order, self.setwise.seed, self.passages.query, self.first_stage)

    @functools.cached_property
    def template(self) -> prompt.Prompt:
        """The prompt of the catalogue's entry."""
        return prompt.load(self.setwise.entry.prompt)

    def labels(self, documents: tuple[str, ...], attempt: int) -> tuple[str, ...]:
        """Return the documents in label order."""
        return self.shuffle.labels(documents, attempt)

    def messages(self, labels: Sequence[str]) -> tuple[Message, ...]:
        """Return the prompt over the documents of `labels`."""
        return self.template.messages(self.passages.query, *self.passages.shown(labels))

    async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
        """Read the one label that was named."""
        found = parse.parse(
            reply.text,
            len(labels),
            reasoning=self.template.reasoning,
            finish_reason=reply.finish_reason,
            thought=reply.thought,
        )
        if found.label is None or found.status == "unreadable":
            return Reading(status="unreadable", why=found.why)
        best = labels[found.label - 1]
        if not self.orders:
            shares = await self.evidence(messages, reply, labels) if self.guesses else {}
            return Reading(status=found.status, answer=(best,), order=(best,), why=found.why, shares=shares)
        scores = await self.likelihoods(messages, reply, len(labels))
        if not scores:
            return Reading(status="unreadable", why="its label is not where the probabilities of labels are told")
        order = self.ordered(labels, best, scores)
        return Reading(
            status=found.status,
            answer=(best,),
            order=order,
            scores=scores,
            score_name=LABEL_PROBABILITY,
            why=found.why,
        )

    def ordered(self, labels: tuple[str, ...], best: str, scores: tuple[float, ...]) -> Order:
        """Return the document that was named, then the others by the probability of their label, ties by the first
        stage."""
        weight = dict(zip(labels, scores, strict=True))
        return tuple(sorted(labels, key=lambda d: (d != best, -weight[d], self.first_stage[d])))

    async def evidence(
        self, messages: tuple[Message, ...], reply: Reply, labels: tuple[str, ...]
    ) -> Mapping[str, float]:
        """Return how likely each document was as the answer: by the answer's own words where they weigh the documents,
        which tell more of the second best than the probabilities of labels after all has been said; else by those."""
        found = weighed(reply.text, len(labels))
        return dict(zip(labels, found, strict=True)) if found else await self.shares(messages, reply, labels)

    async def shares(self, messages: tuple[Message, ...], reply: Reply, labels: tuple[str, ...]) -> dict[str, float]:
        """Return how likely each document was as the answer, as far as the engine says; empty if it does not."""
        engine = self.setwise.engine
        try:
            found = await likelihoods(
                reply.text, reply.tokens, len(labels), lambda text: engine.following(messages, text)
            )
        except Problem:
            found = await likelihoods(reply.text, reply.tokens, len(labels), uniform)
        return dict(zip(labels, found, strict=True)) if sum(found) else {}

    async def likelihoods(self, messages: tuple[Message, ...], reply: Reply, labels: int) -> tuple[float, ...]:
        """Return the probability of each label as the answer, empty where the answer is written in another way. Raises
        `Problem` for an engine that tells no probabilities."""
        engine = self.setwise.engine
        found = await likelihoods(reply.text, reply.tokens, labels, lambda text: engine.following(messages, text))
        if not found and not reply.tokens and "<answer>" in reply.text:
            raise Problem(
                f"engine {engine.name} tells no probabilities of its answers, give another --sort than logits"
            )
        return found


def create(plan: Plan, engine: Engine) -> Setwise:
    """Return the reranker of a plan on its engine."""
    assert plan.entry is not None
    return Setwise(
        entry=plan.entry,
        engine=engine,
        docs_per_call=plan.docs_per_call,
        max_tokens=plan.max_tokens,
        sort=plan.sort,
        speculation=plan.speculation,
        seed=plan.seed,
        order=plan.order,
        weighs=plan.weighs,
    )

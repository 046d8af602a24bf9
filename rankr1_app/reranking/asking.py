"""Calls to a model as events: what all families of rerankers share.

A family says what a call looks like (`Family`): its documents in label order, its messages, how to read the reply.
`Asking` numbers the calls, runs those of a round at once within the engine's lane, streams and cancels them, asks
again in another order what could not be read, and lets first-stage order decide what cannot be read twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from ..engines.protocol import Decoding, Engine, Fault, Token, TooLong
from ..errors import Problem
from ..events import Cached, CallFinished, CallStarted, Kind, Message, ReasoningDelta, Status, Usage
from .passages import Passages, affordable
from .prompt import Prompt
from .protocol import CallEvent, Clock
from .sorts.protocol import Order

PATIENCE = 5
"""Broken calls in a row after which the engine counts as lost."""
UNREAD = 12
"""Calls after which a search ends if not one of them could be read: more would only take time."""
CUTS = 3
"""Times documents are cut shorter for a question that is too long for the model."""


@dataclass(frozen=True)
class Question:
    """Documents to ask about, in words why, and the round that the call belongs to."""

    documents: tuple[str, ...]
    purpose: str
    round: int


@dataclass
class Reply:
    """What has come of one call so far: the raw `text`, whose first `thought` characters came as reasoning in a field
    of their own. `fault` says in words what broke the call, if anything did."""

    text: str = ""
    thought: int = 0
    finish_reason: str = ""
    usage: Usage = field(default_factory=Usage)
    cached: Cached | None = None
    tokens: list[Token] = field(default_factory=list)
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a reply says of its documents: those it named (`answer`), what counts (`order`, best first), a score for
    each document in label order under `score_name`, and in words `why` it could not be read or was repaired. `cut` says
    that the question was too long, and that the documents were cut shorter since. `shares` say how likely each document
    was as the answer, where that is known: they decide nothing, and what to ask next may be guessed from them."""

    status: Literal["ok", "repaired", "unreadable"]
    answer: tuple[str, ...] = ()
    order: Order = ()
    scores: tuple[float, ...] = ()
    score_name: str = ""
    why: str = ""
    cut: bool = False
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """How a question ended: what decided it, and the call that found it."""

    question: Question
    reading: Reading
    call: int


class Family(Protocol):
    """What a family of rerankers says of its calls, for one search."""

    @property
    def kind(self) -> Kind:
        """What its calls ask for."""

    @property
    def template(self) -> Prompt:
        """The prompt that its messages are written with."""

    @property
    def passages(self) -> Passages:
        """What its messages show of the documents."""

    @property
    def decoding(self) -> Decoding:
        """How its replies are generated."""

    def labels(self, documents: tuple[str, ...], attempt: int) -> tuple[str, ...]:
        """Return the documents in label order, another one for every `attempt`, counted from 1."""

    def messages(self, labels: Sequence[str]) -> tuple[Message, ...]:
        """Return the chat that asks about the documents of `labels`."""

    async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
        """Read a whole reply. Raises `Problem` where the engine cannot give what reading it needs."""


class Unreadable(Problem):
    """Raised where calls were made and not one of their answers could be read."""


Task = asyncio.Task[Answer]


@dataclass
class Asking:
    """Asks the questions of one search. `first_stage` is the rank of every candidate."""

    engine: Engine
    family: Family
    first_stage: dict[str, int]
    clock: Clock
    queue: asyncio.Queue[CallEvent | Task] = field(default_factory=asyncio.Queue)
    waiting: dict[Task, Question] = field(default_factory=dict)
    calls: int = 0
    faults: int = 0
    readable: int = 0
    last_failure: str = ""

    async def round(self, questions: Sequence[Question]) -> AsyncGenerator[CallEvent | Answer, None]:
        """Ask `questions` at once; yield their events as they come, and how each of them ended."""
        tasks = [asyncio.create_task(self.ask(question)) for question in questions]
        self.waiting = dict(zip(tasks, questions, strict=True))
        for task in tasks:
            task.add_done_callback(self.queue.put_nowait)
        try:
            while self.waiting:
                event = await self.queue.get()
                if not isinstance(event, asyncio.Task):
                    yield event
                    continue
                del self.waiting[event]
                if not event.cancelled():
                    yield event.result()
            self.check(UNREAD)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def drop(self, obsolete: Callable[[Question], bool]) -> None:
        """End the running calls of questions that no longer matter."""
        for task, question in self.waiting.items():
            if obsolete(question):
                task.cancel()

    def check(self, least: int = 1) -> None:
        """Raise `Unreadable` if at least so many calls were made and not one of them could be read."""
        if self.last_failure and not self.readable and self.calls >= least:
            raise Unreadable(
                f"not one answer of model {self.engine.model!r} could be read, the last one: {self.last_failure}; "
                "the order is the first stage's"
            )

    async def ask(self, question: Question) -> Answer:
        """Return what decides a question: asked a second time in another order when the first reply cannot be
        read, then decided by first-stage order."""
        async with self.engine.lane:
            reading, call = await self.attempt(question, 1, None)
            for _ in range(CUTS):
                if reading.cut:
                    shorter = replace(question, purpose=f"{question.purpose}; {reading.why}")
                    reading, call = await self.attempt(shorter, 1, call)
            if reading.status != "unreadable":
                return Answer(question, reading, call)
            how = "asked again in another order" if len(question.documents) > 1 else "asked again"
            again = replace(question, purpose=f"{question.purpose}; {how}: {reading.why}")
            reading, call = await self.attempt(again, 2, call)
            return Answer(question, reading, call)

    async def attempt(self, question: Question, attempt: int, repeats: int | None) -> tuple[Reading, int]:
        """Make one call. A second one that cannot be read is decided by first-stage order."""
        self.calls += 1
        call, started = self.calls, self.clock()
        labels = self.family.labels(question.documents, attempt)
        messages, shown = self.family.messages(labels), self.family.passages.tokens
        self.queue.put_nowait(
            CallStarted(
                at=started,
                call=call,
                round=question.round,
                purpose=question.purpose,
                documents=labels,
                messages=messages,
                repeats=repeats,
                kind=self.family.kind,
                letters=self.family.template.letters,
            )
        )
        reply = Reply()
        try:
            reading = await self.reading(call, labels, messages, shown, reply)
        except asyncio.CancelledError:
            self.finished(call, started, reply, Reading(status="unreadable"), "cancelled")
            raise
        status: Status = reading.status if reading.status != "unreadable" else "retried" if attempt == 1 else "failed"
        if status == "failed":
            reading = replace(reading, order=self.by_first_stage(labels))
        self.finished(call, started, reply, reading, status)
        return reading, call

    async def reading(
        self, call: int, labels: tuple[str, ...], messages: tuple[Message, ...], shown: int, reply: Reply
    ) -> Reading:
        """Take a reply in and read it. What breaks the call or its reading goes into the reading."""
        try:
            await self.listen(call, messages, reply)
            reading = Reading(status="unreadable", why=reply.fault)
            if not reply.fault:
                reading = await self.family.read(reply, labels, messages)
        except TooLong as problem:
            reply.finish_reason = "error"
            reading = await self.shorten(problem, labels, messages, shown)
        except Fault as fault:
            reply.finish_reason, reply.fault = "error", str(fault)
            reading = Reading(status="unreadable", why=reply.fault)
        if reading.status == "unreadable":
            self.last_failure = reading.why
        else:
            self.readable += 1
        return reading

    async def shorten(
        self, problem: TooLong, labels: tuple[str, ...], messages: tuple[Message, ...], shown: int
    ) -> Reading:
        """Cut the documents to what the model has room for, where that is known. Raises `problem` where it is not."""
        passages = self.family.passages
        documents = [passages.texts[label] for label in labels]
        tokens = affordable(problem, messages, documents, self.family.decoding.max_tokens, shown)
        if tokens is None:
            raise problem
        await passages.shorten(self.engine, tokens)
        why = f"the model has room for {problem.limit} tokens, so documents are cut to {passages.tokens}"
        return Reading(status="unreadable", why=why, cut=True)

    def by_first_stage(self, documents: tuple[str, ...]) -> Order:
        """Return what first-stage order decides, as far as a call of this kind decides anything."""
        order = tuple(sorted(documents, key=self.first_stage.__getitem__))
        return {"choose": order[:1], "score": ()}.get(self.family.kind, order)

    async def listen(self, call: int, messages: tuple[Message, ...], reply: Reply) -> None:
        """Take the whole reply in, and pass it on piece by piece. A fault ends it early; too many in a row end
        the search."""
        try:
            async with aclosing(self.engine.generate(messages, self.family.decoding)) as chunks:
                async for chunk in chunks:
                    if chunk.text:
                        reply.text += chunk.text
                        reply.thought = len(reply.text) if chunk.reasoning else reply.thought
                        self.queue.put_nowait(
                            ReasoningDelta(at=self.clock(), call=call, text=chunk.text, thought=chunk.reasoning)
                        )
                    reply.finish_reason = chunk.finish_reason or reply.finish_reason
                    reply.usage = chunk.usage or reply.usage
                    reply.cached = chunk.cached
                    reply.tokens += chunk.tokens
        except Fault as fault:
            self.faults += 1
            if self.faults >= PATIENCE:
                raise Problem(f"the engine failed {self.faults} calls in a row, the last one: {fault}") from fault
            reply.finish_reason, reply.fault = "error", str(fault)
        else:
            self.faults = 0

    def finished(self, call: int, started: float, reply: Reply, reading: Reading, status: Status) -> None:
        """Say how a call ended."""
        self.queue.put_nowait(
            CallFinished(
                at=self.clock(),
                call=call,
                answer=reading.answer,
                order=reading.order,
                status=status,
                finish_reason=reply.finish_reason,
                text=reply.text,
                usage=reply.usage,
                seconds=self.clock() - started,
                error=reading.why,
                cached=reply.cached,
                scores=tuple(round(score, 6) for score in reading.scores),
                score_name=reading.score_name,
                thought=reply.thought,
            )
        )

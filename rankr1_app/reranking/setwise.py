"""Rank-R1: think over a set of documents, name the most relevant one, and sort by such answers."""

from __future__ import annotations

import asyncio
import functools
import random
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from ..catalogue import Entry
from ..engines.protocol import Decoding, Engine, Fault, Token
from ..errors import Problem
from ..events import Cached, CallFinished, CallStarted, Candidate, Message, RankSettled, ReasoningDelta, Status, Usage
from ..settings import BY_ENGINE
from . import parse, prompt
from .likelihood import likelihoods
from .protocol import Clock, RerankEvent
from .selection import select
from .sorting import Comparison, Order, Selection, Settled

Asked = asyncio.Task[tuple[Order, int]]
"""A comparison being asked: its order, and the call that found it."""
PATIENCE = 5
"""Broken calls in a row after which the engine counts as lost."""


@dataclass(frozen=True, kw_only=True)
class Setwise:
    """A setwise reranker: one catalogue entry on one engine. `seed` fixes every shuffle; `max_tokens` bounds an answer,
    0 as the model was trained. `speculation` -1 looks one
    rank ahead wherever the engine has room, which changes the number of calls and never the ranking."""

    entry: Entry
    engine: Engine
    docs_per_call: int
    sort: str
    seed: int
    max_tokens: int = 0
    speculation: int = 0
    order: str = "shuffled"

    @property
    def name(self) -> str:
        """The catalogue's name."""
        return self.entry.name

    async def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Follows the sort; the calls of a round run at once, as many as the engine takes."""
        query_cut, texts = query, dict[str, str]()
        if len(candidates) > 1:
            await self.engine.start()
            query_cut, texts = await self.cut(query, candidates)
        asker = Asker(self, query_cut, texts, {c.id: c.rank for c in candidates}, clock)
        as_room_is = self.speculation == BY_ENGINE
        ahead = 1 if as_room_is else self.speculation
        selection = select(self.sort, [c.id for c in candidates], k, self.docs_per_call, ahead)
        for rank in selection.settled():
            yield asker.settle(rank)
        number = 0
        while wanted := selection.wanted(self.engine.room if as_room_is else None):
            number += 1
            async with aclosing(asker.round(selection, wanted, number)) as events:
                async for event in events:
                    yield event

    async def cut(self, query: str, candidates: Sequence[Candidate]) -> tuple[str, dict[str, str]]:
        """Query and documents within the model's limits, by its own tokenizer where the engine has one."""
        texts = [prompt.document_text(c) for c in candidates]
        (query_cut,) = await self.engine.truncate([query], self.entry.query_tokens)
        cut = await self.engine.truncate(texts, self.entry.passage_tokens)
        return query_cut, {c.id: text for c, text in zip(candidates, cut, strict=True)}


@dataclass
class Heard:
    """What has come of one call so far. `fault` says in words what broke it, if anything did."""

    text: str = ""
    finish_reason: str = ""
    usage: Usage = field(default_factory=Usage)
    cached: Cached | None = None
    tokens: list[Token] = field(default_factory=list)
    fault: str = ""


@dataclass
class Asker:
    """Asks the comparisons of one search, and hands their events on as they come."""

    setwise: Setwise
    query: str
    texts: dict[str, str]
    first_stage: dict[str, int]
    clock: Clock
    queue: asyncio.Queue[RerankEvent | Asked] = field(default_factory=asyncio.Queue)
    found: dict[frozenset[str], int] = field(default_factory=dict)
    won: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    calls: int = 0
    faults: int = 0

    async def round(
        self, selection: Selection, wanted: Sequence[Comparison], number: int
    ) -> AsyncGenerator[RerankEvent, None]:
        """Asks `wanted` at once and tells `selection` each answer as it comes. Calls that an answer makes needless
        are ended; those it makes needed wait for the next round, so that the calls depend on no timing."""
        running: dict[Asked, Comparison] = {asyncio.create_task(self.ask(c, number)): c for c in wanted}
        for task in running:
            task.add_done_callback(self.queue.put_nowait)
        waiting = dict(running)
        try:
            while waiting:
                event = await self.queue.get()
                if not isinstance(event, asyncio.Task):
                    yield event
                    continue
                comparison = waiting.pop(event)
                if event.cancelled():
                    continue
                order, call = event.result()
                self.found[frozenset(comparison.documents)] = call
                self.won[order[0]].append(call)
                selection.tell(comparison.documents, order)
                for rank in selection.settled():
                    yield self.settle(rank)
                for task, each in waiting.items():
                    if selection.needless(each.documents):
                        task.cancel()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def settle(self, rank: Settled) -> RankSettled:
        """The event, with the calls that decided it."""
        through = rank.through
        calls = self.won[rank.document] if through is None else [self.found[documents] for documents in through]
        return RankSettled(at=self.clock(), rank=rank.rank, document=rank.document, calls=tuple(calls))

    async def ask(self, comparison: Comparison, number: int) -> tuple[Order, int]:
        """The order of a comparison and the call that found it: asked a second time in another order when
        the first answer cannot be read, then decided by the first stage."""
        async with self.setwise.engine.lane:
            first, call, why = await self.attempt(comparison, number, 1, comparison.purpose, None)
            if first is not None:
                return first, call
            again = f"{comparison.purpose}; asked again in another order: {why}"
            second, call, _ = await self.attempt(comparison, number, 2, again, call)
            assert second is not None
            return second, call

    async def attempt(
        self, comparison: Comparison, number: int, attempt: int, purpose: str, repeats: int | None
    ) -> tuple[Order | None, int, str]:
        """One call. Returns the order (None where it is to be asked again), the call and what was wrong."""
        self.calls += 1
        call, labels = self.calls, self.shuffled(comparison.documents, attempt)
        template = prompt.load(self.setwise.entry.prompt)
        messages = template.messages(self.query, [self.texts[document] for document in labels])
        started = self.clock()
        self.queue.put_nowait(
            CallStarted(
                at=started,
                call=call,
                round=number,
                purpose=purpose,
                documents=labels,
                messages=messages,
                repeats=repeats,
            )
        )
        heard = Heard()
        try:
            await self.listen(call, messages, heard)
        except asyncio.CancelledError:
            self.finish(call, started, heard, "cancelled", None, None, "")
            raise
        answer = parse.parse(heard.text, len(labels), reasoning=template.reasoning, finish_reason=heard.finish_reason)
        if heard.fault:
            answer = parse.Answer(None, "unreadable", heard.fault)
        named = labels[answer.label - 1] if answer.label else None
        status: Status = answer.status if answer.status != "unreadable" else "retried" if attempt == 1 else "failed"
        likely = await self.likely(messages, heard, labels) if named and self.setwise.sort == "logits" else ()
        order = self.ordered(labels, named, likely) if status != "retried" else None
        self.finish(call, started, heard, status, named, order[0] if order else None, answer.why, likely)
        return order, call, answer.why

    def ordered(self, labels: tuple[str, ...], named: str | None, likely: tuple[float, ...]) -> Order:
        """The document that was named, then the others by how likely their label was, ties and all that is not known
        by the first stage."""
        weight = dict(zip(labels, likely, strict=True)) if likely else {}
        return tuple(sorted(labels, key=lambda d: (d != named, -weight.get(d, 0.0), self.first_stage[d])))

    async def likely(self, messages: tuple[Message, ...], heard: Heard, labels: tuple[str, ...]) -> tuple[float, ...]:
        """How likely each label was as the answer."""
        engine = self.setwise.engine
        found = await likelihoods(heard.text, heard.tokens, len(labels), lambda text: engine.following(messages, text))
        if not found:
            raise Problem(
                f"engine {engine.name} tells no probabilities of its answers, give another --sort than logits"
            )
        return found

    def finish(
        self,
        call: int,
        started: float,
        heard: Heard,
        status: Status,
        named: str | None,
        winner: str | None,
        why: str,
        likely: tuple[float, ...] = (),
    ) -> None:
        """Say how a call ended."""
        self.queue.put_nowait(
            CallFinished(
                at=self.clock(),
                call=call,
                answer=named,
                winner=winner,
                status=status,
                finish_reason=heard.finish_reason,
                text=heard.text,
                usage=heard.usage,
                seconds=self.clock() - started,
                error=why,
                cached=heard.cached,
                likelihoods=tuple(round(each, 6) for each in likely),
            )
        )

    async def listen(self, call: int, messages: tuple[Message, ...], heard: Heard) -> None:
        """The whole answer into `heard`, passed on piece by piece. A fault ends it early; too many in a row end
        the search."""
        after = "<answer>" if self.setwise.sort == "logits" else None
        most = self.setwise.max_tokens or self.setwise.entry.max_tokens
        decoding = Decoding(max_tokens=most, seed=self.setwise.seed, alternatives_after=after)
        try:
            async with aclosing(self.setwise.engine.generate(messages, decoding)) as chunks:
                async for chunk in chunks:
                    if chunk.text:
                        heard.text += chunk.text
                        self.queue.put_nowait(ReasoningDelta(at=self.clock(), call=call, text=chunk.text))
                    heard.finish_reason = chunk.finish_reason or heard.finish_reason
                    heard.usage = chunk.usage or heard.usage
                    heard.cached = chunk.cached
                    heard.tokens += chunk.tokens
        except Fault as fault:
            self.faults += 1
            if self.faults >= PATIENCE:
                raise Problem(f"the engine failed {self.faults} calls in a row, the last one: {fault}") from fault
            heard.finish_reason, heard.fault = "error", str(fault)
        else:
            self.faults = 0

    def shuffled(self, documents: tuple[str, ...], attempt: int) -> tuple[str, ...]:
        """The documents in label order, as `--order` says. Depends on seed, query, set and attempt alone, so that
        neither time nor resuming changes a prompt. A repeated call gets a different order."""
        dice = self.dice(*documents)
        match self.setwise.order:
            case "first-stage":
                order = sorted(documents, key=self.first_stage.__getitem__)
            case "reversed":
                # Who leaves next stands last most of the time, so that nearly all of a question was sent before.
                order = sorted(documents, key=self.first_stage.__getitem__, reverse=True)
            case "kept":
                # One shuffle for the whole search: what a call shares with an earlier one stands first in both.
                order = sorted(documents, key=self.places.__getitem__)
            case _:
                order = list(documents)
                dice.shuffle(order)
        for _ in range(attempt - 1):
            # A rotation moves every document to another label, whatever the first order was.
            turn = dice.randrange(1, len(order))
            order = order[turn:] + order[:turn]
        return tuple(order)

    def dice(self, *documents: str) -> random.Random:
        """Chance that is the same each time."""
        key = "\n".join([str(self.setwise.seed), self.query, *documents])
        return random.Random(key.encode("utf-8", "replace"))

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """All candidates, shuffled once."""
        every = list(self.first_stage)
        self.dice().shuffle(every)
        return {document: place for place, document in enumerate(every)}

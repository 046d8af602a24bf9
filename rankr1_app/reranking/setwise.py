"""Rank-R1: think over a set of documents, name the most relevant one, and sort by such answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from ..catalogue import Entry
from ..engines.protocol import Decoding, Engine, Fault
from ..errors import Problem
from ..events import CallFinished, CallStarted, Candidate, Message, RankSettled, ReasoningDelta, Status, Usage
from . import parse, prompt
from .protocol import Clock, RerankEvent
from .sorting import SORTS, Comparison, Round, Settled

PATIENCE = 5
"""Broken calls in a row after which the engine counts as lost."""


@dataclass(frozen=True, kw_only=True)
class Setwise:
    """A setwise reranker: one catalogue entry on one engine. `seed` fixes every shuffle."""

    entry: Entry
    engine: Engine
    docs_per_call: int
    sort: str
    seed: int

    @property
    def name(self) -> str:
        """The catalogue's name."""
        return self.entry.name

    async def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Follows the sort; the calls of a round run at once, as many as the engine takes."""
        if len(candidates) > 1:
            await self.engine.start()
        query_cut, texts = await self.cut(query, candidates)
        asker = Asker(self, query_cut, texts, {c.id: c.rank for c in candidates}, clock, asyncio.Queue())
        sort = SORTS[self.sort]([c.id for c in candidates], k, self.docs_per_call)
        wins: dict[str, list[int]] = {c.id: [] for c in candidates}
        step = next(sort, None)
        number = 0
        while step is not None:
            if isinstance(step, Settled):
                yield RankSettled(at=clock(), rank=step.rank, document=step.document, calls=tuple(wins[step.document]))
                step = next(sort, None)
                continue
            number += 1
            winners: list[str] = []
            async with aclosing(asker.round(step, number, winners, wins)) as events:
                async for event in events:
                    yield event
            try:
                step = sort.send(winners)
            except StopIteration:
                return

    async def cut(self, query: str, candidates: Sequence[Candidate]) -> tuple[str, dict[str, str]]:
        """Query and documents within the model's limits, by its own tokenizer where the engine has one."""
        texts = [prompt.document_text(c) for c in candidates]
        (query_cut,) = await self.engine.truncate([query], self.entry.query_tokens)
        cut = await self.engine.truncate(texts, self.entry.passage_tokens)
        return query_cut, {c.id: text for c, text in zip(candidates, cut, strict=True)}


@dataclass(frozen=True)
class Heard:
    """What came of one call. `fault` says in words what broke it, if anything did."""

    text: str
    finish_reason: str
    usage: Usage
    fault: str = ""


@dataclass
class Asker:
    """Asks the comparisons of one search, and hands their events on as they come."""

    setwise: Setwise
    query: str
    texts: dict[str, str]
    first_stage: dict[str, int]
    clock: Clock
    queue: asyncio.Queue[RerankEvent | None]
    calls: int = 0
    faults: int = 0

    async def round(
        self, step: Round, number: int, winners: list[str], wins: dict[str, list[int]]
    ) -> AsyncGenerator[RerankEvent, None]:
        """Asks all comparisons at once; fills `winners` in their order and notes which call each one won."""
        lane = asyncio.Semaphore(max(1, self.setwise.engine.concurrency))
        tasks = [asyncio.create_task(self.ask(comparison, number, lane)) for comparison in step.comparisons]
        done = asyncio.gather(*tasks)
        done.add_done_callback(lambda _: self.queue.put_nowait(None))
        try:
            while (event := await self.queue.get()) is not None:
                yield event
            for winner, call in done.result():
                winners.append(winner)
                wins[winner].append(call)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, done, return_exceptions=True)

    async def ask(self, comparison: Comparison, number: int, lane: asyncio.Semaphore) -> tuple[str, int]:
        """The winner of a comparison and the call that found it: asked a second time in another order when
        the first answer cannot be read, then decided by the first stage."""
        async with lane:
            first, call, why = await self.attempt(comparison, number, 1, comparison.purpose, None)
            if first is not None:
                return first, call
            again = f"{comparison.purpose}; asked again in another order: {why}"
            second, call, _ = await self.attempt(comparison, number, 2, again, call)
            assert second is not None
            return second, call

    async def attempt(
        self, comparison: Comparison, number: int, attempt: int, purpose: str, repeats: int | None
    ) -> tuple[str | None, int, str]:
        """One call. Returns the winner (None where it is to be asked again), the call and what was wrong."""
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
        heard = await self.listen(call, messages)
        answer = parse.parse(heard.text, len(labels), reasoning=template.reasoning, finish_reason=heard.finish_reason)
        if heard.fault:
            answer = parse.Answer(None, "unreadable", heard.fault)
        named = labels[answer.label - 1] if answer.label else None
        status: Status = answer.status if answer.status != "unreadable" else "retried" if attempt == 1 else "failed"
        winner = min(labels, key=lambda document: self.first_stage[document]) if status == "failed" else named
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
                error=answer.why,
            )
        )
        return winner, call, answer.why

    async def listen(self, call: int, messages: tuple[Message, ...]) -> Heard:
        """The whole answer, passed on piece by piece. A fault ends it early; too many in a row end the search."""
        text, finish_reason, usage = "", "", Usage()
        decoding = Decoding(max_tokens=self.setwise.entry.max_tokens, seed=self.setwise.seed)
        try:
            async with aclosing(self.setwise.engine.generate(messages, decoding)) as chunks:
                async for chunk in chunks:
                    if chunk.text:
                        text += chunk.text
                        self.queue.put_nowait(ReasoningDelta(at=self.clock(), call=call, text=chunk.text))
                    finish_reason = chunk.finish_reason or finish_reason
                    usage = chunk.usage or usage
        except Fault as fault:
            self.faults += 1
            if self.faults >= PATIENCE:
                raise Problem(f"the engine failed {self.faults} calls in a row, the last one: {fault}") from fault
            return Heard(text, "error", usage, str(fault))
        self.faults = 0
        return Heard(text, finish_reason, usage)

    def shuffled(self, documents: tuple[str, ...], attempt: int) -> tuple[str, ...]:
        """The documents in label order. Depends on seed, query, set and attempt alone, so that neither
        time nor resuming changes a prompt. A repeated call gets a different order."""
        order = list(documents)
        key = "\n".join([str(self.setwise.seed), self.query, *documents])
        dice = random.Random(key.encode("utf-8", "replace"))
        dice.shuffle(order)
        for _ in range(attempt - 1):
            # A rotation moves every document to another label, whatever the first order was.
            turn = dice.randrange(1, len(order))
            order = order[turn:] + order[:turn]
        return tuple(order)

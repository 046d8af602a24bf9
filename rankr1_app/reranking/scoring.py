"""Scoring: a model reads query and document and gives a number, without a word: cross-encoders, servers, cosines.

A call is a batch of documents. What has no score stays last, in first-stage order.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from ..engines.protocol import Engine, Fault
from ..engines.scorer import Scored, Scorer
from ..errors import Problem
from ..events import CallFinished, CallStarted, Candidate, Neighbour, Planned, RankSettled, Status
from ..plan import Plan
from .base import OnEngine
from .passages import fit
from .protocol import Clock, RerankEvent


@dataclass(frozen=True)
class Scoring(OnEngine):
    """A reranker by scores: one catalogue entry on one engine that gives them."""

    engine: Scorer

    def plan(self, candidates: int, k: int) -> Planned:
        """Return a call a batch, none of which waits for another."""
        return Planned(at=0.0, calls=math.ceil(candidates / self.engine.batch), rounds=min(1, candidates))

    async def rerank(
        self, query: str, candidates: Sequence[Candidate], k: int, clock: Clock
    ) -> AsyncGenerator[RerankEvent, None]:
        """Score every candidate, then settle the best `k`."""
        yield replace(self.plan(len(candidates), k), at=clock())
        if not candidates:
            return
        await self.engine.start()
        passages = await fit(self.engine, self.entry, query, candidates)
        for shortened in passages.shortening(clock()):
            yield shortened
        first_stage = {candidate.id: candidate.rank for candidate in candidates}
        scores, by_call = dict[str, float](), dict[str, int]()
        calls = 0
        size = self.engine.batch
        for start in range(0, len(first_stage), size):
            batch = tuple(list(first_stage)[start : start + size])
            texts = [passages.texts[document] for document in batch]
            repeats, status, scored = None, "retried", Scored(())
            while status == "retried":
                calls += 1
                began = clock()
                yield CallStarted(
                    at=began,
                    call=calls,
                    round=1,
                    purpose="scoring",
                    documents=batch,
                    kind="score",
                    messages=self.engine.messages(passages.query, texts),
                    repeats=repeats,
                )
                scored, status, why = await self.ask(passages.query, texts, again=repeats is None)
                ended = finished(calls, began, clock(), scored, status, why, self.engine.score_name)
                yield replace(ended, feedback=scored.feedback, nearest=neighbours(batch, scored))
                repeats = calls
            if status == "failed":
                raise Problem(f"documents {start + 1} to {start + len(batch)} got no scores twice: {why}")
            by_call |= dict.fromkeys(batch, calls)
            scores |= {
                document: score for document, score in zip(batch, scored.scores, strict=True) if score is not None
            }
        ranking = sorted(first_stage, key=lambda d: (d not in scores, -scores.get(d, 0.0), first_stage[d]))
        for rank, document in enumerate(ranking[:k], 1):
            has = document in scores
            name = self.engine.score_name if has else ""
            yield RankSettled(
                at=clock(),
                rank=rank,
                document=document,
                calls=(by_call[document],),
                score=scores.get(document),
                score_name=name,
            )

    async def ask(self, query: str, texts: list[str], *, again: bool) -> tuple[Scored, Status, str]:
        """Return the scores of a batch, how the call ended, and why it did not end well. A call that broke is made
        `again`, once."""
        try:
            async with self.engine.lane:
                scored = await self.engine.score(query, texts)
        except Fault as fault:
            return Scored(()), "retried" if again else "failed", str(fault)
        finite = tuple(score if score is not None and math.isfinite(score) else None for score in scored.scores)
        lacking = finite.count(None)
        why = f"{lacking} documents got no score and stay last" if lacking else ""
        return replace(scored, scores=finite), "repaired" if lacking else "ok", why


def finished(call: int, began: float, now: float, scored: Scored, status: Status, why: str, name: str) -> CallFinished:
    """Return how a call ended. Scores are told only where every document has one."""
    whole = [round(score, 6) for score in scored.scores if score is not None]
    complete = len(whole) == len(scored.scores) and bool(whole)
    return CallFinished(
        at=now,
        call=call,
        answer=(),
        order=(),
        status=status,
        finish_reason="error" if status in ("retried", "failed") else "stop",
        text="",
        usage=scored.usage,
        seconds=now - began,
        error=why,
        scores=tuple(whole) if complete else (),
        score_name=name if complete else "",
    )


def neighbours(batch: Sequence[str], scored: Scored) -> tuple[tuple[Neighbour, ...], ...]:
    """Return the documents nearest to each of a batch, as an event tells them."""
    return tuple(
        tuple(Neighbour(document=batch[place], cosine=round(cosine, 6)) for place, cosine in near)
        for near in scored.nearest
    )


def create(plan: Plan, engine: Engine) -> Scoring:
    """Return the reranker of a plan on its engine."""
    assert plan.entry is not None
    if not isinstance(engine, Scorer):
        raise Problem(f"engine {engine.name!r} gives no scores, {plan.entry.name} needs one that does")
    return Scoring(plan.entry, engine)

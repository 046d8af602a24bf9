"""Rank1: think about one document, then say true or false; its score is the probability of true beside false.

The prompt is text without a chat, and the model goes on with its thought. One that comes to no verdict is forced to:
its thought is cut after its last sentence and closed, as the authors do (Weller et al., 2025).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from ..engines.protocol import Decoding, Engine
from ..events import Message
from ..plan import Plan
from .asking import Reading, Reply
from .pointwise import Pointwise, Single, pointwise

SCORE = "probability of true"
CLOSED = "</think>"
VERDICT = re.compile(r"</think>\s*(?=true|false)")
SENTENCES = re.compile(r".*[.!?]", re.DOTALL)


class Verdicts(Single):
    """The calls of a search by verdicts: a `Family`."""

    @property
    def decoding(self) -> Decoding:
        """Return decoding of a thought and a verdict, with what the verdict could have been."""
        return self.thinking(CLOSED)

    async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
        """Read the share of true, forced where the model came to no verdict."""
        why = ""
        score = stated(reply)
        if score is None:
            thought = reply.text.partition(CLOSED)[0]
            whole = SENTENCES.match(thought)
            ending = f"{whole[0] if whole else thought}\n{CLOSED}"
            score = share(await self.pointwise.engine.following(messages, ending))
            why = "it came to no verdict, so that one was asked for after its thought"
        if score is None:
            return Reading(status="unreadable", why="neither true nor false is among the likeliest tokens of a verdict")
        return Reading(status="repaired" if why else "ok", scores=(score,), score_name=SCORE, why=why)


def stated(reply: Reply) -> float | None:
    """Return the share of true at the verdict of a reply, None where it has none."""
    found = VERDICT.search(reply.text)
    if found is None:
        return None
    for token in reply.tokens:
        if token.at <= found.end() < token.at + len(token.text):
            return share(token.alternatives)
    return None


def share(alternatives: Mapping[str, float]) -> float | None:
    """Return how likely true was beside false, None where neither is among the likeliest tokens."""
    weights = {"true": 0.0, "false": 0.0}
    for text, score in alternatives.items():
        if (word := text.strip()) in weights:
            weights[word] = max(weights[word], math.exp(score))
    total = sum(weights.values())
    return weights["true"] / total if total else None


def create(plan: Plan, engine: Engine) -> Pointwise:
    """Return the reranker of a plan on its engine."""
    return pointwise(plan, engine, Verdicts)

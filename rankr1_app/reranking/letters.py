"""FIRST: the order of a window from one token, by how likely each document's letter is as the first of the answer.

The answer is begun with a bracket, so that its first token is a letter (Gangi Reddy et al., 2024; the reproduction of
castorini/rank_llm). The likelihoods belong to their window: they say nothing across windows, and no document has a
score by them. It gives no reasons.
"""

from __future__ import annotations

import math

from ..engines.protocol import Decoding, Engine
from ..errors import Problem
from ..events import LABEL_PROBABILITY, Message
from ..plan import Plan
from .asking import Reading, Reply
from .listwise import Listwise, Windowed, sliding
from .windows import mended


class Letters(Windowed):
    """The calls of a search by first tokens: a `Family`."""

    @property
    def decoding(self) -> Decoding:
        """One token, with what could have stood in its place."""
        return Decoding(max_tokens=1, seed=self.listwise.seed, alternatives_after="")

    async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
        """Read the letters of this window, the likeliest first. Those that are not among the likeliest tokens keep
        their order at the end."""
        if not reply.text.strip():
            return Reading(status="unreadable", why="the answer is empty")
        if not reply.tokens:
            raise Problem(
                f"engine {self.listwise.engine.name} tells no probabilities of its answers, give another --reranker"
            )
        weights = [0.0] * len(labels)
        for text, score in reply.tokens[0].alternatives.items():
            if len(text) == 1 and 0 <= (place := ord(text) - ord("A")) < len(labels):
                weights[place] = math.exp(score)
        seen = [place for place, weight in enumerate(weights) if weight]
        if not (total := sum(weights)):
            return Reading(status="unreadable", why="no document's letter is among the likeliest tokens of the answer")
        named = sorted(seen, key=lambda place: (-weights[place], self.places[labels[place]]))
        documents = tuple(labels[place] for place in named)
        why = mended(named, len(labels)).why
        return Reading(
            status="repaired" if why else "ok",
            answer=documents,
            order=self.complete(documents, labels),
            scores=tuple(weight / total for weight in weights),
            score_name=LABEL_PROBABILITY,
            why=why,
        )


def create(plan: Plan, engine: Engine) -> Listwise:
    """Return the reranker of a plan on its engine, whose model tells how likely each letter is."""
    return sliding(plan, engine, Letters)

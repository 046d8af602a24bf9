"""ERank: think about one document, then grade it from 0 to 10; its score is the grade times how likely the grade was.

Whole grades with their probability part documents that yes and no after a thought would not: those are nearly always
sure (the ERank paper, 2025).
"""

from __future__ import annotations

import math
import re

from ..engines.protocol import Decoding, Engine
from ..events import Message
from ..explanation.thought import answer_start
from ..plan import Plan
from .asking import Reading, Reply
from .parse import why_missing
from .pointwise import Pointwise, Single, pointwise

SCORE = "grade times its probability"
HIGHEST = 10
MARKER = "<answer>"
"""After it probabilities are told."""
TAGGED = re.compile(r"<answer>\s*(\d{1,4})\s*</answer>", re.IGNORECASE)
WHOLE = re.compile(r"(?<![\d.,])\d{1,4}(?![.,]?\d)")


class Grades(Single):
    """The calls of a search by grades: a `Family`."""

    @property
    def decoding(self) -> Decoding:
        """A thought and a grade, with what the grade could have been."""
        return self.thinking(MARKER)

    async def read(self, reply: Reply, labels: tuple[str, ...], messages: tuple[Message, ...]) -> Reading:
        """Read the grade and how likely its digits were."""
        found, why = grade(reply)
        if found is None:
            return Reading(status="unreadable", why=why)
        if MARKER in reply.text:
            self.check(reply)
        likely = probability(reply, *found.span(found.lastindex or 0))
        if likely is None:
            return Reading(status="unreadable", why="its grade is not where the probabilities of the grades are")
        score = int(found[found.lastindex or 0]) * likely
        return Reading(status="repaired" if why else "ok", scores=(score,), score_name=SCORE, why=why)


def grade(reply: Reply) -> tuple[re.Match[str] | None, str]:
    """Return where the grade stands, None where there is none, and what is wrong."""
    start = answer_start(reply.text, reply.thought)
    if start is None:
        return None, why_missing(reply.finish_reason, "there is no answer tag")
    tagged = TAGGED.search(reply.text, start)
    numbers = [tagged] if tagged else list(WHOLE.finditer(reply.text, start))
    if len({match[match.lastindex or 0] for match in numbers}) != 1:
        return None, why_missing(reply.finish_reason, "the answer names no single grade")
    found = numbers[-1]
    if int(number := found[found.lastindex or 0]) > HIGHEST:
        return None, f"grade {number} is out of range, it must be 0 to {HIGHEST}"
    return found, "" if tagged else "its tags are not as trained"


def probability(reply: Reply, start: int, end: int) -> float | None:
    """Return how likely the characters from `start` to `end` were: of several tokens, the product."""
    total, covered = 0.0, start
    for token in reply.tokens:
        if token.at < end and token.at + len(token.text) > start:
            likelihoods = [score for text, score in token.alternatives.items() if text.strip() == token.text.strip()]
            if token.at > covered or not likelihoods:
                return None
            total, covered = total + max(likelihoods), token.at + len(token.text)
    return math.exp(total) if covered >= end else None


def create(plan: Plan, engine: Engine) -> Pointwise:
    """Return the reranker of a plan on its engine."""
    return pointwise(plan, engine, Grades)

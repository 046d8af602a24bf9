"""Ask the prompts of recorded searches again, of another model: `python -m benchmarks.again MODEL RECORDING...`.

MODEL is a folder with weights that read the prompt of the recordings. Of the answers it is said how many can be read,
how many of their claims are true, and how many choices follow from what was said, as `rankr1 audit` does: minutes
instead of the hours that whole searches take, and the same prompts for every model.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from rankr1_app.audit import Question, claims, questions
from rankr1_app.engines.protocol import Decoding
from rankr1_app.engines.transformers import Transformers
from rankr1_app.reranking.parse import parse

from .common import NANO

UNMATCHED = 3
"""Documents without a BM25 score from which on a prompt counts as one that words do not decide."""


def unmatched(each: Question) -> bool:
    """Return whether words decide little of a question."""
    return sum(each.scores[document].words is None for document in each.started.documents) >= UNMATCHED


async def answer(engine: Transformers, each: Question) -> str:
    """Return what a model answers."""
    decoding, text = Decoding(max_tokens=NANO.max_tokens, seed=929), ""
    async with aclosing(engine.generate(each.started.messages, decoding)) as chunks:
        async for chunk in chunks:
            text += chunk.text
    return text


async def measure(model: str, asking: Sequence[Question]) -> Counter[str]:
    """Return how many answers could be read, and claims and choices that hold, of how many."""
    engine, found = Transformers(model), Counter[str]()
    await engine.start()
    try:
        texts = await asyncio.gather(*(answer(engine, each) for each in asking))
    finally:
        await engine.close()
    for each, text in zip(asking, texts, strict=True):
        found["readable"] += parse(text, len(each.started.documents)).label is not None
        for finding in claims(replace(each, finished=replace(each.finished, text=text))):
            found["claims"] += 1
            found["true"] += finding.claim.true
            found["choices"] += finding.claim.kind == "choice"
            found["choices that follow"] += finding.claim.kind == "choice" and finding.claim.true
    return found


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--calls", type=int, default=120, help="Questions, drawn at random.")
    parser.add_argument("--unmatched", action="store_true", help="Only those that words do not decide.")
    given = parser.parse_args()
    every = [each for path in sorted(given.recordings) for each in questions(path) if each.started.messages]
    every = [each for each in every if unmatched(each)] if given.unmatched else every
    drawn = random.Random(5).sample(every, min(given.calls, len(every)))
    found = asyncio.run(measure(given.model, drawn))
    print(
        f"{found['readable']} of {len(drawn)} answers can be read, "
        f"{100 * found['true'] / max(1, found['claims']):.1f} % of {found['claims']} claims are true, "
        f"{found['choices that follow']} of {found['choices']} choices follow"
    )


if __name__ == "__main__":
    main()

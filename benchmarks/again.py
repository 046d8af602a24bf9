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
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from rankr1_app.audit import claims
from rankr1_app.engines.protocol import Decoding
from rankr1_app.engines.transformers import Transformers
from rankr1_app.events import CallFinished, CallStarted, Candidate, Retrieved, SearchStarted
from rankr1_app.reranking.parse import parse
from rankr1_app.reranking.scores import Scores, scores_of
from rankr1_app.retrieval.protocol import sourced
from rankr1_app.store import read

from .common import NANO

UNMATCHED = 3
"""Documents without a BM25 score from which on a prompt counts as one that words do not decide."""


@dataclass(frozen=True)
class Asked:
    """A question of a recorded search, with what checking its answer needs."""

    path: Path
    started: CallStarted
    finished: CallFinished
    query: str
    candidates: dict[str, Candidate]
    scores: dict[str, Scores]


def asked(path: Path) -> Iterator[Asked]:
    """Yield the questions of a recording whose prompt is kept."""
    query, candidates, scores = "", dict[str, Candidate](), dict[str, Scores]()
    started = dict[int, CallStarted]()
    for event in read(path):
        match event:
            case SearchStarted():
                query = event.query
            case Retrieved():
                found = sourced(event.candidates, event.retriever, event.score_name)
                candidates, scores = {each.id: each for each in found}, scores_of(found)
            case CallStarted():
                started[event.call] = event
            case CallFinished() if started[event.call].messages:
                yield Asked(path, started[event.call], event, query, candidates, scores)
            case _:
                pass


def unmatched(each: Asked) -> bool:
    """Return whether words decide little of a question."""
    return sum(each.scores[document].words is None for document in each.started.documents) >= UNMATCHED


async def answer(engine: Transformers, each: Asked) -> str:
    """Return what a model answers."""
    decoding, text = Decoding(max_tokens=NANO.max_tokens, seed=929), ""
    async with aclosing(engine.generate(each.started.messages, decoding)) as chunks:
        async for chunk in chunks:
            text += chunk.text
    return text


async def measure(model: str, questions: Sequence[Asked]) -> Counter[str]:
    """Return how many answers could be read, and claims and choices that hold, of how many."""
    engine, found = Transformers(model), Counter[str]()
    await engine.start()
    try:
        texts = await asyncio.gather(*(answer(engine, each) for each in questions))
    finally:
        await engine.close()
    for each, text in zip(questions, texts, strict=True):
        found["readable"] += parse(text, len(each.started.documents)).label is not None
        told = claims(
            each.path, replace(each.finished, text=text), each.started, each.query, each.candidates, each.scores
        )
        for finding in told:
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
    every = [each for path in sorted(given.recordings) for each in asked(path)]
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

"""Every ranking method on the same 100 numbers, right always or four times in five: `python -m benchmarks.methods`.

The judge is scripted and takes no time: what is measured is what each method asks for, and what it makes of answers
that are broken (cut off, empty, another's labels, half an order). Tokens are reckoned by a rule of thumb.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rankr1_app import reranking
from rankr1_app.engines.length import estimate
from rankr1_app.engines.protocol import Chunk, Decoding, Token
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, Candidate, Message, RankSettled, Usage
from rankr1_app.plan import resolve
from rankr1_app.settings import Settings
from tests.doubles import Scripted

from .common import save
from .sorts import first_stage

DOCUMENTS, K, SEEDS = 100, 10, 5
METHODS = (
    "rank-r1-7b-v0.1",
    "setwise-sft-7b-v0.1",
    "rank-r1-nano-pairwise",
    "rankgpt",
    "reasonrank-7b",
    "insertrank",
    "first-mistral-7b",
    "qwen3-reranker-0.6b",
    "erank-4b",
    "rank1-7b",
    "fare-8b",
)
NUMBER = re.compile(r"number (\d+)")


@dataclass
class Judge(Scripted):
    """Knows which numbers are larger, and breaks a share of its answers."""

    method: str = ""
    broken: float = 0.0
    dice: random.Random = field(default_factory=random.Random)

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        """Answer as the method's model would."""
        said = "\n".join(message.content for message in messages)
        numbers = [int(each) for each in NUMBER.findall(said)]
        chunk = answers(self.method, numbers)
        if self.dice.random() < self.broken:
            chunk = broken(chunk, self.dice)
        yield chunk
        usage = Usage(prompt_tokens=estimate(said), completion_tokens=max(1, estimate(chunk.text)))
        yield Chunk(finish_reason="stop", usage=usage)

    async def following(self, messages: Sequence[Message], text: str) -> Mapping[str, float]:
        """Tell nothing of use: what is cut off stays without a verdict."""
        return {"\n": -0.1}


def answers(method: str, numbers: Sequence[int]) -> Chunk:
    """Return a right answer in a method's own form."""
    order = sorted(range(len(numbers)), key=lambda place: -numbers[place])
    best, likely = order[0] + 1, math.log((numbers[0] + 1) / (DOCUMENTS + 1))
    listed = " > ".join(f"[{place + 1}]" for place in order)
    thought = "<think>The numbers were compared.</think>"
    match method:
        case "rankgpt" | "insertrank":
            return Chunk(text=listed)
        case "reasonrank-7b":
            return Chunk(text=f"{thought}\n<answer>{listed}</answer>")
        case "first-mistral-7b":
            shares = {chr(65 + place): -float(rank) for rank, place in enumerate(order)}
            return answer_chunk(f"{chr(65 + order[0])}", 0, shares)
        case "qwen3-reranker-0.6b":
            return answer_chunk("yes", 0, {"yes": likely, "no": math.log(1.001 - math.exp(likely))})
        case "erank-4b":
            grade = str(min(9, numbers[0] * 10 // DOCUMENTS))
            text = f"{thought}<answer>{grade}</answer>"
            return answer_chunk(text, text.index(grade, len(thought)), {grade: likely / 100}, grade)
        case "rank1-7b":
            text = " It was read. </think> true"
            shares = {" true": likely, " false": math.log(1.001 - math.exp(likely))}
            return answer_chunk(text, len(text) - 5, shares, " true")
        case "fare-8b":
            return Chunk(text=f"Explanation: It is larger.\nVerdict: [{'AB'[best - 1]}]")
        case "setwise-sft-7b-v0.1":
            return Chunk(text=f"<answer>[{best}]</answer>")
        case _:
            return Chunk(text=f"{thought}\n<answer>[{best}]</answer>")


def answer_chunk(text: str, at: int, shares: Mapping[str, float], token: str = "") -> Chunk:
    """Return an answer with what could have stood at one place of it."""
    return Chunk(text=text, tokens=(Token(at, token or text, shares),))


def broken(chunk: Chunk, dice: random.Random) -> Chunk:
    """Return an answer as it comes when something went wrong."""
    match dice.randrange(4):
        case 0:
            # One token is there or not.
            return Chunk(text=chunk.text[: len(chunk.text) // 2] if len(chunk.text) > 3 else "")
        case 1:
            return answer_chunk("I cannot tell.", 0, {"I": -0.1})
        case 2:
            return Chunk(text=re.sub(r"\[\d+\]", "[99]", chunk.text), tokens=chunk.tokens)
        case _:
            halves = chunk.text.split(" > ")
            return Chunk(text=" > ".join(halves[: max(1, len(halves) // 2)]), tokens=chunk.tokens)


async def row(method: str, share: float) -> dict[str, Any]:
    """Return what a method takes and finds, the mean over the seeds."""
    sums = dict.fromkeys(("calls", "rounds", "tokens read", "tokens written", "nDCG@10", "lost"), 0.0)
    for seed in range(SEEDS):
        engine = Judge(method=method, broken=share, dice=random.Random(seed))
        plan = resolve(Settings(reranker=method, engine="vllm", k=K, speculation=0, cache=False).checked())
        found = list(first_stage(DOCUMENTS, seed).found)
        ranking = await ranked(reranking.create(plan, engine), found, sums)
        sums["nDCG@10"] += ndcg(ranking[:K])
        sums["lost"] += len({candidate.id for candidate in found} - set(ranking))
    means = {name: value / SEEDS for name, value in sums.items()}
    return {"method": method, "answers broken": f"{share:.0%}", **means}


async def ranked(reranker: Any, found: list[Candidate], sums: dict[str, float]) -> list[str]:
    """Return the ranking, and count what it took."""
    settled, rounds = list[str](), 0
    try:
        async for event in reranker.rerank("largest", found, K, lambda: 0.0):
            if isinstance(event, CallStarted):
                sums["calls"] += 1
                rounds = max(rounds, event.round)
            elif isinstance(event, CallFinished):
                sums["tokens read"] += event.usage.prompt_tokens or 0
                sums["tokens written"] += event.usage.completion_tokens or 0
            elif isinstance(event, RankSettled):
                settled.append(event.document)
    except Problem:
        pass
    sums["rounds"] += rounds
    return [*settled, *(each.id for each in found if each.id not in settled)]


def ndcg(ranking: Sequence[str]) -> float:
    """Return nDCG where a number is its own gain."""
    gains = [int(document[1:]) for document in ranking]
    ideal = range(DOCUMENTS - 1, DOCUMENTS - 1 - K, -1)

    def total(values: Sequence[int]) -> float:
        return sum(value / math.log2(place + 2) for place, value in enumerate(values))

    return total(gains) / total(list(ideal))


async def main() -> None:
    """Measure all."""
    rows = [await row(method, share) for method in METHODS for share in (0.0, 0.2)]
    note = f"Top {K} of {DOCUMENTS}, {SEEDS} first stages; every method keeps every document: lost is 0 throughout."
    save("methods", "python -m benchmarks.methods", rows, [note])


if __name__ == "__main__":
    asyncio.run(main())

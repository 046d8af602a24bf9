"""A model that orders numbered documents, for tests of listwise families."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

import pytest

from rankr1_app import reranking
from rankr1_app.engines.protocol import Chunk, Decoding, Token
from rankr1_app.events import CallFinished, Candidate, Event, Message, RankSettled, Usage
from rankr1_app.plan import Plan, resolve
from rankr1_app.reranking.asking import Reply
from rankr1_app.reranking.listwise import Listwise
from rankr1_app.reranking.passages import Passages
from rankr1_app.settings import Settings

from ..doubles import Scripted, candidates

Answering = Callable[[list[int]], str | Chunk]
"""From the numbers of a window in label order to the raw answer; may raise what an engine raises."""


def best_first(numbers: list[int]) -> str:
    """A perfect order."""
    labels = sorted(range(len(numbers)), key=lambda place: -numbers[place])
    return " > ".join(f"[{label + 1}]" for label in labels)


def thinking(numbers: list[int]) -> str:
    """A perfect order after a thought."""
    return f"<think>The largest is {max(numbers)}.</think>\n<answer>{best_first(numbers)}</answer>"


@dataclass
class Lists(Scripted):
    """Answers for the numbers it is shown."""

    answering: Answering = best_first
    prompts: list[tuple[Message, ...]] = field(default_factory=list)
    decodings: list[Decoding] = field(default_factory=list)

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        self.prompts.append(tuple(messages))
        self.decodings.append(decoding)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
        finally:
            self.running -= 1
        numbers = [int(each) for each in re.findall(r"number (\d+)", "\n".join(each.content for each in messages))]
        answer = self.answering(numbers)
        yield answer if isinstance(answer, Chunk) else Chunk(text=answer)
        yield Chunk(finish_reason="stop", usage=Usage(prompt_tokens=10, completion_tokens=2))


def letter_chunk(alternatives: dict[str, float], text: str = "A") -> Chunk:
    """A first token, and what could have stood in its place."""
    return Chunk(text=text, tokens=(Token(0, text, alternatives),))


def plan_of(reranker: str, **settings: int) -> Plan:
    """The plan of a model of the catalogue."""
    return resolve(Settings(reranker=reranker, engine="vllm", **settings).checked())  # type: ignore[arg-type]


async def events(
    reranker: str, engine: Scripted, found: Sequence[int] | Sequence[Candidate], k: int = 1000, **settings: int
) -> list[Event]:
    """What a reranker says of documents that are numbers."""
    numbers = [each for each in found if isinstance(each, int)]
    given = candidates(numbers) if numbers else tuple(each for each in found if isinstance(each, Candidate))
    made = reranking.create(plan_of(reranker, **settings), engine)
    return [event async for event in made.rerank("largest", given, k, lambda: 0.0)]


CASES = 2000
"""Odd answers that every family is given."""
PIECES = (
    *("<think>", "</think>", "<answer>", "</answer>", "7", "10", "11", " true", " false", "yes", "No", "\u0663"),
    *("[A]", "[B]", "[[B]]", "Verdict:", "it is so.", " ", "\n", "\\boxed{3}", "\u00b2", " > ", "[0]", "[1]", "[21]"),
    *("[2] > [1]", "[3] > [1] > [3]", "[", "]", "A", "B", "T", "\u6587\u6863", "\ud83d\ude00", "\0"),
)


def odd_text(dice: random.Random) -> str:
    """An answer of pieces that answers are made of, in any order; sometimes one that thinks first."""
    text = "".join(dice.choices(PIECES, k=dice.randrange(12)))
    return f"<think>{text}</think><answer>{odd_text(dice)}</answer>" if dice.random() < 0.2 else text


def odd_shares(dice: random.Random) -> dict[str, float]:
    """What could have stood in a token's place: letters, pieces, anything."""
    return {dice.choice([*PIECES, *"CDEFGHZ"]): -dice.expovariate(0.2) for _ in range(dice.randrange(7))}


def ranking(found: list[Event]) -> list[str]:
    """Return the documents that were settled, best first."""
    return [event.document for event in found if isinstance(event, RankSettled)]


def finished(found: list[Event]) -> list[CallFinished]:
    """Return how each call ended."""
    return [event for event in found if isinstance(event, CallFinished)]


def shuffled(count: int, seed: int = 7) -> list[int]:
    """Return so many numbers in some order."""
    numbers = list(range(count))
    random.Random(seed).shuffle(numbers)
    return numbers


def check_whole(reranker: str, size: int, reply: Reply) -> None:
    """Check that a reading names every document of a window once, or none."""
    made = FAMILIES[reranker]
    assert isinstance(made, Listwise)
    labels = tuple(f"d{place}" for place in range(size))
    places = {document: -place for place, document in enumerate(labels)}
    family = made.calls(made, Passages("q", dict.fromkeys(labels, "")), dict.fromkeys(labels, 0.0), places)
    with pytest.raises(StopIteration) as ended:
        family.read(reply, labels, ()).send(None)
    reading = ended.value.value
    if reading.status == "unreadable":
        assert reading.order == ()
        return
    assert sorted(reading.order) == sorted(labels)
    assert reading.answer == reading.order[: len(reading.answer)]
    rest = reading.order[len(reading.answer) :]
    assert list(rest) == sorted(rest, key=places.__getitem__)
    assert (reading.status == "ok") == (reading.why == "")


FAMILIES = {name: reranking.create(plan_of(name), Lists()) for name in ("rankgpt", "reasonrank-7b", "first-mistral-7b")}
"""Listwise rerankers of every kind: written, thought over, and by letters."""

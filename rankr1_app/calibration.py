"""What calls cost on the engine in use, measured once and kept in the data folder: `rankr1 doctor --calibrate`."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import time
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from . import engines, paths
from .engines.vllm import on_cpu
from .errors import Problem
from .reranking.choice import INSIDE, PROCESSOR, SERVER, Costs
from .writing import replacing

if TYPE_CHECKING:
    from .catalogue import Entry
    from .engines.protocol import Decoding, Engine
    from .events import Message
    from .plan import EngineSpec, Plan

BESIDE = 4
"""Calls asked at once."""
SMALL = 2
"""Documents of a small call."""
ROOM = 8
"""Calls that may not matter for which an engine must have room to be reckoned with as one that has it."""
QUERY = "why does bread dough rise"


@dataclass(frozen=True)
class Timing:
    """Hold the seconds until the `first` piece of an answer and until the `last`, the tokens of its prompt, and whether
    probabilities were told."""

    first: float
    last: float
    tokens: int
    tells: bool


def costs(spec: EngineSpec) -> Costs:
    """Return what calls cost on an engine, as measured; as is usual for its kind where it was not."""
    try:
        costs = json.loads(paths.costs().read_bytes())
        return msgspec.convert(costs[key(spec)], Costs)
    except (OSError, ValueError, KeyError, TypeError, msgspec.ValidationError):
        return usual(spec.kind)


def usual(kind: str) -> Costs:
    """Return what calls cost on a kind of engine: on a processor, in this process or not, reading takes the time."""
    if engines.kind_of(kind).inside:
        return INSIDE
    with contextlib.suppress(Problem):
        if kind == "vllm" and on_cpu():
            return PROCESSOR
    return SERVER


def measured(spec: EngineSpec) -> bool:
    """Return whether the costs of an engine are its own."""
    try:
        return key(spec) in json.loads(paths.costs().read_bytes())
    except (OSError, ValueError, TypeError):
        return False


def key(spec: EngineSpec) -> str:
    """Return the name under which the costs of an engine are kept. It says no address."""
    parts = json.dumps([spec.kind, spec.model, spec.adapter, spec.base_url, spec.concurrency])
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


def calibrate(plan: Plan) -> Costs:
    """Measure the plan's engine and keep what it costs. Raises `Problem` where it cannot be had."""
    if plan.engine is None or plan.entry is None:
        raise Problem("reranker none has no engine to measure, give another --reranker")
    if plan.entry.family != "setwise":
        raise Problem(
            f"reranker {plan.entry.name} is of the family {plan.entry.family}: only setwise models have sorts to "
            "choose among by what calls cost"
        )
    engine = engines.create(replace(plan.engine, cache=False))
    found = asyncio.run(measure(engine, plan))
    keep(plan.engine, found)
    return found


def keep(spec: EngineSpec, found: Costs) -> None:
    """Write the costs of one engine beside those of others."""
    place = paths.costs()
    try:
        costs = json.loads(place.read_bytes())
    except (OSError, ValueError):
        costs = {}
    whole = {**(costs if isinstance(costs, dict) else {}), key(spec): asdict(found)}
    place.parent.mkdir(parents=True, exist_ok=True)
    with replacing(place, "measured costs") as file:
        file.write(json.dumps(whole, indent=1) + "\n")


async def measure(engine: Engine, plan: Plan) -> Costs:
    """Ask calls of two sizes alone and some at once, after one that only warms; as searches ask them."""
    from .engines.protocol import Decoding

    assert plan.entry is not None
    assert plan.engine is not None
    entry = plan.entry
    decoding = Decoding(max_tokens=min(entry.max_tokens, 256), alternatives_after=None if plan.weighs else "<answer>")
    try:
        await engine.start()
        small, large = messages(entry, SMALL, 0), messages(entry, plan.docs_per_call, 0)
        await ask(engine, small, decoding)
        short, long = await ask(engine, small, decoding), await ask(engine, large, decoding)
        began = time.perf_counter()
        await asyncio.gather(
            *(ask(engine, messages(entry, SMALL, number), decoding) for number in range(1, BESIDE + 1))
        )
        together = time.perf_counter() - began
        room = engine.room >= ROOM
    finally:
        await engine.close()
    tells = plan.weighs or short.tells or long.tells
    token = max(0.0, (long.first - short.first) / max(1, long.tokens - short.tokens))
    written = (long.last - long.first) - (short.last - short.first)
    writing = max(0.0, written / max(1, plan.docs_per_call - SMALL))
    alone = max(0.001, short.last - token * short.tokens - SMALL * writing)
    beside = max(0.0, (together - short.last) / (BESIDE - 1) - token * short.tokens)
    return Costs(round(alone, 4), round(beside, 4), round(token, 7), room, tells, round(writing, 4))


def messages(entry: Entry, documents: int, first: int) -> tuple[Message, ...]:
    """Return a question about documents of the demo collection."""
    from .reranking import prompt

    rows = [json.loads(line) for line in (paths.DEMO / "corpus.jsonl").read_text("utf-8").splitlines()]
    texts = [rows[(7 * first + place) % len(rows)]["text"] for place in range(documents)]
    return prompt.load(entry.prompt).messages(QUERY, texts)


async def ask(engine: Engine, question: tuple[Message, ...], decoding: Decoding) -> Timing:
    """Ask one question, to its end."""
    start, first, tokens, tells = time.perf_counter(), 0.0, 0, False
    async with aclosing(engine.generate(question, decoding)) as chunks:
        async for chunk in chunks:
            first = first or time.perf_counter() - start
            tells = tells or bool(chunk.tokens)
            tokens = (chunk.usage.prompt_tokens or 0) if chunk.usage else tokens
    tokens = tokens or sum(len(turn.content) for turn in question) // 4
    return Timing(first, time.perf_counter() - start, tokens, tells)

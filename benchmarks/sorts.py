"""Sort strategies against a judge that takes the same time for every call: `python -m benchmarks.sorts`.

A real server on this machine answers over HTTP after 0.5 s, always right about which number is largest. So the
time of a search is its rounds, and nothing depends on how fast the machine is. `--guesses` measures the guessed chain
by how much the judge's likelihoods tell.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import re
from collections.abc import Mapping
from typing import Any

from rankr1_app.engines.openai import OpenAI
from rankr1_app.events import Candidate
from tests.doubles import Fixed
from tests.engines.server import ScriptedServer, Shares

from .common import STRATEGIES, Figures, Strategy, alone, asked, find, mean, measured, save

LATENCY = 0.5
SEEDS = 3
SIZES = ((20, 20), (50, 20), (100, 20), (20, 10), (50, 10), (100, 10))
"""Candidates, and documents a call."""
NOISE = 1.5
"""Standard deviation of the noise in a noisy judge's log-likelihoods; neighbours are half a unit apart."""


def numbers(messages: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Return each label with the number that its document holds."""
    return re.findall(r"^\[(\d+)\].*number (\d+)$", messages[1]["content"], re.MULTILINE)


def judge(messages: list[dict[str, str]]) -> str:
    """Names the document with the largest number."""
    texts = numbers(messages)
    label = max(texts, key=lambda text: int(text[1]))[0]
    return f"<think> [{label}] holds the largest number. </think>\n<answer>[{label}]</answer>"


def shares(messages: list[dict[str, str]]) -> dict[str, float]:
    """Return the probability of each label for a judge whose strengths are half a unit a number apart."""
    texts = numbers(messages)
    most = max(int(number) for _, number in texts)
    return normal({f"[{label}]": math.exp((int(number) - most) / 2) for label, number in texts})


def noisy(messages: list[dict[str, str]]) -> dict[str, float]:
    """Return the probability of each label, off by some factor that is the same whenever the same is asked."""
    dice = random.Random(messages[1]["content"])
    return normal({label: share * math.exp(dice.gauss(0, NOISE)) for label, share in shares(messages).items()})


def flat(messages: list[dict[str, str]]) -> dict[str, float]:
    """Return the same probability for each label."""
    return normal(dict.fromkeys(shares(messages), 1.0))


def normal(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights as parts of their sum."""
    return {label: weight / sum(weights.values()) for label, weight in weights.items()}


LIKELIHOODS: dict[str, Shares | None] = {"perfect": shares, "noisy": noisy, "flat": flat, "none": None}
"""Likelihoods of labels that a judge may tell beside its choice, which is always right."""


def first_stage(documents: int, seed: int) -> Fixed:
    """Numbers in an order that is good and not perfect."""
    dice = random.Random(seed)
    order = sorted(range(documents), key=lambda value: -value + dice.gauss(0, documents / 4))
    return Fixed(
        tuple(
            Candidate(id=f"d{value}", title="", text=f"number {value}", rank=rank, score=1.0 / rank)
            for rank, value in enumerate(order, 1)
        )
    )


async def search_all(server: ScriptedServer, documents: int, docs_per_call: int, k: int) -> list[dict[str, Any]]:
    """A row for each strategy."""
    rows: list[dict[str, Any]] = []
    for strategy in STRATEGIES:
        # The server always has room.
        if strategy.sort != "logits" and strategy.speculation is not None:
            found = await searched(server, strategy, documents, docs_per_call, k)
            rows.append(row(strategy.name, documents, docs_per_call, found, rows))
    return rows


async def guess_all(server: ScriptedServer, documents: int, docs_per_call: int, k: int) -> list[dict[str, Any]]:
    """A row for the published way, and one for the chain by all that the judge's likelihoods may tell."""
    published, chain = STRATEGIES[0], find("chain")
    first = await searched(server, published, documents, docs_per_call, k)
    rows = [row(published.name, documents, docs_per_call, first, [])]
    for name, server.shares in LIKELIHOODS.items():
        found = await searched(server, chain, documents, docs_per_call, k)
        rows.append(row(f"chain, {name} likelihoods", documents, docs_per_call, found, rows))
    return rows


async def searched(
    server: ScriptedServer, strategy: Strategy, documents: int, docs_per_call: int, k: int
) -> dict[str, float]:
    """Return the mean figures of `SEEDS` searches, whose lists must all be right."""
    found: list[Figures] = []
    for seed in range(SEEDS):
        engine = alone(strategy, OpenAI(server.base_url, "judge"), 128)
        what = asked(
            engine,
            first_stage(documents, seed),
            strategy,
            "largest",
            depth=documents,
            k=k,
            docs_per_call=docs_per_call,
        )
        figures = await measured(what, published=not strategy.at_once)
        right = [f"d{value}" for value in range(documents - 1, documents - 1 - k, -1)]
        if list(figures.ranking[:k]) != right:
            raise SystemExit(f"{strategy.name} ranked wrongly: {figures.ranking[:k]}")
        found.append(figures)
        await engine.close()
    return mean(found)


def row(
    name: str, documents: int, docs_per_call: int, found: dict[str, float], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """The figures beside those of the first row."""
    whole = rows[0]["list complete, s"] if rows else found["whole"]
    first = rows[0]["first rank, s"] if rows else found["first"]
    return {
        "candidates": documents,
        "a call": docs_per_call,
        "strategy": name,
        "calls": found["calls"],
        "rounds": found["rounds"],
        "rounds to the first rank": found["first_rounds"],
        "documents read": found["documents"],
        "first rank, s": found["first"],
        "list complete, s": found["whole"],
        "first, of published": found["first"] / first,
        "complete, of published": found["whole"] / whole,
    }


async def compare(guesses: bool) -> None:
    """Measure and keep."""
    rows: list[dict[str, Any]] = []
    with ScriptedServer(judge, latency=LATENCY, shares=shares) as server:
        for documents, docs_per_call in SIZES:
            rows += await (guess_all if guesses else search_all)(server, documents, docs_per_call, 10)
    if guesses:
        notes = [
            f"{LATENCY} s a call, top 10, {SEEDS} searches each, a judge who always chooses right. Noisy: its "
            f"log-likelihoods are off by {NOISE} as standard deviation, where neighbours are 0.5 apart. Flat: all "
            "labels alike. None: the server tells no likelihoods."
        ]
        return save("guesses", "python -m benchmarks.sorts --guesses", rows, notes)
    notes = [
        f"{LATENCY} s a call, top 10, {SEEDS} searches each, a perfect judge who tells how likely each label was: "
        "all find the same right list.",
        "The published code shows nothing before its end, so its first rank comes with its list.",
    ]
    save("sorts", "python -m benchmarks.sorts", rows, notes)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guesses", action="store_true", help="The guessed chain by what likelihoods tell.")
    asyncio.run(compare(parser.parse_args().guesses))

"""Measure orders of the documents inside a prompt, with the bundled model: `python -m benchmarks.orders`.

The same topics of each shared collection by heapsort as published, then by `--sort short-chain` without guesses, in the
orders that `--order` knows, many topics at once over one engine that forgets its cache between orders: how much of a
prompt was read before, and what it does to the list. Hybrid's candidates; a paired test against the published way.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from rankr1_app.engines.transformers import Transformers
from rankr1_app.reranking.shuffle import ORDERS

from .common import NANO, STRATEGIES, find, last, mean, ordered, save
from .logits import by_chance, search_all
from .model import collection, forget, forgetful, gains

PUBLISHED, CHAIN = STRATEGIES[1], find("short chain, without guesses")
COLLECTIONS = ("cacm", "nfcorpus", "scifact")


async def rows(engine: Any, name: str, topics: int, orders: Sequence[str]) -> list[dict[str, Any]]:
    """Return a row for the published way and one for each order."""
    found, base = list[dict[str, Any]](), dict[str, float]()
    for strategy in (PUBLISHED, *(ordered(CHAIN, order) for order in orders)):
        await forget(engine)
        figures, qrels = await search_all(engine, name, strategy, topics)
        scores = gains(qrels, {topic: each.ranking for topic, each in figures.items()})
        base, means = base or scores, mean(list(figures.values()))
        gap = [scores[topic] - base[topic] for topic in figures]
        compared = strategy.sort != PUBLISHED.sort
        found.append(
            {
                "collection": name,
                "topics": len(figures),
                "sort": strategy.sort,
                "order": strategy.order,
                "calls": means["calls"],
                "tokens read": means["prompt_tokens"],
                "of them cached": means["cached_tokens"] / means["prompt_tokens"],
                "unreadable": means["unreadable"] / means["calls"],
                "nDCG@10, hybrid": first_stage(name, topics, list(figures)),
                "nDCG@10": sum(scores.values()) / len(figures),
                "against heapsort": sum(gap) / len(gap) if compared else None,
                "p": by_chance(gap) if compared else None,
            }
        )
        print(found[-1], flush=True)
    return found


def first_stage(name: str, topics: int, judged: list[str]) -> float:
    """Return nDCG@10 of the candidates as they came."""
    retriever, queries, qrels = collection(name, topics)
    plain = gains(qrels, {topic: tuple(c.id for c in retriever.search(queries[topic], 20)) for topic in judged})
    return sum(plain.values()) / len(plain)


async def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, default=50)
    parser.add_argument("--collections", nargs="+", default=list(COLLECTIONS), choices=COLLECTIONS)
    parser.add_argument("--orders", nargs="+", default=list(ORDERS), choices=ORDERS)
    parser.add_argument("--engine", choices=("vllm", "transformers"), default="vllm")
    given = parser.parse_args()
    engine: Any = forgetful() if given.engine == "vllm" else Transformers(NANO.weights)
    await engine.start()
    try:
        for name in given.collections:
            keep(given.engine, name, await rows(engine, name, given.topics, given.orders))
    finally:
        await engine.close()


def keep(engine: str, name: str, found: list[dict[str, Any]]) -> None:
    """Keep the rows of one collection beside those of the others."""
    file = f"orders-{engine}"
    every = [row for each in COLLECTIONS for row in (found if each == name else last(file, each))]
    notes = ["20 candidates, top 10, heapsort of 10 documents a call; p is two-sided, of a paired randomisation test."]
    save(file, f"python -m benchmarks.orders {' '.join(sys.argv[1:])}".strip(), every, notes)


if __name__ == "__main__":
    asyncio.run(main())

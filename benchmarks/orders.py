"""Measure orders of the documents inside a prompt, with the bundled model: `python -m benchmarks.orders`.

The same topics of each shared collection by `--sort chain` without guesses, in every order that `--order` knows, many
topics at once over one engine that forgets its cache between orders: how much of a prompt was read before, and what it
does to the list. Hybrid's candidates; a paired test against the order that the model was trained with.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from rankr1_app.engines.transformers import Transformers
from rankr1_app.reranking.shuffle import ORDERS

from .common import NANO, STRATEGIES, mean, ordered, save
from .logits import by_chance, search_all
from .model import collection, forget, forgetful, gains

CHAIN = next(each for each in STRATEGIES if each.name == "chain, without guesses")
COLLECTIONS = ("cacm", "nfcorpus", "scifact")


async def rows(engine: Any, name: str, topics: int) -> list[dict[str, Any]]:
    """Return a row for each order."""
    found, scores = list[dict[str, Any]](), dict[str, dict[str, float]]()
    for order in (NANO.order, *(order for order in ORDERS if order != NANO.order)):
        await forget(engine)
        figures, qrels = await search_all(engine, name, ordered(CHAIN, order), topics)
        scores[order] = gains(qrels, {topic: each.ranking for topic, each in figures.items()})
        base, means = scores[NANO.order], mean(list(figures.values()))
        gap = [scores[order][topic] - base[topic] for topic in figures]
        found.append(
            {
                "collection": name,
                "topics": len(figures),
                "order": order,
                "calls": means["calls"],
                "tokens read": means["prompt_tokens"],
                "of them cached": means["cached_tokens"] / means["prompt_tokens"],
                "unreadable": means["unreadable"] / means["calls"],
                "nDCG@10, hybrid": first_stage(name, topics, list(figures)),
                "nDCG@10": sum(scores[order].values()) / len(figures),
                f"against {NANO.order}": None if order == NANO.order else sum(gap) / len(gap),
                "p": None if order == NANO.order else by_chance(gap),
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
    parser.add_argument("--engine", choices=("vllm", "transformers"), default="vllm")
    given = parser.parse_args()
    engine: Any = forgetful() if given.engine == "vllm" else Transformers(NANO.weights)
    await engine.start()
    try:
        found = [row for name in given.collections for row in await rows(engine, name, given.topics)]
    finally:
        await engine.close()
    notes = ["20 candidates, 10 a call, top 10; p is two-sided, of a paired randomisation test over the topics."]
    save(f"orders-{given.engine}", f"python -m benchmarks.orders {' '.join(sys.argv[1:])}".strip(), found, notes)


if __name__ == "__main__":
    asyncio.run(main())

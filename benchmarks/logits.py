"""Order from one answer against full selection, with the bundled model: `python -m benchmarks.logits`.

The same topics of each shared collection by `--sort tournament` and `--sort logits`, many topics at once over one
`vllm serve`; nDCG@10 beside hybrid's own, and a paired test between the two sorts.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from typing import Any

from .common import STRATEGIES, Figures, Strategy, alone, asked, mean, measured, save
from .model import collection, forgetful, gains

LOGITS = STRATEGIES[-1]
FULL = STRATEGIES[2]
FLIPS = 10_000


async def search_all(engine: Any, name: str, strategy: Strategy, topics: int) -> tuple[dict[str, Figures], Any]:
    """The figures of every topic, and the qrels."""
    retriever, queries, qrels = collection(name, topics)
    alone(strategy, engine, 32)
    lane = asyncio.Semaphore(16)

    async def one(query: str) -> Figures:
        async with lane:
            return await measured(asked(engine, retriever, strategy, query, depth=20, k=10, docs_per_call=10))

    judged = {topic: query for topic, query in queries.items() if topic in qrels}
    found = await asyncio.gather(*(one(query) for query in judged.values()))
    return dict(zip(judged, found, strict=True)), qrels


def by_chance(differences: list[float]) -> float:
    """Two-sided p of a paired randomisation test: how often random signs give as large a mean."""
    dice = random.Random(929)
    seen = abs(sum(differences))
    larger = sum(abs(sum(dice.choice((-d, d)) for d in differences)) >= seen - 1e-12 for _ in range(FLIPS))
    return (larger + 1) / (FLIPS + 1)


async def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, default=20)
    given = parser.parse_args()
    engine, rows = forgetful(), list[dict[str, Any]]()
    await engine.start()
    try:
        for name in ("scifact", "nfcorpus", "cacm"):
            full, qrels = await search_all(engine, name, FULL, given.topics)
            once, _ = await search_all(engine, name, LOGITS, given.topics)
            scores = {
                what: gains(qrels, {t: f.ranking for t, f in found.items()})
                for what, found in (("full", full), ("once", once))
            }
            retriever, queries, _ = collection(name, given.topics)
            plain = gains(qrels, {t: tuple(c.id for c in retriever.search(queries[t], 20)) for t in full})
            rows.append(
                {
                    "collection": name,
                    "topics": len(full),
                    "calls, tournament": mean(list(full.values()))["calls"],
                    "calls, logits": mean(list(once.values()))["calls"],
                    "nDCG@10, hybrid": sum(plain.values()) / len(plain),
                    "nDCG@10, tournament": sum(scores["full"].values()) / len(full),
                    "nDCG@10, logits": sum(scores["once"].values()) / len(once),
                    "p": by_chance([scores["once"][topic] - scores["full"][topic] for topic in full]),
                }
            )
            print(rows[-1], flush=True)
    finally:
        await engine.close()
    notes = ["20 candidates, 10 a call, top 10. p is two-sided, of a paired randomisation test between the two sorts."]
    save("logits", f"python -m benchmarks.logits --topics {given.topics}", rows, notes)


if __name__ == "__main__":
    asyncio.run(main())

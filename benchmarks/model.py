"""Sort strategies with the bundled model behind a real `vllm serve`: `python -m benchmarks.model`.

Hybrid's candidates for topics of scifact, reranked by each strategy in turn over one server, topic by topic, so that a
machine that slows down slows all of them. nDCG@10 is over these topics. `--engine transformers` measures the engine in
process.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx

from rankr1_app.engines.protocol import Engine
from rankr1_app.engines.transformers import Transformers
from rankr1_app.engines.vllm import VLLM
from rankr1_app.retrieval import hybrid
from rankr1_app.retrieval.protocol import Retriever
from rankr1_app.retrieval.qrels import read_qrels
from rankr1_app.retrieval.topics import read_topics

from .common import COLLECTIONS, NANO, STRATEGIES, Figures, Strategy, alone, asked, find, mean, measured, save
from .retrieval import prepared

COMPARED = (
    STRATEGIES[0],
    *(find(name) for name in ("tournament", "chain, as there is room", "short chain, as there is room", "logits")),
)
"""The published way, what `--sort auto` chooses among, and the order of one reasoning alone; all others are compared by
`benchmarks.sorts`."""
CONCURRENCY = {"vllm": 64, "transformers": 8}


def collection(name: str, topics: int) -> tuple[Retriever, dict[str, str], dict[str, dict[str, int]]]:
    """Return hybrid over a shared collection, some of its topics, and its qrels."""
    folder = COLLECTIONS / name
    every = read_topics(folder / "topics.tsv")
    chosen = random.Random(929).sample(sorted(every), min(topics, len(every)))
    return (
        hybrid.open_index(prepared(name)),
        {topic: every[topic] for topic in chosen},
        read_qrels(folder / "qrels.txt"),
    )


def gains(qrels: dict[str, dict[str, int]], rankings: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """nDCG@10 of every topic, by ir-measures."""
    import ir_measures

    run = {
        topic: {document: -float(rank) for rank, document in enumerate(ranking)} for topic, ranking in rankings.items()
    }
    judged = {topic: qrels[topic] for topic in rankings}
    return {each.query_id: float(each.value) for each in ir_measures.iter_calc([ir_measures.nDCG @ 10], judged, run)}


async def compare(
    engine: Engine, kind: str, name: str, topics: int, depth: int, docs_per_call: int, strategies: tuple[Strategy, ...]
) -> list[dict[str, Any]]:
    """A row for each strategy."""
    retriever, queries, qrels = collection(name, topics)
    found: dict[str, dict[str, Figures]] = defaultdict(dict)
    for topic, query in queries.items():
        for strategy in strategies:
            what = asked(
                alone(strategy, engine, CONCURRENCY[kind]),
                retriever,
                strategy,
                query,
                depth=depth,
                k=10,
                docs_per_call=docs_per_call,
                weighs=NANO.weighs,
            )
            await forget(engine)
            found[strategy.name][topic] = await measured(what, published=not strategy.at_once)
            print(".", end="", flush=True)
    print()
    base = mean(list(found[strategies[0].name].values()))
    rows = []
    for strategy in strategies:
        figures = mean(list(found[strategy.name].values()))
        scores = gains(qrels, {topic: each.ranking for topic, each in found[strategy.name].items()})
        rows.append(
            {
                "candidates": depth,
                "a call": docs_per_call,
                "strategy": strategy.name,
                "calls": figures["calls"],
                "rounds": figures["rounds"],
                "tokens read": figures["prompt_tokens"],
                "of them cached": figures["cached_tokens"],
                "written": figures["completion_tokens"],
                "first rank, s": figures["first"],
                "list complete, s": figures["whole"],
                "first, of published": figures["first"] / base["first"],
                "complete, of published": figures["whole"] / base["whole"],
                "unreadable": figures["unreadable"] / figures["calls"],
                "nDCG@10": sum(scores.values()) / len(scores),
            }
        )
    return rows


async def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=list(CONCURRENCY), default="vllm")
    parser.add_argument("--collection", default="scifact")
    parser.add_argument("--topics", type=int, default=10)
    parser.add_argument("--depth", type=int, default=20)
    given = parser.parse_args()
    engine: Any = forgetful() if given.engine == "vllm" else Transformers(NANO.weights)
    await engine.start()
    try:
        rows = await compare(engine, given.engine, given.collection, given.topics, given.depth, 10, COMPARED)
    finally:
        await engine.close()
    notes = [
        f"{given.topics} topics of {given.collection}, top 10, one server that forgets its cache between searches."
    ]
    save(f"model-{given.engine}-{given.depth}", f"python -m benchmarks.model {' '.join(sys.argv[1:])}", rows, notes)


def forgetful() -> VLLM:
    """A server that can forget what it read, so that no strategy reads what another one sent."""
    os.environ["VLLM_SERVER_DEV_MODE"] = "1"
    return VLLM(NANO.weights)


async def forget(engine: Any) -> None:
    """Empties the cache of prefixes, that of an engine in process by starting it anew."""
    if isinstance(engine, Transformers):
        await engine.close()
        await engine.start()
    if isinstance(engine, VLLM) and engine.client is not None:
        async with httpx.AsyncClient(trust_env=False) as client:
            root = engine.client.base_url.removesuffix("/v1")
            (await client.post(f"{root}/reset_prefix_cache")).raise_for_status()


if __name__ == "__main__":
    if not Path(COLLECTIONS).is_dir():
        raise SystemExit(f"the shared collections are not in {COLLECTIONS}")
    asyncio.run(main())

"""Measure the bundled model by two forward passes, Transformers' and our own: `python -m benchmarks.forward`.

Topics of the demo collection, hybrid's candidates, the default sort, each search by both in turns over engines that
stay open, one discarded first. Seconds of the processor count, since other work may share the machine. Both compute in
fp32, also on a processor that multiplies in bf16, where our own is not taken.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from typing import Any

from rankr1_app import paths
from rankr1_app.engines import transformers
from rankr1_app.engines.transformers import Transformers
from rankr1_app.retrieval import hybrid
from rankr1_app.retrieval.topics import read_topics

from .common import NANO, STRATEGIES, asked, measured, save
from .retrieval import prepared

CHAIN = next(each for each in STRATEGIES if each.name == "chain, as there is room")


async def opened(quick: bool) -> Transformers:
    """Return the engine, started, with Transformers' own forward pass or the quick one."""
    found, swap, native = Transformers(NANO.weights), transformers.quick, transformers.native_bfloat16
    transformers.quick = swap if quick else lambda model: model
    transformers.native_bfloat16 = lambda: False
    try:
        await found.start()
    finally:
        transformers.quick, transformers.native_bfloat16 = swap, native
    return found


async def main() -> None:
    """Measure and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--topics", type=int, default=5)
    given = parser.parse_args()
    retriever = hybrid.open_index(prepared("demo"))
    queries = list(read_topics(paths.DEMO / "topics.tsv").values())[: given.topics + 1]
    engines = {"Transformers": await opened(False), "our own": await opened(True)}
    taken: dict[str, list[Any]] = {name: [] for name in engines}
    for query in queries:
        for name, engine in engines.items():
            began = time.process_time()
            what = asked(engine, retriever, CHAIN, query, depth=20, k=10, docs_per_call=10, weighs=NANO.weighs)
            found = await measured(what)
            taken[name].append((time.process_time() - began, found))
    for engine in engines.values():
        await engine.close()
    base, own = (each[1:] for each in taken.values())
    same = sum(one.ranking == other.ranking for (_, one), (_, other) in zip(base, own, strict=True))
    rows = [row(name, each[1:], base) for name, each in taken.items()]
    notes = [f"{given.topics} topics of the demo collection, medians; {same} of {given.topics} lists are the same."]
    save("forward", f"python -m benchmarks.forward {' '.join(sys.argv[1:])}".strip(), rows, notes)


def row(name: str, found: list[Any], base: list[Any]) -> dict[str, Any]:
    """Return the medians of one forward pass."""

    def median(of: list[Any], what: str) -> float:
        return float(statistics.median(seconds if what == "cpu" else getattr(each, what) for seconds, each in of))

    return {
        "forward pass": name,
        "calls": median(found, "calls"),
        "first rank, s": median(found, "first"),
        "list complete, s": median(found, "whole"),
        "processor, s": median(found, "cpu"),
        "processor, of Transformers": median(found, "cpu") / median(base, "cpu"),
    }


if __name__ == "__main__":
    asyncio.run(main())

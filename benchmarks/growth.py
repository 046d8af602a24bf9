"""How time grows: `python -m benchmarks.growth`.

With the candidates of a search (a judge of fixed latency), with the documents of an index (synthetic texts), and with
the people who search at once (the whole app over HTTP, before a model server of fixed latency).
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from rankr1_app.engines.openai import OpenAI
from rankr1_app.retrieval import indexes
from rankr1_app.retrieval.bm25 import open_index
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from tests.engines.server import ScriptedServer
from tests.serving import served

from .common import STRATEGIES, alone, asked, measured, save
from .sorts import first_stage, judge

LATENCY = 0.2


async def candidates() -> list[dict[str, Any]]:
    """Top 10, 20 a call, of ever more candidates."""
    rows = []
    with ScriptedServer(judge, latency=LATENCY) as server:
        for depth in (20, 50, 100, 200, 500):
            for strategy in (STRATEGIES[0], STRATEGIES[3]):
                engine = alone(strategy, OpenAI(server.base_url, "judge"), 128)
                what = asked(engine, first_stage(depth, 1), strategy, "largest", depth=depth, k=10, docs_per_call=20)
                found = await measured(what, published=not strategy.at_once)
                await engine.close()
                line = {"candidates": depth, "strategy": strategy.name, "calls": found.calls, "rounds": found.rounds}
                rows.append(line | {"first rank, s": found.first, "list complete, s": found.whole})
    return rows


def texts(documents: int) -> Iterator[str]:
    """Documents of 60 words out of 50,000, the frequent ones often."""
    dice = random.Random(1)
    words = [f"w{n}" for n in range(50_000)]
    weights = [1 / (n + 10) for n in range(50_000)]
    cumulative = [sum(weights[:1])]
    for weight in weights[1:]:
        cumulative.append(cumulative[-1] + weight)
    for number in range(documents):
        text = " ".join(dice.choices(words, cum_weights=cumulative, k=60))
        yield json.dumps({"id": f"d{number}", "text": text})


def documents() -> list[dict[str, Any]]:
    """Building and searching an index of ever more documents."""
    rows = []
    for size in (1_000, 10_000, 100_000, 500_000):
        with tempfile.TemporaryDirectory() as folder:
            corpus = Path(folder) / "corpus.jsonl"
            with corpus.open("w") as file:
                file.writelines(line + "\n" for line in texts(size))
            os.environ["RANKR1_HOME"] = folder
            began = time.perf_counter()
            indexes.build(corpus, "synthetic")
            built = time.perf_counter() - began
            began = time.perf_counter()
            searcher = open_index("synthetic")
            opened = time.perf_counter() - began
            dice, spent = random.Random(2), []
            for _ in range(200):
                query = " ".join(f"w{min(int(dice.expovariate(1 / 800)), 49_999)}" for _ in range(5))
                began = time.perf_counter()
                searcher.search(query, 20)
                spent.append(1000 * (time.perf_counter() - began))
        line = {"documents": size, "to build, s": built, "documents/s": size / built, "to open, s": opened}
        rows.append(line | {"a search, ms": statistics.median(spent), "slowest of 200, ms": max(spent)})
    return rows


async def visit(client: httpx.AsyncClient, url: str, query: str) -> tuple[float, float, float]:
    """One visitor's search: seconds to the list, the first rank, and the end."""
    began = time.perf_counter()
    listed = first = 0.0
    body = {"query": query, "depth": 20, "k": 5}
    async with client.stream("POST", f"{url}api/search", json=body, timeout=600) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            kind = json.loads(line)["type"] if line.strip() else ""
            if kind == "retrieved":
                listed = time.perf_counter() - began
            elif kind == "rank_settled" and not first:
                first = time.perf_counter() - began
            elif kind == "search_failed":
                raise SystemExit(f"a search failed: {line}")
    return listed, first, time.perf_counter() - began


async def people(url: str, queries: list[str]) -> list[dict[str, Any]]:
    """Ever more visitors at the same moment, each with a query of their own."""
    rows = []
    async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=None)) as client:
        await visit(client, url, queries[0])
        for crowd in (1, 5, 10, 25, 50):
            found = await asyncio.gather(*(visit(client, url, f"{queries[n % 40]} {crowd}") for n in range(crowd)))
            listed, first, whole = (statistics.median(column) for column in zip(*found, strict=True))
            slowest = max(each[2] for each in found)
            line = {"people": crowd, "list, s": listed, "first rank, s": first}
            rows.append(line | {"list complete, s": whole, "slowest, s": slowest})
    return rows


def crowds() -> list[dict[str, Any]]:
    """The app on the demo collection before a server that answers `[1]` after a while."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RANKR1_HOME"] = folder
        with ScriptedServer(lambda _: "<think> [1] fits. </think>\n<answer>[1]</answer>", latency=LATENCY) as server:
            settings = Settings(base_url=server.base_url, model="judge", concurrency=64, cache=False)
            with served(Service(settings)) as url:
                topics = Path("indexes/demo/topics.tsv").read_text("utf-8").splitlines()
                return asyncio.run(people(url, [line.split("\t", 1)[1] for line in topics]))


if __name__ == "__main__":
    note = f"A judge that takes {LATENCY} s a call; top 10, 20 a call."
    save("candidates", "python -m benchmarks.growth", asyncio.run(candidates()), [note])
    save(
        "people",
        "python -m benchmarks.growth",
        crowds(),
        [f"A judge that takes {LATENCY} s a call, 64 at once; top 5 of 20."],
    )
    save("documents", "python -m benchmarks.growth", documents(), ["Synthetic texts of 60 words, queries of 5 words."])

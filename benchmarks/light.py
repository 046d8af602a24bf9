"""What the app costs where no model is asked: `python -m benchmarks.light`.

Start of the command line against a bare interpreter, the page against its own import of Gradio, the pipeline's cost
of one event, and BM25 against bare Pyserini on the same index. Each pair is measured turn by turn.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from rankr1_app.retrieval import indexes
from rankr1_app.retrieval.bm25 import open_index
from rankr1_app.retrieval.topics import read_topics
from tests.doubles import Fixed, Scripted, candidates
from tests.engines.server import ScriptedServer

from .common import COLLECTIONS, STRATEGIES, asked, save


def timed(what: Callable[[], object]) -> float:
    """Seconds it takes."""
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


def command(*words: str) -> Callable[[], object]:
    """Run a command of this interpreter."""
    return lambda: subprocess.run([sys.executable, *words], check=True, capture_output=True)


def row(what: str, ours: float, bare: float | None = None, against: str = "", unit: str = "s") -> dict[str, Any]:
    """A line of the table."""
    return {"what": what, "ours": ours, "unit": unit, "against": against, "theirs": bare, "ratio": bare and ours / bare}


def start() -> list[dict[str, Any]]:
    """`rankr1 --help` and a bare interpreter, in turns."""
    pairs = [(timed(command("-m", "rankr1_app", "--help")), timed(command("-c", "pass"))) for _ in range(15)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    return [row("`rankr1 --help`", ours, bare, "`python -c pass`")]


def page() -> list[dict[str, Any]]:
    """From the command to the page's first answer, and Gradio's bare import."""
    found = []
    for port in (7961, 7962, 7963):
        began = time.perf_counter()
        with (
            tempfile.TemporaryDirectory() as home,
            subprocess.Popen(
                [sys.executable, "-m", "rankr1_app", "serve", "--port", str(port)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"RANKR1_HOME": home},
            ) as process,
        ):
            while not answers(f"http://127.0.0.1:{port}/"):
                time.sleep(0.02)
            ours = time.perf_counter() - began
            process.terminate()
        found.append((ours, timed(command("-c", "import gradio"))))
    ours, bare = (statistics.median(column) for column in zip(*found, strict=True))
    return [row("page up, nothing opened before", ours, bare, "`import gradio`")]


def first_call() -> list[dict[str, Any]]:
    """Time `rankr1 rerank` until its first question at a server, with Lucene and with candidates given as a run."""
    sources = {
        "with BM25": ["--index=demo", "--retriever=bm25"],
        "with a run": ["--run=in.run", "--corpus=corpus.jsonl"],
    }
    rows = []
    for name, source in sources.items():
        seconds = statistics.median(until_first_call(source) for _ in range(5))
        rows.append(
            row(
                f"`rankr1 rerank` to its first call, {name}",
                seconds,
                timed(command("-c", "import httpx")),
                "`import httpx`",
            )
        )
    return rows


def until_first_call(source: list[str]) -> float:
    """Return the seconds until a scripted server is asked."""
    moments: list[float] = []

    def fault(number: int) -> str:
        moments.append(time.perf_counter())
        return ""

    with (
        tempfile.TemporaryDirectory() as folder,
        ScriptedServer(lambda _: "<answer>[1]</answer>", fault=fault) as server,
    ):
        place = Path(folder)
        (place / "topics.tsv").write_text("q1\twhy does bread dough rise\n")
        rows = [{"id": f"d{number}", "text": f"Bread rises {number} times."} for number in range(20)]
        (place / "corpus.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
        (place / "in.run").write_text(
            "".join(f"q1 Q0 d{number} {number + 1} {20 - number} in\n" for number in range(20))
        )
        words = [
            "rerank",
            "--topics=topics.tsv",
            "--output=out.run",
            "--no-cache",
            "--reranker=rank-r1-7b-v0.1",
            *source,
        ]
        words += ["--engine=openai", f"--base-url={server.base_url}", "--model=judge"]
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "rankr1_app", *words], check=True, capture_output=True, cwd=folder)
    return moments[0] - began


def answers(url: str) -> bool:
    """Whether the page is there."""
    try:
        return httpx.get(url, timeout=30, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def pipeline() -> list[dict[str, Any]]:
    """Seconds for each event of a search whose model takes no time but says much."""

    async def go() -> tuple[int, float]:
        from rankr1_app.pipeline import search

        text = "<think> [1] holds the largest number. " + "It is a large number indeed. " * 200
        engine = Scripted(judge=lambda texts: f"{text}</think>\n<answer>[1]</answer>")
        what = asked(engine, Fixed(candidates(range(100))), STRATEGIES[2], "largest", depth=100, k=10, docs_per_call=20)
        began, events = time.perf_counter(), 0
        async for _ in search(what):
            events += 1
        return events, time.perf_counter() - began

    best = min((seconds / events, events) for events, seconds in (asyncio.run(go()) for _ in range(5)))
    return [row(f"pipeline, one of {best[1]:,} events", best[0] * 1e6, unit="µs")]


def bm25() -> list[dict[str, Any]]:
    """Three hundred topics of scifact, depth 20, against bare Pyserini with id, score and stored text read."""
    name = "scifact"
    if name not in {info.name for info in indexes.listed()}:
        indexes.build(COLLECTIONS / name / "corpus.jsonl", name)
    ours = open_index(name)
    # After ours has started Java: Pyserini joins the machine that runs.
    # Its import makes an OpenAI client, which asks for a key.
    os.environ.setdefault("OPENAI_API_KEY", "none")
    from pyserini.search.lucene import LuceneSearcher

    bare = LuceneSearcher(str(indexes.show(name).lucene))
    bare.set_bm25(0.9, 0.4)
    queries = list(read_topics(COLLECTIONS / name / "topics.tsv").values())

    def pyserini() -> None:
        for query in queries:
            for hit in bare.search(query, 20):
                (hit.docid, float(hit.score), json.loads(hit.lucene_document.get("raw")))

    def app() -> None:
        for query in queries:
            ours.search(query, 20)

    pyserini()
    app()
    pairs = [(timed(app), timed(pyserini)) for _ in range(7)]
    mine, theirs = (statistics.median(column) / len(queries) * 1000 for column in zip(*pairs, strict=True))
    return [row("BM25, a query of scifact, 20 documents with texts", mine, theirs, "bare Pyserini", "ms")]


if __name__ == "__main__":
    if not Path(COLLECTIONS).is_dir():
        raise SystemExit(f"the shared collections are not in {COLLECTIONS}")
    save("light", "python -m benchmarks.light", [*start(), *first_call(), *page(), *pipeline(), *bm25()])

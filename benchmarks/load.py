"""Whether the page answers while it is busy: `python -m benchmarks.load`.

A server of its own on this machine, over a scripted model. For half a minute 50 people search, one of them with the
largest settings there are, one reckons the largest settings, one sends a request a byte at a time, and one opens an
index for the first time. Meanwhile a process of its own asks `/healthz` every 30 ms.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from rankr1_app.events import Message
from rankr1_app.retrieval import indexes
from tests.doubles import best, shown
from tests.engines.server import ScriptedServer

from .common import table

PEOPLE, SECONDS, PORT = 50, 30.0, 7977
PROBE = """
import http.client, json, sys, time
until, took = time.time() + float(sys.argv[2]), []
while time.time() < until:
    began = time.perf_counter()
    there = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=30)
    there.request("GET", "/healthz")
    assert there.getresponse().status == 200
    there.close()
    took.append(time.perf_counter() - began)
    time.sleep(0.03)
print(json.dumps(sorted(took)))
"""
LARGEST = {"depth": 1000, "k": 299, "docs_per_call": 2}


def answer(messages: list[dict[str, str]]) -> str:
    """Name the document with the largest number."""
    return best(shown([Message(role="user", content=each["content"]) for each in messages]))


async def people(http: httpx.AsyncClient, until: float, done: list[int]) -> None:
    """Search again and again."""

    async def one(number: int) -> None:
        while time.time() < until:
            asked = {"query": f"number {number} of {len(done)}", "depth": 20, "k": 3}
            async with http.stream("POST", "/api/search", json=asked) as response:
                lines = [line async for line in response.aiter_lines()]
            end = json.loads([line for line in lines if line][-1])
            if end["type"] != "search_finished":
                print(f"search {number} did not finish: {end}", file=sys.stderr)
            done.append(end["type"] == "search_finished")

    await asyncio.gather(*(one(number) for number in range(PEOPLE)))


async def largest(http: httpx.AsyncClient, until: float) -> None:
    """Search and reckon with the largest settings."""
    while time.time() < until:
        await http.post("/api/estimate", json={**LARGEST, "k": 1000})
        with suppress(TimeoutError):
            async with asyncio.timeout(until - time.time()):
                await http.post("/api/search", json={"query": "number", **LARGEST})


async def slowly(until: float) -> None:
    """Send a request a byte at a time, again when it is refused."""
    while time.time() < until:
        _, out = await asyncio.open_connection("127.0.0.1", PORT)
        with suppress(OSError):
            out.write(b"POST /v1/rerank HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
            out.write(b"Content-Length: 1000000\r\n\r\n")
            while time.time() < until:
                out.write(b"[")
                await out.drain()
                await asyncio.sleep(0.1)
        out.close()


async def first(http: httpx.AsyncClient, until: float) -> None:
    """Open an index that nobody has asked for."""
    await asyncio.sleep(3)
    await http.post("/api/search", json={"query": "number", "index": "unopened", "reranker": "none"})


async def load(until: float) -> list[int]:
    """Do all of it at once."""
    done: list[int] = []
    limits = httpx.Limits(max_connections=200)
    base = f"http://127.0.0.1:{PORT}"
    async with httpx.AsyncClient(base_url=base, timeout=120, limits=limits, trust_env=False) as http:
        await asyncio.gather(people(http, until, done), largest(http, until), slowly(until), first(http, until))
    return done


def prepared(folder: Path) -> None:
    """Build two indexes of 1,200 documents."""
    corpus = folder / "numbers.jsonl"
    text = "number and many other words of a long document "
    corpus.write_text("".join(json.dumps({"id": f"d{n}", "text": text * 6 + str(n)}) + "\n" for n in range(1200)))
    for name in ("numbers", "unopened"):
        indexes.build(corpus, name)


def waited(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    until = time.time() + 300
    while not condition():
        assert time.time() < until
        time.sleep(0.1)


def ready() -> bool:
    """Tell whether the server is."""
    with suppress(httpx.HTTPError):
        return bool(httpx.get(f"http://127.0.0.1:{PORT}/readyz", timeout=10, trust_env=False).json()["index"] == "ok")
    return False


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home, ScriptedServer(answer, pause=0.01) as model:
        os.environ["RANKR1_HOME"] = home
        prepared(Path(home))
        options = ["--index", "numbers", "--base-url", model.base_url, "--model", "judge", "--port", str(PORT)]
        with subprocess.Popen([sys.executable, "-m", "rankr1_app", "serve", *options]) as server:
            try:
                waited(ready)
                print(table(measured()))
            finally:
                server.terminate()


def measured() -> list[dict[str, Any]]:
    """Return the figures."""
    until = time.time() + SECONDS
    probe = [sys.executable, "-c", PROBE, str(PORT), str(SECONDS)]
    with subprocess.Popen(probe, stdout=subprocess.PIPE) as probing:
        done = asyncio.run(load(until))
        assert probing.stdout
        took = json.loads(probing.stdout.read())

    def at(share: float) -> float:
        return float(round(1000 * took[min(len(took) - 1, int(share * len(took)))], 1))

    return [
        {"what": "searches finished", "value": sum(done), "unit": ""},
        {"what": "searches lost", "value": len(done) - sum(done), "unit": ""},
        {"what": "`/healthz`, median", "value": at(0.5), "unit": "ms"},
        {"what": "`/healthz`, 99th percentile", "value": at(0.99), "unit": "ms"},
        {"what": "`/healthz`, longest", "value": at(1), "unit": "ms"},
    ]


if __name__ == "__main__":
    main()

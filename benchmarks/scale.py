"""Scale on one machine: `python -m benchmarks.scale [DOCUMENTS ...]`.

Indexes of ever more synthetic passages: what building takes, what lies on the disk and in memory, and how long searches
take, one at a time and sixteen at once, by words, by vectors and by both. Vectors are drawn around seeded centres, not
encoded; queries are encoded as ever. Each first stage is measured in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy

from rankr1_app.retrieval import bm25, dense, encoders, hybrid, indexes, vectors
from rankr1_app.retrieval.encoders import Entry, Role
from rankr1_app.retrieval.indexes import IndexInfo
from rankr1_app.retrieval.protocol import Retriever

from .common import save
from .growth import texts

if TYPE_CHECKING:
    from rankr1_app.retrieval.encoders import Vectors

SIZES = (1_000, 10_000, 100_000)
CENTRES = 1_000
SEARCHES, THREADS, DEPTH = 32, 16, 20
OPEN: dict[str, Callable[[str], Retriever]] = {
    "BM25": bm25.open_index,
    "vectors": dense.open_index,
    "hybrid": hybrid.open_index,
}


@dataclass
class Drawn:
    """Stands in for the encoder of the product where passages are encoded: vectors around seeded centres."""

    entry: Entry = field(default_factory=lambda: encoders.entry(encoders.DEFAULT))
    lanes: int = 1
    place: str = "a generator"

    def __post_init__(self) -> None:
        self.dice = numpy.random.default_rng(929)
        self.centres = self.dice.standard_normal((CENTRES, self.entry.dimension), dtype=numpy.float32)

    def start(self) -> None:
        """Be ready."""

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Draw a unit vector for each text."""
        noise = self.dice.standard_normal((len(texts), self.entry.dimension), dtype=numpy.float32)
        found = self.centres[self.dice.integers(0, CENTRES, len(texts))] + 0.7 * noise
        whole: Vectors = found / numpy.linalg.norm(found, axis=1, keepdims=True)
        return whole

    def cut(self, texts: Sequence[str]) -> int:
        """Cut nothing."""
        return 0


def size_of(folder: Path) -> float:
    """Return the megabytes of a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def queries() -> list[str]:
    """Return queries of five words, the frequent ones often."""
    dice = random.Random(2)
    return [" ".join(f"w{min(int(dice.expovariate(1 / 800)), 49_999)}" for _ in range(5)) for _ in range(SEARCHES)]


def timed(retriever: Retriever, query: str) -> float:
    """Return the milliseconds of a search."""
    began = time.perf_counter()
    retriever.search(query, DEPTH)
    return 1000 * (time.perf_counter() - began)


def searched(kind: str, index: str) -> dict[str, Any]:
    """Open a first stage and search; runs in a process of its own, whose memory is told."""
    retriever = OPEN[kind](index)
    for query in queries()[:8]:
        timed(retriever, f"{query} warm")
    alone = [timed(retriever, query) for query in queries()]
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        at_once = list(
            threads.map(
                lambda number: timed(retriever, f"{queries()[number % SEARCHES]} {number}"), range(2 * SEARCHES)
            )
        )
    taken = time.perf_counter() - began
    resident = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return {
        "memory, MB": int(resident.split()[1]) / 1000,
        "1 at a time, ms": statistics.median(alone),
        f"slowest of {SEARCHES}, ms": max(alone),
        f"{THREADS} at once, ms": statistics.median(at_once),
        f"searches/s, {THREADS} at once": len(at_once) / taken,
    }


def apart(kind: str, index: str) -> dict[str, Any]:
    """Measure a first stage in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(searched, (kind, index))


def with_lists(info: IndexInfo) -> IndexInfo:
    """Give the vectors of an index lists, as one of more than 200,000 has them."""
    assert info.vectors is not None
    place = Path(info.folder)
    lists = vectors.make_lists(
        place / info.vectors.folder, info.documents, encoders.entry(encoders.DEFAULT).dimension, 0
    )
    return vectors.commit(info, replace(info.vectors, lists=lists, probes=min(vectors.PROBES, lists)))


def nearest(info: IndexInfo, asked: Vectors) -> list[set[int]]:
    """Return the numbers of the ten nearest documents for each vector."""
    found = vectors.searcher(info)
    return [{number for number, _ in found.nearest(vector, 10)} for vector in asked]


def rows(size: int) -> Iterator[dict[str, Any]]:
    """Yield what one size comes to, a row for each first stage."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        corpus = Path(folder) / "corpus.jsonl"
        with corpus.open("w") as file:
            file.writelines(line + "\n" for line in texts(size))
        began = time.perf_counter()
        info = indexes.build(corpus, "scale", Path(folder) / "indexes")[0]
        words = time.perf_counter() - began
        corpus.unlink()
        on_disk = size_of(Path(info.folder))
        yield row(size, "BM25", words, on_disk, apart("BM25", info.folder))

        began = time.perf_counter()
        info = vectors.build(info, Drawn(), flat=size)
        drawn = time.perf_counter() - began
        flat = size_of(Path(info.folder)) - on_disk
        yield row(size, "vectors, all compared", drawn, flat, apart("vectors", info.folder))
        asked = Drawn().embed([""] * SEARCHES, "query")
        truth = nearest(info, asked)
        if size <= vectors.FLAT:
            yield row(size, "hybrid", words + drawn, on_disk + flat, apart("hybrid", info.folder))

        began = time.perf_counter()
        info = with_lists(info)
        lists = time.perf_counter() - began
        more = size_of(Path(info.folder)) - on_disk
        found = {
            "recall@10": statistics.mean(len(a & b) / 10 for a, b in zip(truth, nearest(info, asked), strict=True))
        }
        yield row(size, "vectors, 16 nearest lists", drawn + lists, more, apart("vectors", info.folder) | found)
        if size > vectors.FLAT:
            yield row(size, "hybrid", words + drawn + lists, on_disk + more, apart("hybrid", info.folder))


def row(size: int, kind: str, built: float, on_disk: float, measured: dict[str, Any]) -> dict[str, Any]:
    """Return a row, and print it."""
    line = {
        "documents": size,
        "strategy": kind,
        "to build, s": built,
        "on disk, MB": on_disk,
        "recall@10": None,
        **measured,
    }
    print({name: round(value, 3) if isinstance(value, float) else value for name, value in line.items()}, flush=True)
    return line


def main() -> None:
    """Measure the sizes that are asked for."""
    sizes = [int(size.replace(",", "")) for size in sys.argv[1:]] or list(SIZES)
    load = f"{os.getloadavg()[0]:.1f}"
    found = [each for size in sizes for each in rows(size)]
    notes = [
        f"Passages of 60 words, queries of 5 words; vectors of 384 numbers drawn around {CENTRES:,} seeded centres, so "
        "that building does not include encoding (16 passages a second on two cores); queries are encoded, but for "
        "recall@10, of which they are drawn too. To build by "
        "vectors is to read the texts and write the vectors, and lists where there are some.",
        f"Top {DEPTH}; the median of {SEARCHES} searches, and of {2 * SEARCHES} by {THREADS} threads. Memory is the "
        "resident set of a process with the index open: Java, and for vectors torch and the encoder, count in it.",
        f"The load of the machine was {load} when it began, {os.getloadavg()[0]:.1f} at the end.",
    ]
    save("scale", f"python -m benchmarks.scale {' '.join(map(str, sizes))}".strip(), found, notes)


if __name__ == "__main__":
    main()

"""An index in Milvus against the same one on this machine: `python -m benchmarks.milvus [COLLECTION ...]`.

Each collection is pushed into Milvus Lite, and every topic is searched for in both. Indexes and vectors are built when
they are not there, in the data folder; that is what takes long.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rankr1_app.retrieval import bm25, cluster, dense, hybrid, milvus, push
from rankr1_app.retrieval.protocol import Choices, Retriever
from rankr1_app.retrieval.topics import read_topics

from .common import last, save
from .retrieval import folder, prepared

NAMES = ("demo", "cacm")
DEPTH = 1000
NOTES = [
    "Milvus Lite 3.2.2 in the process of the app, lists of 1,000, of which the whole order is compared; other work "
    "shared the machine. BM25's scores are rounded to four digits, and a difference in the seventh may turn the "
    "fourth; products of vectors differ in their last bit, so that two documents next to each other may change "
    "places. No server was measured."
]


def measured(name: str) -> list[dict[str, Any]]:
    """Return the rows of a collection."""
    topics, index = read_topics(folder(name) / "topics.tsv"), prepared(name)
    with tempfile.TemporaryDirectory() as place:
        choices = Choices(milvus=str(Path(place) / "bench.db"))
        began = time.monotonic()
        done = push.push(index, cluster.connect(choices.milvus, make=True))
        about = {"collection": name, "documents": done.info.documents, "terms": done.terms}
        about |= {"push, s": time.monotonic() - began, "size, MB": size(Path(choices.milvus)) / 1e6}
        kinds: dict[str, tuple[Retriever, Retriever]] = {
            "milvus": (bm25.open_index(index), milvus.open_words(index, choices)),
            "milvus-dense": (dense.open_index(index), milvus.open_meaning(index, choices)),
            "milvus-hybrid": (hybrid.open_index(index), milvus.open_both(index, choices)),
        }
        rows = [about | {"retriever": kind} | compared(*pair, topics) for kind, pair in kinds.items()]
        cluster.closed()
    for row in rows:
        print(f"{name}, {row['retriever']}: {row['in the same order']} topics in the order of this machine", flush=True)
    return rows


def compared(here: Retriever, there: Retriever, topics: Mapping[str, str]) -> dict[str, Any]:
    """Return how many topics have the same list in both, how far scores are apart, and what a search takes."""
    same, apart = 0, 0.0
    seconds: dict[Retriever, list[float]] = {here: [], there: []}
    for query in topics.values():
        lists = []
        for retriever in (here, there):
            began = time.monotonic()
            lists.append(retriever.search(query, DEPTH))
            seconds[retriever].append(time.monotonic() - began)
        same += [each.id for each in lists[0]] == [each.id for each in lists[1]]
        scores = {each.id: each.score for each in lists[0]}
        apart = max([apart, *(abs(each.score - scores[each.id]) for each in lists[1] if each.id in scores)])
    here_ms, there_ms = (round(1000 * statistics.median(seconds[retriever]), 1) for retriever in (here, there))
    return {
        "in the same order": f"{same} of {len(topics)}",
        "scores apart, at most": apart,
        "a search here, ms": here_ms,
        "in Milvus, ms": there_ms,
    }


def size(place: Path) -> int:
    """Return the bytes of a folder."""
    return sum(path.stat().st_size for path in place.rglob("*") if path.is_file())


def main() -> None:
    """Measure the collections named, all of them if none is; the figures of the others stay as they were."""
    for name in sys.argv[1:] or NAMES:
        fresh = measured(name)
        rows = [row for each in NAMES for row in (fresh if each == name else last("milvus", each))]
        save("milvus", "python -m benchmarks.milvus", rows, NOTES)


if __name__ == "__main__":
    main()

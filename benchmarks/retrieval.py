"""First stages against relevance judgements: `python -m benchmarks.retrieval [COLLECTION ...]`.

BM25, vectors by the encoder that comes with the product, both fused, and BM25 with RM3, on the demo and the shared
collections. Indexes and vectors are built when they are not there, in the data folder; that is what takes long.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rankr1_app import paths
from rankr1_app.evaluation import compare, evaluate
from rankr1_app.retrieval import bm25, dense, encoders, feedback, indexes, vectors
from rankr1_app.retrieval.fusion import Ranking, min_max, reciprocal_ranks
from rankr1_app.retrieval.protocol import Retriever
from rankr1_app.retrieval.runs import write_run
from rankr1_app.retrieval.topics import read_topics

from .common import COLLECTIONS, last, save

NAMES = ("demo", "cacm", "nfcorpus", "scifact")
DEPTH = 1000
MEASURES = "nDCG@10 R@100"
BASELINE = "BM25"
NOTES = [
    "BM25 with k1 = 0.9 and b = 0.4, the encoder all-MiniLM-L6-v2, lists of 1,000; p by a permutation test over "
    "topics. Topics without judgements are left out."
]
Lists = dict[str, Ranking]
"""Ranking of each topic."""


def folder(name: str) -> Path:
    """Return where a collection is."""
    return paths.DEMO if name == indexes.DEMO else COLLECTIONS / name


def prepared(name: str) -> str:
    """Return the index of a collection with its vectors, which are built if need be."""
    encoder = encoders.encoder(encoders.entry(encoders.DEFAULT))
    if name == indexes.DEMO:
        info: indexes.IndexInfo | None = indexes.show(name)
    else:
        place, corpus = paths.home() / "benchmarks", folder(name) / "corpus.jsonl"
        info = indexes.present(str(place / name))
        if info is None or info.fingerprint != indexes.fingerprint(corpus):
            info = indexes.build(corpus, name, place)[0]
    assert info is not None
    made = vectors.build(info, encoder, lambda progress: show_progress(name, progress))
    return made.folder


def show_progress(name: str, progress: vectors.Progress) -> None:
    """Say how far the vectors are."""
    print(f"\r{name}: {progress.done} of {progress.documents} encoded", end="", file=sys.stderr, flush=True)


def lists(retriever: Retriever, topics: Mapping[str, str]) -> Lists:
    """Return what a retriever finds for each topic."""
    return {
        topic: [(found.id, found.score) for found in retriever.search(query, DEPTH)] for topic, query in topics.items()
    }


def fused(parts: list[Lists], over: int, fuse: Callable[[list[Ranking]], list[tuple[str, float]]]) -> Lists:
    """Return the fusion of the first `over` of each part's."""
    return {topic: fuse([part[topic][:over] for part in parts]) for topic in parts[0]}


def runs(index: str, topics: Mapping[str, str]) -> dict[str, Lists]:
    """Return every first stage's lists, by its name."""
    words, meaning = lists(bm25.open_index(index), topics), lists(dense.open_index(index), topics)
    found = {BASELINE: words, "BM25 + RM3": lists(feedback.open_rm3(index), topics), "dense": meaning}
    for over in (100, DEPTH):
        halves = fused([words, meaning], over, lambda rankings: min_max(rankings, (0.5, 0.5)))
        found[f"hybrid, min-max, of {over} each"] = halves
        found[f"hybrid, RRF, of {over} each"] = fused([words, meaning], over, reciprocal_ranks)
    return found


def chance(p: float) -> str:
    """Return how likely chance makes a difference as large."""
    return "p < .001" if p < 0.001 else f"p {p:.3f}"


def measured(name: str) -> list[dict[str, Any]]:
    """Return the rows of a collection."""
    topics, qrels = read_topics(folder(name) / "topics.tsv"), folder(name) / "qrels.txt"
    rows = []
    with tempfile.TemporaryDirectory() as place:
        base = Path(place) / "base.run"
        for kind, found in runs(prepared(name), topics).items():
            run = base if kind == BASELINE else Path(place) / "other.run"
            write_run(run, [(topic, [document for document, _ in ranking]) for topic, ranking in found.items()], "x")
            values = evaluate(qrels, run, MEASURES).values
            gap = compare(qrels, run, base, MEASURES)["nDCG@10"]
            row: dict[str, Any] = {"collection": name, "first stage": kind}
            row |= {measure: round(value, 4) for measure, value in values.items()}
            row["nDCG@10 against BM25"] = "" if kind == BASELINE else f"{gap.mean:+.4f}, {chance(gap.p)}"
            rows.append(row)
            print(*row.values(), sep="\t", flush=True)
    return rows


def main() -> None:
    """Measure the collections named, all of them if none is; the figures of the others stay as they were."""
    for name in sys.argv[1:] or NAMES:
        fresh = measured(name)
        rows = {each: fresh if each == name else last("retrieval", each) for each in NAMES}
        save("retrieval", "python -m benchmarks.retrieval", [row for each in rows.values() for row in each], NOTES)


if __name__ == "__main__":
    main()

"""Runs that train a tiny model: a supervised one from nothing, and one from relevance labels; and what they read."""

from __future__ import annotations

import json
from pathlib import Path

from rankr1_app.training.questions import Source

RECIPE = """
base = "{folder}/sft/model"
output = "{folder}/out"
questions = {questions}
documents = [2, 3]
passage_tokens = 20
query_tokens = 20
batch = 2
save_every = 2
seed = 929
precision = "float32"
{own}
[size]
parameters = 0.0001
layers = 2
width = 32

[[sources]]
corpus = "{folder}/data/corpus.jsonl"
topics = "{folder}/data/topics.tsv"
qrels = "{folder}/data/qrels.txt"
run = "{folder}/data/bm25.run"
"""


def recipe(folder: Path, questions: int, own: str) -> Path:
    """The config of a run in `folder`, with the lines that are the test's `own`."""
    config = folder / f"config-{questions}.toml"
    config.write_text(RECIPE.format(folder=folder, questions=questions, own=own))
    return config


NEW = """[new]
pieces = 600
embedding_std = 0.25
shape = { layers = 2, hidden = 32, heads = 2, head = 16, mlp = 32 }
"""


CONFIG = """
output = "{folder}/out"
collections = "{folder}"
corpora = ["tiny/corpus.jsonl"]
topics = ["tiny/topics.tsv"]
seed = 3
steps = {steps}
batch_tokens = 400
matrix_lr = 0.02
other_lr = 0.003
warmup = 2
decay = 0.0
save_every = 10

{new}
[[stages]]
until = 10
settings = [{{ documents = [1, 2], words = [4, 8], synthetic = 1.0 }}]

[[stages]]
until = 30
whole_vocabulary = true
settings = [{{ documents = [2, 3], words = [4, 8] }}]
"""


def write(folder: Path, steps: int) -> Path:
    """Write a collection of nine documents, and the config of a run on it that begins from nothing."""
    (folder / "tiny").mkdir(parents=True, exist_ok=True)
    rows = [
        {"id": str(n), "title": f"Stone {n}", "text": f"a stone of {n} grams falls, and rolls on."} for n in range(9)
    ]
    (folder / "tiny" / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "tiny" / "topics.tsv").write_text("1\twhy does a stone fall?\n2\trolls\n", encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(CONFIG.format(folder=folder, steps=steps, new=NEW), encoding="utf-8")
    return config


def source(folder: Path, *, run: bool, relevant: str = "d3") -> Source:
    """Twelve documents, two topics; the run of the first holds d0 to d7, backwards."""
    folder.mkdir(exist_ok=True)
    rows = [{"id": f"d{n}", "title": f"T{n}", "text": f"text {n}"} for n in range(12)]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "topics.tsv").write_text("a\tfirst topic\nb\tsecond topic\n")
    (folder / "qrels.txt").write_text(f"a 0 {relevant} 1\na 0 d5 0\nb 0 d1 2\n")
    lines = [f"a Q0 d{n} {8 - n} {n} bm25" for n in reversed(range(8))]
    (folder / "bm25.run").write_text("\n".join([*lines, "b Q0 d9 1 3 bm25"]))
    return Source(
        corpus=folder / "corpus.jsonl",
        topics=folder / "topics.tsv",
        qrels=folder / "qrels.txt",
        run=folder / "bm25.run" if run else None,
    )

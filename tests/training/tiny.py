"""A recipe that trains a tiny model from relevance labels."""

from __future__ import annotations

from pathlib import Path

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

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.training import pools, sft

from .tiny import source, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model to start from, and something to learn."""
    made = tmp_path_factory.mktemp("labels")
    sft.run(write(made, 10), output=made / "sft")
    source(made / "data", run=True)
    return made


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> pools.Pool:
    """The texts of the tiny collection, and those that every machine has."""
    made = tmp_path_factory.mktemp("pool")
    write(made, 10)
    return pools.gather(made, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])

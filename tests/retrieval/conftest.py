"""What tests of retrievers share."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from rankr1_app.retrieval import cluster, encoders, indexes, vectors

TEXTS = {
    "dough": ("Bread", "Yeast eats sugar. It gives off gas, and the loaf rises in the oven."),
    "stones": ("Stones", "Stones are hard. Granite is the hardest of them. It cools slowly below the ground."),
    "car": ("Cars", "An automobile needs petrol. Its engine burns it."),
    "tea": ("Tea", "Tea is a drink. It is made of leaves and hot water."),
    "sea": ("The sea", "Salt water covers most of the globe. The moon pulls at it, so that there are tides."),
    "law": ("Contracts", "A vehicle that is sold has to be handed over. The buyer pays the price agreed on."),
}


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of six short texts with vectors by the encoder of the product."""
    folder = tmp_path_factory.mktemp("texts")
    corpus = folder / "c.jsonl"
    rows = [{"id": name, "title": title, "text": text} for name, (title, text) in TEXTS.items()]
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows))
    info = indexes.build(corpus, "texts", folder)[0]
    vectors.build(info, encoders.encoder(encoders.entry(encoders.DEFAULT)))
    return folder / "texts"


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a Milvus Lite is. The client library waits half a second for every index, which Lite has at once."""
    from pymilvus.client import grpc_handler

    with pytest.MonkeyPatch.context() as patch:
        quick = SimpleNamespace(**vars(time) | {"sleep": lambda seconds: time.sleep(min(seconds, 0.01))})
        patch.setattr(grpc_handler, "time", quick)
        yield str(tmp_path_factory.mktemp("milvus") / "all.db")
        cluster.closed()

"""What tests of retrievers share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rankr1_app.retrieval import encoders, indexes, vectors

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

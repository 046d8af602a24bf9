"""The folders of the product: what came with it, and the user's data folder."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).parent
DEMO = PACKAGE / "demo"
"""The demo collection: `corpus.jsonl`, `topics.tsv`, `qrels.txt`."""
GALLERY = PACKAGE / "gallery"
"""Recordings that came with the product."""
MODELS = PACKAGE / "models"
"""The model catalogue and the bundled weights."""
PROMPTS = PACKAGE / "prompts"
STATIC = PACKAGE / "ui" / "static"
"""The page's own files."""


def home() -> Path:
    """Return the data folder: RANKR1_HOME, else the user's own for this product."""
    given = os.environ.get("RANKR1_HOME")
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir("rankr1", appauthor=False))


def indexes() -> Path:
    """Return where indexes are built that are given no folder."""
    return home() / "indexes"


def own() -> Path:
    """Return where documents of visitors of the page are."""
    return home() / "own"


def recordings() -> Path:
    """Return where the page keeps searches."""
    return home() / "recordings"


def costs() -> Path:
    """Return where it is kept what calls cost on the engines that were measured."""
    return home() / "costs.json"


def answers() -> Path:
    """Return where the model's answers are kept."""
    return home() / "answers"

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.training import sft

from .test_questions import source
from .test_sft import write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model to start from, and something to learn."""
    made = tmp_path_factory.mktemp("labels")
    sft.run(write(made, 10), output=made / "sft")
    source(made / "data", run=True)
    return made

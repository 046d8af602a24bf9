"""The log file: made when there is something to write, and replaced without a file left open."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from rankr1_app import log
from rankr1_app.errors import in_words, logger


@pytest.mark.parametrize("times", [1, 2])
def test_faults_go_to_the_file_of_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    for number in range(times):
        monkeypatch.setenv("RANKR1_HOME", str(tmp_path / str(number)))
        log.configure()
        assert not (tmp_path / str(number) / "rankr1.log").exists()
        assert "rankr1.log in the data folder" in in_words(ValueError(f"fault {number}"))
        assert f"ValueError: fault {number}" in (tmp_path / str(number) / "rankr1.log").read_text("utf-8")
    assert len(logger.handlers) == 1
    logger.handlers.pop().close()
    gc.collect()

"""A row of progress every ten steps, and those of before where a run goes on."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
import torch

from rankr1_app.training.batches import TrainingBatch
from rankr1_app.training.progress import Progress, mean_of

BATCH = TrainingBatch(
    torch.zeros((2, 5), dtype=torch.long), torch.ones((2, 5)), torch.ones((2, 5)), whole_vocabulary=False
)
RIGHT = {"all": 0.5, "naming": math.nan, "decisions": 1.0, "choices": 0.25}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def run(path: Path, first: int, steps: int, *, loss: float = 2.0) -> None:
    with Progress(path, first) as progress:
        for step in range(first, steps):
            progress.add(step, loss, RIGHT, BATCH)


def test_a_row_is_the_mean_of_ten_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(tmp_path / "p.csv", 0) as progress:
        for step in range(25):
            progress.add(step, float(step), {**RIGHT, "naming": 0.5 if step == 3 else math.nan}, BATCH)
    first, second = rows(tmp_path / "p.csv")
    assert (first["step"], first["tokens"], first["loss"]) == ("10", "100", "4.5000")
    assert (first["naming"], second["naming"]) == ("0.5000", "nan"), "steps without a name do not count"
    assert (second["step"], second["tokens"], second["loss"], second["length"]) == ("20", "200", "14.5000", "5")
    assert "step 10 " in capsys.readouterr().out


def test_a_run_that_goes_on_keeps_the_rows_up_to_where_it_begins(tmp_path: Path) -> None:
    run(tmp_path / "p.csv", 0, 30)
    run(tmp_path / "p.csv", 20, 40, loss=7.0)
    assert [(row["step"], row["loss"], row["tokens"]) for row in rows(tmp_path / "p.csv")] == [
        ("10", "2.0000", "100"),
        ("20", "2.0000", "200"),
        ("30", "7.0000", "300"),
        ("40", "7.0000", "400"),
    ]


def test_a_run_that_begins_anew_keeps_none(tmp_path: Path) -> None:
    run(tmp_path / "p.csv", 0, 20)
    run(tmp_path / "p.csv", 0, 10, loss=7.0)
    assert [row["loss"] for row in rows(tmp_path / "p.csv")] == ["7.0000"]


def test_a_run_whose_file_has_gone_goes_on(tmp_path: Path) -> None:
    run(tmp_path / "p.csv", 20, 30)
    assert [row["step"] for row in rows(tmp_path / "p.csv")] == ["30"]


def test_a_mean_is_of_those_that_are_numbers() -> None:
    assert mean_of([1.0, math.nan, 2.0]) == 1.5
    assert math.isnan(mean_of([math.nan]))
    assert math.isnan(mean_of([]))

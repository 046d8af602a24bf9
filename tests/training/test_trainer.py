"""What every trainer of TRL is told, and a file of progress that is whole whenever a run ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.training import trainer
from rankr1_app.training.curves import table
from rankr1_app.training.recipe import Lora, Recipe, read_toml

from .tiny import recipe


@pytest.fixture
def told(tmp_path: Path) -> Recipe:
    own = 'prompt = "setwise-r1-v0.2"\nlearning_rate = 0.5\naccumulate = 3\n'
    return read_toml(recipe(tmp_path, 8, own), Recipe)


def test_a_run_without_a_gpu_is_told_so(told: Recipe, tmp_path: Path) -> None:
    here = trainer.arguments(told, 7, tmp_path)
    assert (here["use_cpu"], here["bf16"], here["fp16"], here["dataloader_pin_memory"]) == (True, False, False, False)
    assert (here["max_steps"], here["learning_rate"], here["seed"]) == (7, 0.5, 929)
    assert (here["per_device_train_batch_size"], here["gradient_accumulation_steps"]) == (2, 3)
    assert here["output_dir"] == str(tmp_path / "checkpoints")
    there = trainer.arguments(replace(told, gpus=4, precision="bf16"), 7, tmp_path)
    assert (there["use_cpu"], there["bf16"], there["dataloader_pin_memory"]) == (False, True, True)


def test_a_base_that_is_none_is_named_in_one_line(told: Recipe, tmp_path: Path) -> None:
    with pytest.raises(
        Problem, match=r"^base '.*/nowhere' cannot be loaded; give a model's folder or its name"
    ) as raised:
        trainer.base(replace(told, base=str(tmp_path / "nowhere")))
    assert "\n" not in str(raised.value)


class Run:
    """Stands in for a trainer of TRL, and remembers what it was told."""

    def __init__(self) -> None:
        self.resumed: list[bool] = []
        self.saved: list[str] = []

    def train(self, *, resume_from_checkpoint: bool) -> None:
        self.resumed.append(resume_from_checkpoint)

    def save_model(self, folder: str) -> None:
        self.saved.append(folder)


@pytest.mark.parametrize(
    ("resume", "checkpoint", "resumed"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_run_goes_on_only_where_there_is_a_checkpoint(
    told: Recipe, tmp_path: Path, resume: bool, checkpoint: bool, resumed: bool
) -> None:
    run, adapted = Run(), replace(told, lora=Lora(rank=4, alpha=8, dropout=0.0, modules=("q_proj",)))
    if checkpoint:
        (tmp_path / "out" / "checkpoints" / "checkpoint-2").mkdir(parents=True)
    trainer.start(lambda config, folder: run, adapted, resume=resume, output=tmp_path / "out")
    assert run.resumed == [resumed]
    assert run.saved == [str(tmp_path / "out" / "model")]


COLUMNS = {"loss": "loss", "reward": "rewards/right"}


def states(folder: Path) -> Any:
    return trainer.progress(folder, COLUMNS, {"loss": "loss"})


def logged(callback: Any, step: int, **logs: float) -> None:
    callback.on_log(None, SimpleNamespace(global_step=step), None, logs)


def test_a_row_is_kept_for_every_step_that_was_learnt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    callback = states(tmp_path)
    callback.on_train_begin(None, SimpleNamespace(global_step=0), None)
    logged(callback, 1, **{"loss": 0.123456, "rewards/right": 1.0})
    logged(callback, 1, train_runtime=7.0)
    logged(callback, 2, loss=2.0)
    assert table(tmp_path / "progress.csv") == [
        {"step": "1", "loss": "0.1235", "reward": "1"},
        {"step": "2", "loss": "2", "reward": "0"},
    ]
    assert capsys.readouterr().out == "step 1 loss 0.1235 reward 1\nstep 2 loss 2 reward 0\n"


def test_a_run_that_goes_on_writes_later_rows_again(tmp_path: Path) -> None:
    callback = states(tmp_path)
    callback.on_train_begin(None, SimpleNamespace(global_step=0), None)
    for step in (1, 2, 3):
        logged(callback, step, loss=float(step))
    states(tmp_path).on_train_begin(None, SimpleNamespace(global_step=2), None)
    assert [row["step"] for row in table(tmp_path / "progress.csv")] == ["1", "2"]


def test_a_file_that_cannot_be_written_whole_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    trainer.write(path, COLUMNS, [{"step": "1", "loss": "2", "reward": "3"}])
    before = path.read_text("utf-8")
    with pytest.raises(ValueError, match="contains fields not in fieldnames"):
        trainer.write(path, COLUMNS, [{"step": "1", "unknown": "x"}])
    assert path.read_text("utf-8") == before

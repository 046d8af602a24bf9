"""The paper's baseline on a model of a few thousand weights: TRL's own trainer and a real step."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.training import judgements
from rankr1_app.training.curves import table

from .tiny import recipe

FOLDER = Path(judgements.__file__).parent / "configs"
OWN = """
prompt = "setwise-sft"
learning_rate = 1e-2
accumulate = 1
"""


def write(folder: Path, questions: int) -> Path:
    return recipe(folder, questions, OWN)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_it_learns_to_answer_with_labels_and_goes_on_after_a_kill(folder: Path) -> None:
    main(["train", "sft", str(write(folder, 8))])
    first = table(folder / "out" / "progress.csv")
    assert [row["step"] for row in first] == ["1", "2", "3", "4"]
    main(["train", "sft", str(write(folder, 48)), "--resume"])
    rows = table(folder / "out" / "progress.csv")
    assert rows[:4] == first
    assert [int(row["step"]) for row in rows] == list(range(1, 25))
    assert float(rows[-1]["loss"]) < 0.7 * float(rows[0]["loss"])
    assert (folder / "out" / "progress.svg").read_text().startswith("<?xml")
    from transformers import AutoModelForCausalLM

    assert AutoModelForCausalLM.from_pretrained(folder / "out" / "model") is not None


def test_only_the_answer_is_learnt(folder: Path) -> None:
    for row in judgements.rows(judgements.read_config(write(folder, 8)), None):
        assert [message["role"] for message in row["prompt"]] == ["system", "user"]
        (answer,) = row["completion"]
        assert answer["content"] in ("<answer>[1]</answer>", "<answer>[2]</answer>", "<answer>[3]</answer>")


def test_a_dry_run_trains_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["train", "sft", str(write(folder, 12)), "--output", str(folder / "none"), "--dry-run"])
    said = capsys.readouterr().out
    assert said.startswith("12 questions of ")
    assert "6 steps" in said
    assert "no GPU" in said
    assert not (folder / "none").exists()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('prompt = "setwise-sft"', 'prompt = "setwise-r1-v0.1"', "asks for reasoning"),
        ("questions = 4", "questions = 1", "too few"),
        ("seed = 929", "sead = 929", "'sead'"),
    ],
)
def test_a_wrong_config_is_named(folder: Path, before: str, after: str, said: str) -> None:
    config = write(folder, 4)
    config.write_text(config.read_text().replace(before, after))
    with pytest.raises(Problem, match=said):
        judgements.estimate(config)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("setwise-sft*.toml")), ids=lambda path: path.stem)
def test_a_shipped_baseline_is_that_of_the_paper(path: Path) -> None:
    config = judgements.read_config(path)
    assert (config.batch, config.accumulate, config.gpus, config.learning_rate) == (2, 8, 4, 1e-5)
    assert config.documents == (20, 20)

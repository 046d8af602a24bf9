"""GRPO on a model of a few thousand weights: TRL's own trainer, a real generation, a real step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.training import grpo
from rankr1_app.training.curves import table

from .tiny import recipe

FOLDER = Path(grpo.__file__).parent / "configs"
RECIPES = sorted({*FOLDER.glob("*.toml")} - {*FOLDER.glob("nano-sft*.toml")} - {*FOLDER.glob("setwise-sft*.toml")})
OWN = """
prompt = "setwise-r1-v0.2"
max_tokens = 6
group = 2
temperature = 1.0
beta = 0.04
learning_rate = 1e-3
accumulate = 2
shard_bytes = 20_000
"""


def write(folder: Path, questions: int) -> Path:
    return recipe(folder, questions, OWN)


# What TRL imports uses parts of torch that torch itself calls old.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_killed_run_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model this small answers nothing readable: it is rewarded for odd lengths, so that there is something to
    learn."""

    def right(completions: list[str], **_: object) -> list[float]:
        return [float(len(text) % 2) for text in completions]

    def readable(completions: list[str], **_: object) -> list[float]:
        return [1.0] * len(completions)

    monkeypatch.setattr(grpo, "rewards", lambda reasoning: [right, readable])
    grpo.run(write(folder, 4), output=folder / "out")
    assert [row["step"] for row in table(folder / "out" / "progress.csv")] == ["1", "2"]
    before = weights(folder / "out" / "model")
    grpo.run(write(folder, 8), resume=True, output=folder / "out")
    rows = table(folder / "out" / "progress.csv")
    assert [row["step"] for row in rows] == ["1", "2", "3", "4"]
    assert all(0 <= float(row["reward"]) <= float(row["readable"]) <= 1 for row in rows)
    assert (folder / "out" / "progress.svg").read_text().startswith("<?xml")
    after = weights(folder / "out" / "model")
    base = weights(folder / "sft" / "model")
    assert {name: (w.shape, w.dtype) for name, w in after.items()} == {n: (w.shape, w.dtype) for n, w in base.items()}
    assert any(not after[name].equal(before[name]) for name in after)
    files = shards(folder / "out" / "model")
    assert len(files) > 1
    assert all(len(file) == 1 or sum(weight.nbytes for weight in file.values()) <= 20_000 for file in files)
    from transformers import AutoModelForCausalLM

    assert AutoModelForCausalLM.from_pretrained(folder / "out" / "model") is not None


def weights(folder: Path) -> dict[str, Any]:
    """All tensors of a model, from however many files."""
    return {name: weight for shard in shards(folder) for name, weight in shard.items()}


def shards(folder: Path) -> list[dict[str, Any]]:
    from safetensors.torch import load_file

    return [load_file(path) for path in folder.glob("*.safetensors")]


def test_a_dry_run_trains_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["train", "grpo", str(write(folder, 12)), "--output", str(folder / "none"), "--dry-run"])
    said = capsys.readouterr().out
    assert said.startswith("12 questions of ")
    assert "each answered 2 times" in said
    assert "6 steps" in said
    assert "GiB of memory" in said
    assert "no GPU" in said
    assert not (folder / "none").exists()


def test_the_estimate_for_the_shipped_recipe_is_what_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """On two cores of 2019: 4.4 GiB at its height and 19 minutes, with answers shorter than they may be."""
    config = grpo.read_config(Path(grpo.__file__).parent / "configs" / "nano-grpo.toml")
    assert 4 <= grpo.memory(config, 422) < 5
    row = {"prompt": "word " * (4 * 344 // 5), "label": 1, "labels": 6}
    monkeypatch.setattr(grpo, "rows", lambda *_: [row] * config.questions)
    said = grpo.estimate(Path(grpo.__file__).parent / "configs" / "nano-grpo.toml")
    minutes = re.search(r"at most about (\d+) minutes on no GPU", said)
    assert minutes is not None
    assert 18 < int(minutes[1]) < 40


def test_the_reward_is_a_readable_right_answer() -> None:
    right, readable = grpo.rewards(True)
    said = [
        "<think> x </think>\n<answer>[2]</answer>",
        "<think> x </think>\n<answer>[1]</answer>",
        "<answer>[2]</answer>",
        "<think> x </think><answer>2</answer>",
        "<think> x </think>\n<answer>[4]</answer>",
        "",
    ]
    assert right(completions=said, label=[2] * 6, labels=[3] * 6) == [1, 0, 0, 0, 0, 0]
    assert readable(completions=said, label=[2] * 6, labels=[3] * 6) == [1, 1, 0, 0, 0, 0]
    assert grpo.rewards(False)[0](completions=said[2:3], label=[2], labels=[3]) == [1]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("group = 2", "group = 3", "no multiple of group 3"),
        ("seed = 929", "sead = 929", "'sead'"),
        ("questions = 4", "questions = 1", "too few"),
        ("batch = 2", 'batch = "2"', "does not fit"),
        ("[size]", "[size", "not TOML"),
        ("data/corpus.jsonl", "data/none.jsonl", "none.jsonl"),
    ],
)
def test_a_wrong_config_is_named(folder: Path, before: str, after: str, said: str) -> None:
    config = write(folder, 4)
    config.write_text(config.read_text().replace(before, after))
    with pytest.raises(Problem, match=said):
        grpo.estimate(config)


def test_a_base_that_is_none_is_named(folder: Path) -> None:
    config = write(folder, 4)
    config.write_text(config.read_text().replace("/sft/model", "/none/model"))
    with pytest.raises(Problem, match=r"^base '.*/none/model' cannot be loaded; give a model's folder"):
        grpo.run(config, output=folder / "unmade")
    assert not (folder / "unmade").exists()


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_shipped_recipe_reads(path: Path) -> None:
    config = grpo.read_config(path)
    assert config.steps * config.batch * max(1, config.gpus) * config.accumulate <= config.questions * config.group
    assert not [source for source in config.sources if "scifact" in str(source.topics) or "demo" in str(source.topics)]


def test_the_recipes_are_those_of_the_paper() -> None:
    """Group of 8, temperature .9, KL .04, LoRA of rank 16, 20 documents; v0.2 as its script has it."""
    first = grpo.read_config(FOLDER / "rank-r1-7b.toml")
    assert (first.group, first.temperature, first.beta, first.learning_rate) == (8, 0.9, 0.04, 1e-5)
    assert first.lora is not None
    assert (first.lora.rank, first.lora.modules, first.documents) == (16, ("q_proj", "v_proj"), (20, 20))
    assert first.batch * first.gpus * first.accumulate == 64
    second = grpo.read_config(FOLDER / "rank-r1-v0.2.toml")
    assert (second.group, second.temperature, second.beta, second.max_tokens) == (16, 1.2, 0.001, 4096)

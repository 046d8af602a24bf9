from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.training import curriculum, grpo, judgements, sft

FOLDER = Path(sft.__file__).parent / "configs"
CONFIGS = sorted(FOLDER.glob("nano-sft*.toml"))
LABELLED = sorted(FOLDER.glob("setwise-sft*.toml"))
REINFORCED = sorted(set(FOLDER.glob("*.toml")) - set(CONFIGS) - set(LABELLED))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_config_reads(path: Path) -> None:
    config = curriculum.read_config(path)
    assert config.stages[-1].until == config.steps
    assert list(config.stages) == sorted(config.stages, key=lambda stage: stage.until)


def test_topics_measured_on_are_not_trained_on() -> None:
    topics = {name for path in CONFIGS for name in curriculum.read_config(path).topics}
    assert not [name for name in topics if name.startswith("scifact/") or name == "nfcorpus/topics.tsv"]
    assert not [name for name in topics if "demo" in name]


@pytest.mark.parametrize("path", REINFORCED, ids=lambda path: path.stem)
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


@pytest.mark.parametrize("path", LABELLED, ids=lambda path: path.stem)
def test_a_shipped_baseline_is_that_of_the_paper(path: Path) -> None:
    config = judgements.read_config(path)
    assert (config.batch, config.accumulate, config.gpus, config.learning_rate) == (2, 8, 4, 1e-5)
    assert config.documents == (20, 20)

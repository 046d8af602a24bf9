"""A supervised run as its TOML file says it: those that are shipped, and those that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.training import curriculum, sft

from .tiny import NEW, write

FOLDER = Path(sft.__file__).parent / "configs"
CONFIGS = sorted(FOLDER.glob("nano-sft*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_config_reads(path: Path) -> None:
    config = curriculum.read_config(path)
    assert config.stages[-1].until == config.steps
    assert list(config.stages) == sorted(config.stages, key=lambda stage: stage.until)


def test_topics_measured_on_are_not_trained_on() -> None:
    topics = {name for path in CONFIGS for name in curriculum.read_config(path).topics}
    assert not [name for name in topics if name.startswith("scifact/") or name == "nfcorpus/topics.tsv"]
    assert not [name for name in topics if "demo" in name]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("seed = 3", "seed = true"), "does not fit"),
        (("seed = 3", "sede = 3"), "'sede'"),
        (("seed = 3", "seed ="), "not TOML"),
        (("seed = 3", 'seed = 3\nstart_from = "out"'), "one of start_from and [new]"),
        ((NEW, ""), "one of start_from and [new]"),
        (("seed = 3", "seed = 3\ndeepen = [0]"), "[new] and deepen"),
        (("documents = [1, 2]", "documents = 4"), "does not fit"),
        (("tiny/corpus.jsonl", "none/corpus.jsonl"), "none/corpus.jsonl"),
        (("tiny/topics.tsv", "none.tsv"), "none.tsv"),
    ],
)
def test_a_wrong_config_is_named(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    config = write(tmp_path, 10)
    config.write_text(config.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(Problem, match=said.replace("[", r"\[")):
        sft.run(config)


def test_a_step_belongs_to_the_first_stage_that_is_not_over_and_to_the_last_for_ever(tmp_path: Path) -> None:
    config = curriculum.read_config(write(tmp_path, 10))
    first, second = config.stages
    assert [config.stage(step) for step in (0, 9, 10, 29, 30, 1000)] == [first, first, *[second] * 4]
    assert (first.whole_vocabulary, second.whole_vocabulary) == (False, True)


def test_a_config_says_what_is_not_said_by_default(tmp_path: Path) -> None:
    config = curriculum.read_config(write(tmp_path, 10))
    assert (config.decision_weight, config.choice_weight, config.deepen, config.weighed) == (1.0, 1.0, (), False)
    assert config.new is not None
    assert config.new.shape == {"layers": 2, "hidden": 32, "heads": 2, "head": 16, "mlp": 32}

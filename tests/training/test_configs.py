from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.training import sft

CONFIGS = sorted((Path(sft.__file__).parent / "configs").glob("nano-sft*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_config_reads(path: Path) -> None:
    config = sft.read_config(path)
    assert config.stages[-1].until == config.steps
    assert list(config.stages) == sorted(config.stages, key=lambda stage: stage.until)


def test_topics_measured_on_are_not_trained_on() -> None:
    topics = {name for path in CONFIGS for name in sft.read_config(path).topics}
    assert not [name for name in topics if name.startswith("scifact/") or name == "nfcorpus/topics.tsv"]
    assert not [name for name in topics if "demo" in name]

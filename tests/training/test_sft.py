"""Supervised runs of a few thousand weights: killed and gone on with, in parts, and estimated."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.training import learning, sft, traces, weights

from .tiny import NEW, write


def losses(folder: Path) -> list[tuple[str, str]]:
    with (folder / "progress.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["step"], row["loss"]) for row in csv.DictReader(lines)]


def killed_half_way(config: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = learning.take_step
    with monkeypatch.context() as patch:
        steps = itertools.count(1)

        def killed(*given: Any, **how: Any) -> Any:
            if next(steps) > 15:
                raise KeyboardInterrupt
            return step(*given, **how)

        patch.setattr(sft, "take_step", killed)
        with pytest.raises(KeyboardInterrupt):
            sft.run(config, output=output)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write(tmp_path, 20)
    sft.run(config, output=tmp_path / "whole")
    killed_half_way(config, tmp_path / "killed", monkeypatch)
    sft.run(config, resume=True, output=tmp_path / "killed")
    assert [step for step, _ in losses(tmp_path / "whole")] == ["10", "20"]
    assert losses(tmp_path / "killed") == losses(tmp_path / "whole")
    weights = [(tmp_path / name / "model" / "model.safetensors").read_bytes() for name in ("whole", "killed")]
    assert weights[0] == weights[1]


@pytest.mark.parametrize("resume", [False, True])
def test_a_part_starts_from_what_the_one_before_it_made(tmp_path: Path, resume: bool) -> None:
    sft.run(write(tmp_path, 10))
    made = tmp_path / "out" / "model"
    config = write(tmp_path, 10)
    text = config.read_text(encoding="utf-8").replace("seed = 3", f'seed = 4\nstart_from = "{made}"')
    for old, new in ((NEW, ""), ("lr = 0.003", "lr = 0.0"), ("lr = 0.02", "lr = 0.0")):
        text = text.replace(old, new)
    config.write_text(text, encoding="utf-8")
    sft.run(config, resume=resume, output=tmp_path / "second")
    for name in ("model.safetensors", "tokenizer.json"):
        assert (made / name).read_bytes() == (tmp_path / "second" / "model" / name).read_bytes()


def test_a_model_learns_to_weigh_scores(tmp_path: Path) -> None:
    from tokenizers import Tokenizer

    config = write(tmp_path, 10)
    sft.run(config)
    made = tmp_path / "out" / "model"
    text = config.read_text(encoding="utf-8").replace(NEW, f'start_from = "{made}"\nweighed = true\n')
    config.write_text(text.replace("steps = 10", "steps = 20"), encoding="utf-8")
    sft.run(config, output=tmp_path / "weighed")
    words = Tokenizer.from_file(str(tmp_path / "weighed" / "model" / "tokenizer.json"))
    known = Tokenizer.from_file(str(made / "tokenizer.json")).get_vocab()
    assert {token: words.token_to_id(token) for token in known} == known
    ids = words.encode(" meaning .62: nearer in meaning than [1], so it leads.\n").tokens
    assert ids == [" meaning .62:", " nearer in meaning than ", "[1]", ", so it leads.\n"]
    before, after = (
        weights.load(folder).model.embed_tokens.weight for folder in (made, tmp_path / "weighed" / "model")
    )
    counted = {words.token_to_id(said(n)) for said in (traces.there, traces.early) for n in range(1, 13)}
    assert all(after[n].equal(before[n]) != (n in counted) for n in known.values())
    near, far = (words.token_to_id(f" meaning {number}:") for number in (".63", ".10"))
    middle = after[words.token_to_id(" meaning .62:")]
    assert (middle - after[near]).norm() < 0.5 * (middle - after[far]).norm()


def test_starting_from_nothing_is_named(tmp_path: Path) -> None:
    config = write(tmp_path, 10)
    text = config.read_text(encoding="utf-8").replace("seed = 3", f'seed = 3\nstart_from = "{tmp_path / "none"}"')
    config.write_text(text.replace(NEW, ""), encoding="utf-8")
    with pytest.raises(Problem, match="train that one first"):
        sft.run(config)


def test_a_missing_config_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match=r"no\.toml"):
        sft.run(Path("no.toml"))


def test_an_estimate_says_what_a_run_takes(tmp_path: Path) -> None:
    said = sft.estimate(write(tmp_path, 10))
    assert "10 steps" in said
    assert "minutes" in said


def with_line(config: Path, line: str) -> Path:
    """Return the same run with a line of its own."""
    other = config.with_name("other.toml")
    other.write_text(f"{line}\n{config.read_text(encoding='utf-8')}", encoding="utf-8")
    return other


def test_examples_drawn_ahead_are_those_drawn_between_steps(tmp_path: Path) -> None:
    config = write(tmp_path, 20)
    sft.run(config, output=tmp_path / "between")
    sft.run(with_line(config, "workers = 2"), output=tmp_path / "ahead")
    assert losses(tmp_path / "ahead") == losses(tmp_path / "between")


def test_half_precision_ends_at_its_step(tmp_path: Path) -> None:
    config = write(tmp_path, 20)
    sft.run(config, output=tmp_path / "whole")
    for steps in (0, 10, 20):
        sft.run(with_line(config, f"half_until = {steps}"), output=tmp_path / str(steps))
    whole, none, ten, all_ = (losses(tmp_path / name) for name in ("whole", "0", "10", "20"))
    assert none == whole
    assert ten[0] == all_[0] != whole[0]
    assert ten[1] != all_[1]


def test_training_goes_to_the_device_that_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="abacus"):
        sft.run(with_line(write(tmp_path, 10), 'device = "abacus"'))

"""Commands about models: the catalogue is listed and shown, and a config names what trains it."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.training import grpo, judgements, sft

from .conftest import Run


def test_models_are_listed_with_what_they_are(rankr1: Run) -> None:
    status, out, _ = rankr1("models", "list")
    assert status == 0
    assert "rank-r1-nano\tbundled demonstration model" in out
    assert all(line.count("\t") == 1 for line in out.splitlines())


def test_a_model_is_shown_with_its_method_its_calls_and_its_prompt(rankr1: Run) -> None:
    status, out, _ = rankr1("models", "show", "rank-r1-32b-v0.2")
    assert status == 0
    assert "docs_per_call\t10" in out
    assert "licence\tbase: Apache-2.0" in out
    assert "method\tsetwise: names the best" in out
    status, out, _ = rankr1("models", "show", "reasonrank-7b")
    assert "top 10 of 100\t9 calls in 9 rounds" in out
    assert "\nuser:\nI will provide you with 2 passages" in out
    assert rankr1("models", "show", "nope")[0] == 1


@pytest.mark.parametrize(
    ("config", "arguments", "trainer"),
    [
        ('base = "x"\n', ["sft"], judgements),
        ("[model]\n", ["sft"], sft),
        ('base = "x"\n', ["grpo"], grpo),
    ],
)
def test_a_config_names_what_trains_it(
    config: str, arguments: list[str], trainer: object, rankr1: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, object]] = []
    for module in (judgements, sft, grpo):
        name = module.__name__
        monkeypatch.setattr(module, "estimate", lambda path, name=name: f"estimate of {name}")
        monkeypatch.setattr(module, "run", lambda path, name=name, **how: calls.append((name, how)))
    path = tmp_path / "c.toml"
    path.write_text(config)
    mine = trainer.__name__  # type: ignore[attr-defined]
    assert rankr1("train", *arguments, str(path), "--dry-run") == (0, f"estimate of {mine}\n", "")
    assert calls == []
    assert rankr1("train", *arguments, str(path), "--resume", "--output", "there")[0] == 0
    assert calls == [(mine, {"resume": True, "output": Path("there")})]

"""The server that the app starts itself, as far as it can be tried without vLLM."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.engines import vllm
from rankr1_app.engines.vllm import VLLM
from rankr1_app.errors import Problem


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that dies at once, after a word about its environment."""
    script = (
        "import os, sys; print({n: v for n, v in os.environ.items() if 'KEY' in n});"
        "print('ValueError: token hf_0123456789 is no good'); sys.exit(3)"
    )
    monkeypatch.setattr(vllm, "on_cpu", lambda: True)
    begin = vllm.asyncio.create_subprocess_exec  # type: ignore[attr-defined]

    async def start(*_: str, **more: Any) -> Any:
        return await begin(sys.executable, "-c", script, **more)

    monkeypatch.setattr(vllm.asyncio, "create_subprocess_exec", start)  # type: ignore[attr-defined]


async def test_a_death_is_told_without_secrets_and_logged_for_nobody_else(
    dying: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in vllm.KEYS:
        monkeypatch.setenv(name, "sk-hidden")
    monkeypatch.setenv("HF_TOKEN", "hf_0123456789")
    engine = VLLM("model")
    with pytest.raises(
        Problem, match=r"model server ended with status 3: 'ValueError: token \[hidden\] is no good'"
    ) as caught:
        await engine.start()
    assert engine.state == f"lost: {caught.value}"
    assert str(engine.log) in str(caught.value)
    assert engine.log.stat().st_mode & 0o077 == 0
    assert "sk-hidden" not in engine.log.read_text()
    engine.log.unlink()


def test_the_end_of_a_long_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("x" * 300_000 + "\nthe end")
    assert vllm.last_lines(tmp_path / "log")[-1] == "the end"
    assert vllm.last_lines(tmp_path / "none") == []


def test_room_is_made_for_the_rank_of_an_adapter(tmp_path: Path) -> None:
    for rank, room in ((8, "32"), (33, "64"), (64, "64"), (512, "512")):
        (tmp_path / "adapter_config.json").write_text(f'{{"r": {rank}}}')
        assert vllm.rank_of(str(tmp_path)) == room
    assert vllm.rank_of("ielabgroup/Rank-R1-7B-v0.1") == "32"

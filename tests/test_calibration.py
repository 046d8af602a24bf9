"""What calls cost is measured on the engine in use, kept, and decides how ranks are found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from rankr1_app import calibration, engines, paths
from rankr1_app.cli import main
from rankr1_app.engines.protocol import Chunk, Decoding
from rankr1_app.errors import Problem
from rankr1_app.events import Message
from rankr1_app.plan import public, resolve
from rankr1_app.reranking.choice import SERVER
from rankr1_app.settings import Settings

from .doubles import Scripted, shown
from .engines.server import ScriptedServer


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def answer(messages: list[dict[str, str]]) -> str:
    return "<think> the first </think>\n<answer>[1]</answer>"


def test_an_engine_is_measured_and_what_it_costs_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(answer, latency=0.1) as server:
        settings = Settings(base_url=server.base_url, model="judge", docs_per_call=5)
        plan = resolve(settings)
        assert plan.engine is not None
        assert calibration.costs(plan.engine) == SERVER
        asked = ["--base-url", server.base_url, "--model", "judge", "--docs-per-call", "5", "--retriever", "bm25"]
        main(["doctor", "--calibrate", *asked])
        told = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines())
        assert "measured" in told["sort"]
        assert " s alone" in told["calls"]
        assert told["calls"].endswith("room for guesses, probabilities of labels are not told")
        costs = calibration.costs(plan.engine)
        assert costs.alone + 1000 * costs.token > 0.05
        assert costs.beside < 0.5 * costs.alone + 0.05, "calls at once take little more than one"
        assert costs.room
        assert not costs.tells
        assert server.base_url not in paths.costs().read_text()
        assert calibration.costs(replace(plan.engine, model="another")) == SERVER


@dataclass
class Noted(Scripted):
    """Notes how it is asked."""

    alternatives: set[str | None] = field(default_factory=set)

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        self.alternatives.add(decoding.alternatives_after)
        async for chunk in super().generate(messages, decoding):
            yield chunk


@pytest.mark.parametrize(
    ("settings", "alternatives", "tells"),
    [(Settings(), None, True), (Settings(base_url="http://127.0.0.1:9/v1", model="other"), "<answer>", False)],
)
async def test_an_engine_is_measured_as_searches_ask_it(
    settings: Settings, alternatives: str | None, tells: bool
) -> None:
    engine = Noted(judge=lambda texts: answer([]))
    costs = await calibration.measure(engine, resolve(settings))
    assert engine.alternatives == {alternatives}
    assert costs.tells == tells


@dataclass
class Wordy(Scripted):
    """Writes for a while about every document."""

    async def generate(self, messages: Sequence[Message], decoding: Decoding) -> AsyncGenerator[Chunk, None]:
        yield Chunk(text="<think>")
        await asyncio.sleep(0.02 * len(shown(messages)))
        async for chunk in super().generate(messages, decoding):
            yield chunk


@pytest.mark.parametrize(("concurrency", "room"), [(4, False), (16, True)])
async def test_room_for_few_calls_is_not_reckoned_with(concurrency: int, room: bool) -> None:
    with ScriptedServer(answer) as server:
        plan = resolve(Settings(base_url=server.base_url, model="judge", docs_per_call=5, concurrency=concurrency))
        assert plan.engine is not None
        assert (await calibration.measure(engines.create(plan.engine), plan)).room == room


async def test_writing_is_told_from_reading() -> None:
    plan = resolve(Settings(base_url="http://127.0.0.1:9/v1", model="other", docs_per_call=20))
    costs = await calibration.measure(Wordy(judge=lambda texts: answer([])), plan)
    assert 0.015 < costs.writing < 0.03
    assert costs.token < 0.0001
    assert (await calibration.measure(Scripted(judge=lambda texts: answer([])), plan)).writing < 0.002


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"x": 1}'])
def test_what_is_not_readable_counts_as_not_measured(home: Path, kept: str) -> None:
    home.mkdir()
    paths.costs().write_text(kept)
    engine = resolve(Settings(base_url="http://127.0.0.1:9/v1")).engine
    assert engine is not None
    assert calibration.costs(engine) == SERVER
    calibration.keep(engine, replace(SERVER, alone=3.0))
    assert calibration.costs(engine).alone == 3.0


def test_a_recording_names_the_sort_that_was_taken() -> None:
    settings = Settings(base_url="http://127.0.0.1:9/v1", depth=20, docs_per_call=20)
    assert settings.sort == "auto"
    assert public(settings)["sort"] == resolve(settings).sort == "chain"
    assert public(replace(settings, sort="heapsort"))["sort"] == "heapsort"
    assert resolve(Settings()).sort == "short-chain", "in process reading is what takes the time"


@pytest.mark.parametrize(("installed", "sort"), [(True, "short-chain"), (False, "chain"), (None, "chain")])
def test_a_server_that_computes_on_a_processor_gets_short_calls(
    monkeypatch: pytest.MonkeyPatch, installed: bool | None, sort: str
) -> None:
    """`installed` is whether vLLM is the one for CPUs, None where there is none."""

    def on_cpu() -> bool:
        if installed is None:
            raise Problem("engine 'vllm' is not installed")
        return installed

    monkeypatch.setattr(calibration, "on_cpu", on_cpu)
    assert resolve(Settings(engine="vllm", depth=20, docs_per_call=20)).sort == sort

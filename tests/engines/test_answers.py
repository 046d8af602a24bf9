"""Answers kept on disk: the same question is asked once, whoever asks, and never across models."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rankr1_app.engines.answers import CachedEngine, checkpoint_state, opened
from rankr1_app.engines.openai import OpenAI
from rankr1_app.engines.protocol import Chunk, Decoding, Engine, Fault
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, RankSettled
from rankr1_app.pipeline import Search, search

from ..doubles import Fixed, Scripted, best, candidates, setwise
from .quirks import Quirk, QuirkServer, Request, Response, error, message, piece, plain, stream

DECODING = Decoding(max_tokens=50)


class Late(Scripted):
    """Says whether it was started."""

    async def start(self) -> None:
        self.state = "ready"


def late(judge=best) -> Late:  # type: ignore[no-untyped-def]
    return Late(judge=judge, state="not started")


async def searched(engine: Engine, n: int = 30) -> list[object]:
    reranker = setwise(engine, docs_per_call=10)
    asked = Search(query="largest", retriever=Fixed(candidates(range(n))), reranker=reranker, depth=n, k=5, seed=929)
    return [event async for event in search(asked)]


def finished(events: list[object]) -> list[CallFinished]:
    return sorted((e for e in events if isinstance(e, CallFinished)), key=lambda e: e.call)


def ranks(events: list[object]) -> list[str]:
    return [e.document for e in events if isinstance(e, RankSettled)]


async def test_the_second_search_asks_nobody(tmp_path: Path) -> None:
    first, second = late(), late()
    one = await searched(CachedEngine(first, tmp_path, "x", remote=False))
    two = await searched(CachedEngine(second, tmp_path, "x", remote=False))
    assert first.asked
    assert not second.asked
    assert second.state == "not started", "a known search loads no model"
    assert ranks(one) == ranks(two)
    assert not any(call.cached for call in finished(one))
    for before, now in zip(finished(one), finished(two), strict=True):
        assert now.cached
        assert now.cached.asked.startswith("20")
        assert (now.text, now.answer, now.usage) == (before.text, before.answer, before.usage)
    assert one[-1].totals.cached == 0  # type: ignore[attr-defined]
    assert two[-1].totals.cached == two[-1].totals.calls  # type: ignore[attr-defined]
    assert two[-1].totals.completion_tokens == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("what", ["identity", "model", "name", "seed", "max_tokens"])
async def test_another_question_is_asked(what: str, tmp_path: Path) -> None:
    first, second = late(), late()
    await searched(CachedEngine(first, tmp_path, "x", remote=False))
    if what in ("model", "name"):
        setattr(second, what, "another")
    engine = CachedEngine(second, tmp_path, "y" if what == "identity" else "x", remote=False)
    reranker = setwise(engine)
    if what == "seed":
        reranker = replace(reranker, seed=1)
    if what == "max_tokens":
        reranker = replace(reranker, entry=replace(reranker.entry, max_tokens=99))
    _ = [e async for e in reranker.rerank("largest", candidates(range(30)), 5, lambda: 0.0)]
    assert second.asked


async def test_what_broke_is_not_kept(tmp_path: Path) -> None:
    def breaks(texts: list[str]) -> str:
        raise Fault("broken")

    first, second = late(breaks), late()
    await searched(CachedEngine(first, tmp_path, "x", remote=False), 8)
    events = await searched(CachedEngine(second, tmp_path, "x", remote=False), 8)
    assert second.asked
    assert not any(call.cached for call in finished(events))


async def test_an_answer_cut_by_its_reader_is_not_kept(tmp_path: Path) -> None:
    engine = CachedEngine(late(lambda texts: "x" * 100), tmp_path, "x", remote=False)
    await engine.start()
    messages = ask("number 1")
    stream = engine.generate(messages, DECODING)
    await anext(stream)
    await stream.aclose()
    pieces: list[Chunk] = [chunk async for chunk in engine.generate(messages, DECODING)]
    assert "".join(piece.text for piece in pieces) == "x" * 100
    assert pieces[-1].cached is None


def ask(text: str):  # type: ignore[no-untyped-def]
    from rankr1_app.reranking import prompt

    return prompt.load("setwise-r1-v0.2").messages("largest", [text, "number 2"])


async def test_sampled_answers_are_not_kept(tmp_path: Path) -> None:
    engine = CachedEngine(late(), tmp_path, "x", remote=False)
    await engine.start()
    for _ in range(2):
        pieces = [c async for c in engine.generate(ask("number 1"), replace(DECODING, temperature=0.7))]
        assert pieces[-1].cached is None


async def test_a_dead_engine_is_not_started_in_the_middle(tmp_path: Path) -> None:
    dead = late()
    engine = CachedEngine(dead, tmp_path, "x", remote=False)
    await engine.start()
    dead.state = "lost: it died"
    _ = [c async for c in engine.generate(ask("number 1"), DECODING)]
    assert dead.state == "lost: it died"
    await engine.start()
    assert dead.state == "ready", "the next search starts it"


async def test_a_full_disk_ends_no_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = CachedEngine(late(), tmp_path, "x", remote=False)
    await engine.start()
    assert engine.cache is not None

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine.cache, "set", full)
    assert ranks(await searched(engine, 12)) == [f"d{v}" for v in range(11, 6, -1)]


async def test_words_for_a_cache_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cache .* cannot be opened: .*; give --no-cache"):
        await CachedEngine(late(), tmp_path / "file" / "x", "x", remote=False).start()


def test_a_trained_checkpoint_is_another_one(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_text("one")
    before = checkpoint_state(str(tmp_path), "")
    assert checkpoint_state(str(tmp_path), "") == before
    (tmp_path / "model.safetensors").write_text("other")
    assert checkpoint_state(str(tmp_path), "") != before


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from rankr1_app.engines.answers import opened\n"
        "cache = opened(Path(sys.argv[1]))\n"
        "for n in range(200): cache.set(f'{sys.argv[2]}-{n}', {'text': str(n)})\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(who)]) for who in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    kept = opened(tmp_path)
    assert len(kept) == 600
    assert kept.get("2-199") == {"text": "199"}
    kept.close()


def test_the_switch(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the command line, with the bundled model: known the second time, asked again without the cache."""
    from rankr1_app.cli import main

    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    found = []
    for more in ([], [], ["--no-cache"]):
        main(["search", "why do cats purr", "--depth", "4", "-k", "1", "--format", "json", *more])
        found.append(json.loads(capsys.readouterr().out))
    assert [each["totals"]["cached"] for each in found] == [0, found[0]["totals"]["calls"], 0]
    assert len({json.dumps([entry["id"] for entry in each["ranking"]]) for each in found}) == 1
    assert found[2]["calls"][0]["cached"] is None
    assert found[1]["calls"][0]["cached"]["seconds"] > 0
    assert found[1]["totals"]["seconds"] < found[0]["totals"]["seconds"]


@pytest.mark.parametrize("refuses", [False, True])
async def test_answers_of_a_server_that_cannot_be_greedy_are_not_kept(refuses: bool, tmp_path: Path) -> None:
    def chat(request: Request) -> Response:
        if refuses and "temperature" in request.body:
            return error(400, message("temperature is not supported"))
        return plain(request)

    with QuirkServer(Quirk("cold", "", "", "", chat)) as server:
        for _ in range(2):
            engine = CachedEngine(OpenAI(server.base_url, "judge"), tmp_path, "x", remote=True)
            reranker = setwise(engine)
            _ = [event async for event in reranker.rerank("largest", candidates(range(3)), 1, lambda: 0.0)]
            await engine.close()
        assert len(server.asked) == (4 if refuses else 1), "each with its refusal, or once"


async def test_thought_in_a_field_of_its_own_comes_back_as_such(tmp_path: Path) -> None:
    def chat(request: Request) -> Response:
        return stream(piece({"reasoning": request.thought}), piece({"content": request.answer}))

    with QuirkServer(Quirk("parser", "", "", "", chat)) as server:
        found = []
        for _ in range(2):
            engine = CachedEngine(OpenAI(server.base_url, "judge"), tmp_path, "x", remote=True)
            events = [e async for e in setwise(engine).rerank("largest", candidates(range(3)), 1, lambda: 0.0)]
            found += [event for event in events if isinstance(event, CallFinished)]
            await engine.close()
    first, second = found
    assert second.cached
    assert not first.cached
    assert (first.text, first.thought, first.status) == (second.text, second.thought, second.status)
    assert first.text[: first.thought].endswith("holds the largest number.")
    assert first.status == "ok"
    assert "<think>" not in first.text, "no tag of ours stands in the model's text"

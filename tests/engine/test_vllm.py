"""A real vLLM on the CPU, from its start to a search: streams, adapters, death and return."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from rankr1_app.catalogue import entry
from rankr1_app.engines.protocol import Decoding, Token
from rankr1_app.engines.transformers import Transformers
from rankr1_app.engines.vllm import VLLM, on_cpu
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, Candidate, RankSettled, ReasoningDelta, SearchFailed, SearchFinished
from rankr1_app.pipeline import Search, search
from rankr1_app.reranking.setwise import Setwise

from ..doubles import Fixed
from ..engines.test_transformers import TEXTS, answer, ask

pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]
MODEL = entry("rank-r1-nano")


@pytest.fixture(autouse=True)
def installed() -> None:
    try:
        on_cpu()
    except Problem as problem:
        if os.environ.get("CI") == "true":
            pytest.fail(str(problem))
        pytest.skip(str(problem))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[VLLM]:
    """One for all tests that need no other: a start takes a minute and more."""
    made = VLLM(MODEL.weights)
    yield made
    await made.close()


def asked(engine: VLLM) -> Search:
    """A search over sixteen documents."""
    found = tuple(
        Candidate(id=f"d{n}", title="", text=f"{TEXTS[n % 5]} Number {n}.", rank=n + 1, score=1 / (n + 1))
        for n in range(16)
    )
    reranker = Setwise(entry=MODEL, engine=engine, docs_per_call=5, sort="heapsort", seed=1)
    return Search(query="why does dough rise", retriever=Fixed(found), reranker=reranker, depth=16, k=5, seed=1)


async def test_says_what_the_engine_in_process_says(server: VLLM) -> None:
    await server.start()
    inside = Transformers(MODEL.weights)
    messages = ask("why does dough rise", TEXTS)
    assert await answer(server, messages) == await answer(inside, messages)  # type: ignore[arg-type]
    long = "bread and dough " * 100
    assert await server.truncate([long, "tea"], 10) == await inside.truncate([long, "tea"], 10)
    await inside.close()

    repeated = ask("why does dough rise", [f"{text} {'and so on ' * 30}" for text in TEXTS])
    cached = [
        [chunk.usage.cached_tokens async for chunk in server.generate(repeated, Decoding(max_tokens=5)) if chunk.usage]
        for _ in range(2)
    ]
    assert cached[0] == [0]
    assert (cached[1][0] or 0) >= 128, "what was read before is not read again, and counted"

    decoding = Decoding(max_tokens=200, alternatives_after="<answer>")
    text = ""
    told: list[Token] = []
    async for chunk in server.generate(messages, decoding):
        text, told = text + chunk.text, [*told, *chunk.tokens]
    assert text[told[0].at :].startswith(told[0].text)
    after = await server.following(messages, text[: told[0].at])
    assert after[told[0].text] == pytest.approx(told[0].alternatives[told[0].text], abs=0.05)

    by_answer = asked(server)
    assert isinstance(by_answer.reranker, Setwise)
    events = [e async for e in search(replace(by_answer, reranker=replace(by_answer.reranker, sort="logits")))]
    assert isinstance(events[-1], SearchFinished)
    assert events[-1].settled == 5
    calls = [e for e in events if isinstance(e, CallFinished)]
    assert all(0.5 < sum(call.scores) <= 1.001 for call in calls)


async def test_a_search_streams_dies_in_words_and_comes_back(server: VLLM) -> None:
    events = [event async for event in search(asked(server))]
    assert isinstance(events[-1], SearchFinished)
    assert events[-1].settled == 5
    assert sum(isinstance(e, ReasoningDelta) for e in events) > 50
    finished = [e for e in events if isinstance(e, CallFinished)]
    assert all((e.usage.prompt_tokens or 0) > 20 and (e.usage.completion_tokens or 0) > 0 for e in finished)

    process, seen = server.process, []
    assert process is not None
    async for event in search(asked(server)):
        seen.append(event)
        if isinstance(event, RankSettled) and event.rank == 2:
            os.killpg(process.pid, signal.SIGKILL)
    end = seen[-1]
    assert isinstance(end, SearchFailed)
    assert "model server was killed by signal 9" in end.message
    assert end.settled >= 2
    assert sorted(end.ranking) == sorted(f"d{n}" for n in range(16))
    assert server.state.startswith("lost: model server was killed")

    again = [event async for event in search(asked(server))]
    assert isinstance(again[-1], SearchFinished)
    assert [e.document for e in again if isinstance(e, RankSettled)] == list(events[-1].ranking[:5])


async def test_an_adapter_changes_the_answer_and_merging_it_does_the_same(tmp_path: Path) -> None:
    adapter = make_adapter(tmp_path / "adapter")
    served, merged, plain = (
        VLLM(MODEL.weights, adapter),
        Transformers(MODEL.weights, adapter),
        Transformers(MODEL.weights),
    )
    messages = ask("why does dough rise", TEXTS)
    try:
        await served.start()
        with_adapter = await answer(served, messages, limit=40)  # type: ignore[arg-type]
        assert served.model == "adapter"
        begun = with_adapter[0][:20]
        assert begun != (await answer(plain, messages, limit=40))[0][:20]
        assert begun == (await answer(merged, messages, limit=40))[0][:20]
    finally:
        await asyncio.gather(served.close(), merged.close(), plain.close())


def make_adapter(folder: Path) -> str:
    """A small random LoRA adapter, saved by peft, with weights large enough to change what a sure model says."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    config = LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(MODEL.weights, dtype=torch.float32), config)
    for name, weight in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(weight, std=0.25)
    model.save_pretrained(str(folder))
    saved = json.loads((folder / "adapter_config.json").read_text())
    assert saved["r"] == 8
    return str(folder)


async def test_a_server_that_cannot_load_says_why(tmp_path: Path) -> None:
    broken = VLLM(str(tmp_path))
    with pytest.raises(Problem, match="model server ended with status") as caught:
        await broken.start()
    assert "\n" not in str(caught.value)
    assert not broken.alive

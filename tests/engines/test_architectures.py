"""Every kind of call on small random models of the checkpoints' own architectures: shapes, probabilities, special
tokens, an answer that is begun, and text without a chat. Engine, rows and cache are tested together."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from rankr1_app import reranking
from rankr1_app.engines.protocol import Decoding
from rankr1_app.engines.transformers import Transformers
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, Message, RankSettled

from ..doubles import candidates
from ..reranking.lists import plan_of

CHAT = (
    "{{ bos_token }}{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SIZE: dict[str, Any] = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 4096,
    "vocab_size": 320,
}
KINDS = ("Qwen2", "Qwen3", "Mistral", "Llama")
METHODS = ("rankgpt", "first-mistral-7b", "qwen3-reranker-0.6b", "rank1-0.5b", "erank-4b", "reasonrank-7b", "fare-8b")


class Unread(Exception):
    """Not one answer could be read."""


async def whole(events: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    """Yield what a reranker says. Raises `Unread` where that is how it ends; any other problem is one."""
    try:
        async for event in events:
            yield event
    except Problem as problem:
        if "not one answer of model" in str(problem):
            raise Unread from problem
        raise


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A random checkpoint of each architecture, with a tokenizer of bytes."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    special = ["<s>", "</s>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=320, special_tokens=special, initial_alphabet=alphabet)
    words.train_from_iterator(["yes no true false"] * 9, trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = CHAT
    folder = tmp_path_factory.mktemp("architectures")
    torch.manual_seed(929)
    for kind in KINDS:
        config = getattr(transformers, f"{kind}Config")(**SIZE, bos_token_id=0, eos_token_id=1)
        getattr(transformers, f"{kind}ForCausalLM")(config).save_pretrained(folder / kind)
        tokenizer.save_pretrained(folder / kind)
    return {kind: folder / kind for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_that_is_begun_and_text_without_a_chat(kind: str, checkpoints: dict[str, Path]) -> None:
    engine = Transformers(str(checkpoints[kind]))
    await engine.start()
    assert engine.loaded
    user = Message(role="user", content="which?")
    chat = engine.loaded.tokenizer.decode(engine.loaded.prompt([user]))
    begun = engine.loaded.tokenizer.decode(engine.loaded.prompt([user, Message(role="assistant", content="[")]))
    raw = engine.loaded.tokenizer.decode(engine.loaded.prompt([Message(role="assistant", content="Passage: x")]))
    assert chat == "<s><|im_start|>user\nwhich?<|im_end|>\n<|im_start|>assistant\n"
    assert begun == chat + "["
    assert raw == "Passage: x"
    tokens = await engine.following([user, Message(role="assistant", content="[")], "A")
    async for chunk in engine.generate(
        [user, Message(role="assistant", content="[A")], Decoding(max_tokens=1, alternatives_after="")
    ):
        for token in chunk.tokens:
            assert dict(token.alternatives) == pytest.approx(dict(tokens), abs=1e-4)
    assert sum(math.exp(score) for score in tokens.values()) <= 1.001
    await engine.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_every_method_runs(kind: str, checkpoints: dict[str, Path]) -> None:
    engine = Transformers(str(checkpoints[kind]))
    found = candidates([3, 1, 2])
    for method in METHODS:
        made = reranking.create(plan_of(method, max_tokens=8), engine)
        events: list[Any] = []
        # A random model seldom writes what can be read, and then it is said.
        with contextlib.suppress(Unread):
            async for event in whole(made.rerank("largest", found, 3, lambda: 0.0)):
                events.append(event)
        calls = [event for event in events if isinstance(event, CallFinished)]
        assert calls
        assert {call.finish_reason for call in calls} <= {"stop", "length"}
        if calls[-1].status == "failed":
            continue
        settled = [event.document for event in events if isinstance(event, RankSettled)]
        assert sorted(settled) == ["d1", "d2", "d3"]
        for call in events:
            if isinstance(call, CallFinished) and call.scores:
                assert all(math.isfinite(score) and 0 <= score <= 10 for score in call.scores)
    await engine.close()

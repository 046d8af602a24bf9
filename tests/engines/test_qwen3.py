"""Our own forward pass of Qwen3 is that of Transformers, on random models."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from rankr1_app.catalogue import entry
from rankr1_app.engines import kv
from rankr1_app.engines.qwen3 import Qwen3, fits
from rankr1_app.engines.transformers import load, native_bfloat16


def random_model(heads: int = 4, shared: int = 4, tied: bool = True, **odd: Any) -> Qwen3ForCausalLM:
    torch.manual_seed(1)
    config = Qwen3Config(
        vocab_size=500,
        hidden_size=96,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=heads,
        num_key_value_heads=shared,
        head_dim=32,
        max_position_embeddings=512,
        tie_word_embeddings=tied,
        initializer_range=0.2,
        **odd,
    )
    model = Qwen3ForCausalLM(config).eval()
    for weights in model.parameters():
        weights.data += 0.1 * torch.randn_like(weights)
    return model


@pytest.mark.parametrize(("heads", "shared", "tied"), [(4, 4, True), (8, 2, False), (4, 1, True)])
def test_logits_are_those_of_transformers(heads: int, shared: int, tied: bool) -> None:
    model = random_model(heads, shared, tied)
    assert fits(model)
    ours = Qwen3(model)
    one, other = kv.empty(), kv.empty()
    ids = torch.randint(0, 500, (3, 40))
    read = 0
    with torch.inference_mode():
        # A prompt; then rows of which some have holes, several tokens and one at a time; at last one token of all.
        for width, holes in ((30, False), (4, True), (1, True), (1, False), (3, True)):
            given: dict[str, Any] = {"input_ids": ids[:, read : read + width], "use_cache": True}
            read += width
            if holes:
                real = torch.ones(3, read, dtype=torch.long)
                real[0, 2] = 0
                real[1, :5] = 0
                given |= {"attention_mask": real, "position_ids": real.cumsum(1)[:, -width:] - 1}
            expected = model(past_key_values=one, **given).logits
            found = ours(past_key_values=other, **given).logits
            assert found.shape == expected.shape
            assert (found - expected).abs().max() < 1e-4 * expected.abs().max()
        whole = ours(ids, kv.empty()).logits
        assert torch.allclose(ours(ids, kv.empty(), logits_to_keep=1).logits, whole[:, -1:], atol=1e-4)


@pytest.mark.parametrize(
    "odd",
    [
        {"attention_bias": True},
        {"hidden_act": "gelu"},
        {"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 0},
        {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 10_000.0}},
    ],
)
def test_what_is_unusual_is_left_to_transformers(odd: dict[str, Any]) -> None:
    assert not fits(random_model(**odd))


def test_numbers_of_another_kind_are_left_to_transformers() -> None:
    assert not fits(random_model().to(torch.bfloat16))


@pytest.mark.skipif(native_bfloat16() or torch.cuda.is_available(), reason="computes in bf16 here")
def test_the_bundled_model_takes_it() -> None:
    loaded = load(entry("rank-r1-nano").weights, "", 8)
    loaded.waiting.put(None)
    assert isinstance(loaded.model, Qwen3)

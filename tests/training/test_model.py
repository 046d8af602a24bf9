"""The network is Qwen3's: the same numbers as in Transformers, and no token sees those that come after it."""

from __future__ import annotations

import pytest
import torch

from rankr1_app.training.model import Network, Norm, Shape, rotate

SHAPE = Shape(vocab=50, hidden=32, layers=2, heads=2, head=16, mlp=48, positions=64)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(5)
    return Network(SHAPE)


def test_the_numbers_are_those_of_transformers(network: Network) -> None:
    from transformers import Qwen3Config, Qwen3ForCausalLM

    config = Qwen3Config(
        vocab_size=50,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        head_dim=16,
        max_position_embeddings=64,
        rope_parameters={"rope_type": "default", "rope_theta": SHAPE.theta},
        tie_word_embeddings=True,
    )
    theirs = Qwen3ForCausalLM(config).eval()
    lacking = theirs.load_state_dict(network.state_dict(), strict=False)
    assert (lacking.missing_keys, lacking.unexpected_keys) == (["lm_head.weight"], [])
    theirs.tie_weights()
    ids = torch.randint(50, (2, 30))
    with torch.inference_mode():
        assert torch.allclose(network.logits(network.states(ids)), theirs(ids).logits, atol=1e-4)


def test_no_token_sees_those_after_it(network: Network) -> None:
    ids = torch.randint(50, (1, 20))
    other = ids.clone()
    other[0, 10:] = (other[0, 10:] + 1) % 50
    with torch.inference_mode():
        one, two = network.states(ids), network.states(other)
    assert torch.allclose(one[0, :10], two[0, :10], atol=1e-6)
    assert not torch.allclose(one[0, 10:], two[0, 10:], atol=1e-3)


def test_a_word_is_told_from_the_same_word_further_on(network: Network) -> None:
    with torch.inference_mode():
        states = network.states(torch.tensor([[7, 8, 7, 9, 7]]))
    assert not torch.allclose(states[0, 0], states[0, 2], atol=1e-3)


def test_rotation_keeps_lengths_and_depends_on_how_far_apart_two_are() -> None:
    angle = torch.outer(torch.arange(32.0), torch.tensor([1.0, 0.1])).repeat(1, 2)
    cos, sin = angle.cos(), angle.sin()
    q, k = torch.randn(4), torch.randn(4)
    turned = [rotate(each.expand(1, 1, 32, 4), cos, sin)[0, 0] for each in (q, k)]
    assert torch.allclose(turned[0].norm(dim=-1), q.norm().expand(32), atol=1e-5)
    assert torch.allclose(turned[0][3] @ turned[1][7], turned[0][13] @ turned[1][17], atol=1e-4)
    assert not torch.allclose(turned[0][3] @ turned[1][7], turned[0][3] @ turned[1][9], atol=1e-3)


def test_a_norm_makes_the_root_mean_square_one() -> None:
    found = Norm(8)(torch.randn(3, 8) * 100)
    assert torch.allclose(found.pow(2).mean(-1), torch.ones(3), atol=1e-4)


def test_the_parameters_have_the_names_that_are_saved(network: Network) -> None:
    names = {name for name, _ in network.named_parameters()}
    assert "model.layers.1.self_attn.q_norm.weight" in names
    assert "model.embed_tokens.weight" in names
    assert not any("cos" in name or "lm_head" in name for name in network.state_dict())

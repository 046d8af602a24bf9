"""Compute what Transformers' Qwen3 does, for a small one on a CPU, with weights laid out for few tokens at a time.

`rows.py` calls it as it calls a model of Transformers. A step of a small model reads a few tokens: a matrix that lies
(in, out) is then read about twice as fast as one that lies (out, in), and walking through modules takes as long as
computing. Results are those of `modeling_qwen3` of Transformers but for rounding. Importing this imports torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from .kv import Layer


@dataclass(frozen=True)
class Output:
    """Holds what a call returns: `logits` of (rows, tokens, vocabulary)."""

    logits: Tensor


@dataclass(frozen=True)
class Block:
    """Holds the weights of a layer. `qkv` has the numbers of a head that are rotated together side by side, as have the
    `scales` of queries and keys, (heads, size)."""

    before: Tensor
    qkv: Tensor
    scales: Tensor
    out: Tensor
    after: Tensor
    gates: Tensor
    down: Tensor


def fits(model: Any) -> bool:
    """Return whether `Qwen3` computes what the model does: Qwen3 in fp32 on a CPU, with nothing unusual about it."""
    config = model.config
    return (
        type(model).__name__ == "Qwen3ForCausalLM"
        and model.device.type == "cpu"
        and model.dtype == torch.float32
        and config.hidden_act == "silu"
        and not config.attention_bias
        and config.rope_parameters["rope_type"] == "default"
        and set(config.layer_types) == {"full_attention"}
    )


class Qwen3:
    """Runs the forward pass of a Qwen3 over a `kv` cache; `model` is one of Transformers that `fits`."""

    def __init__(self, model: Any) -> None:
        self.config, self.device = model.config, model.device
        self.eps, self.size = self.config.rms_norm_eps, self.config.head_dim
        self.heads, self.kv_heads = self.config.num_attention_heads, self.config.num_key_value_heads
        self.embedding = model.model.embed_tokens.weight.detach()
        self.blocks = [self.block(layer) for layer in model.model.layers]
        self.norm = model.model.norm.weight.detach()
        self.head = transpose(model.lm_head.weight)
        self.rotations = self.rotation()

    def rotation(self) -> Tensor:
        """Return what rotary embedding multiplies the pairs of a head by, (positions, 1, size / 2), complex."""
        exponents = torch.arange(0, self.size, 2).float() / self.size
        frequencies = 1.0 / self.config.rope_parameters["rope_theta"] ** exponents
        angles = torch.arange(self.config.max_position_embeddings).float()[:, None] * frequencies
        return torch.polar(torch.ones_like(angles), angles)[:, None]

    def block(self, layer: Any) -> Block:
        """Return a layer's weights, laid out."""
        attention, feed = layer.self_attn, layer.mlp
        pairs = torch.arange(self.size).view(2, -1).t().reshape(-1)
        query, key = (
            each.weight.view(-1, self.size, each.in_features)[:, pairs].flatten(0, 1)
            for each in (attention.q_proj, attention.k_proj)
        )
        scales = [attention.q_norm.weight[pairs]] * self.heads + [attention.k_norm.weight[pairs]] * self.kv_heads
        return Block(
            before=layer.input_layernorm.weight.detach(),
            qkv=transpose(query, key, attention.v_proj.weight),
            scales=torch.stack(scales).detach(),
            out=transpose(attention.o_proj.weight),
            after=layer.post_attention_layernorm.weight.detach(),
            gates=transpose(feed.gate_proj.weight, feed.up_proj.weight),
            down=transpose(feed.down_proj.weight),
        )

    def __call__(
        self,
        input_ids: Tensor,
        past_key_values: Any,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        logits_to_keep: int = 0,
        **_: Any,
    ) -> Output:
        """Return the logits after the last `logits_to_keep` tokens (0: all), and append to the cache. `input_ids` are
        (rows, tokens), `attention_mask` (rows, cached and new tokens)."""
        width, layers = input_ids.shape[1], past_key_values.layers
        past = int(layers[0].get_seq_length()) if layers else 0
        layers.extend([] if layers else [Layer() for _ in self.blocks])
        rotation = self.rotations[past : past + width] if position_ids is None else self.rotations[position_ids]
        whole = past == 0 and attention_mask is None
        mask = None if whole else causal_mask(len(input_ids), width, past, attention_mask)
        states = functional.embedding(input_ids, self.embedding)
        for block, cache in zip(self.blocks, layers, strict=True):
            states = states + self.attention(block, cache, self.rms(states, block.before), rotation, mask, whole)
            gate, up = (self.rms(states, block.after) @ block.gates).chunk(2, -1)
            states = states + (functional.silu(gate) * up) @ block.down
        return Output(self.rms(states[:, -logits_to_keep:], self.norm) @ self.head)

    def attention(
        self, block: Block, cache: Layer, states: Tensor, rotation: Tensor, mask: Tensor | None, whole: bool
    ) -> Tensor:
        """Return what a layer's attention adds; its keys and values go to the cache."""
        both = self.heads + self.kv_heads
        heads = (states @ block.qkv).view(*states.shape[:2], -1, self.size)
        scaled = self.rms(heads[:, :, :both]) * block.scales
        pairs = torch.view_as_complex(scaled.view(*scaled.shape[:3], -1, 2))
        rotated = torch.view_as_real(pairs * rotation).flatten(3).transpose(1, 2)
        keys, values = cache.update(rotated[:, self.heads :], heads[:, :, both:].transpose(1, 2))
        found = functional.scaled_dot_product_attention(
            rotated[:, : self.heads], keys, values, mask, is_causal=whole, enable_gqa=self.kv_heads < self.heads
        )
        return found.transpose(1, 2).flatten(2) @ block.out

    def rms(self, states: Tensor, weight: Tensor | None = None) -> Tensor:
        """Return states by their root mean square."""
        return torch.rms_norm(states, states.shape[-1:], weight, self.eps)


def transpose(*weights: Tensor) -> Tensor:
    """Return weights that lie (out, in) beside each other, lying (in, out)."""
    return torch.cat(weights).t().contiguous().detach()


def causal_mask(rows: int, width: int, past: int, real: Tensor | None) -> Tensor | None:
    """Return -inf for what each new token does not see, (rows, 1, new tokens, all tokens); None where each sees all."""
    if width == 1 and real is None:
        return None
    mask = torch.zeros(rows, 1, width, past + width)
    mask[..., past:] = torch.full((width, width), -torch.inf).triu_(1)
    return mask if real is None else mask.masked_fill_(real[:, None, None] == 0, -torch.inf)

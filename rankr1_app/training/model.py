"""The network: Qwen3's shape (QK-norm, SwiGLU, tied embeddings), small, for training.

Names of the parameters are those of Transformers' `Qwen3ForCausalLM`, so what is saved loads there and in vLLM.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-6


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Sizes of the network; the defaults are those of `rank-r1-nano`."""

    vocab: int
    hidden: int = 256
    layers: int = 4
    heads: int = 4
    head: int = 64
    mlp: int = 384
    theta: float = 10_000_000.0
    positions: int = 8192


class Norm(nn.Module):
    """RMS norm over the last dimension."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, (x.shape[-1],), self.weight.to(x.dtype), EPSILON)


class Attention(nn.Module):
    """Causal self-attention, (batch, length, hidden) to the same."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.q_proj = nn.Linear(shape.hidden, shape.heads * shape.head, bias=False)
        self.k_proj = nn.Linear(shape.hidden, shape.heads * shape.head, bias=False)
        self.v_proj = nn.Linear(shape.hidden, shape.heads * shape.head, bias=False)
        self.o_proj = nn.Linear(shape.heads * shape.head, shape.hidden, bias=False)
        self.q_norm = Norm(shape.head)
        self.k_norm = Norm(shape.head)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        batch, length, _ = x.shape
        q = self.q_norm(self.q_proj(x).view(batch, length, -1, self.shape.head)).transpose(1, 2)
        k = self.k_norm(self.k_proj(x).view(batch, length, -1, self.shape.head)).transpose(1, 2)
        v = self.v_proj(x).view(batch, length, -1, self.shape.head).transpose(1, 2)
        q, k = rotate(q, *turn), rotate(k, *turn)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return cast(Tensor, self.o_proj(mixed.transpose(1, 2).reshape(batch, length, -1)))


class Mlp(nn.Module):
    """SwiGLU."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden, shape.mlp, bias=False)
        self.up_proj = nn.Linear(shape.hidden, shape.mlp, bias=False)
        self.down_proj = nn.Linear(shape.mlp, shape.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x)))


class Layer(nn.Module):
    """One block, normalised before each half."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.self_attn = Attention(shape)
        self.mlp = Mlp(shape)
        self.input_layernorm = Norm(shape.hidden)
        self.post_attention_layernorm = Norm(shape.hidden)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), turn)
        return cast(Tensor, x + self.mlp(self.post_attention_layernorm(x)))


class Body(nn.Module):
    """Embeddings, blocks and the last norm: token ids (batch, length) to states (batch, length, hidden)."""

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.vocab, shape.hidden)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.hidden)
        frequency = 1 / shape.theta ** (torch.arange(0, shape.head, 2) / shape.head)
        angle = torch.outer(torch.arange(shape.positions), frequency).repeat(1, 2)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embed_tokens(ids)
        turn = (self.cos[: ids.shape[1]], self.sin[: ids.shape[1]])
        for layer in self.blocks():
            x = layer(x, turn)
        return cast(Tensor, self.norm(x))

    def blocks(self) -> list[Layer]:
        """Return the blocks in order."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]


class Network(nn.Module):
    """The causal language model; the output matrix is the embedding matrix."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.model = Body(shape)

    def states(self, ids: Tensor) -> Tensor:
        """Return the last states, (batch, length, hidden)."""
        return cast(Tensor, self.model(ids))

    def logits(self, states: Tensor) -> Tensor:
        """Return scores over the vocabulary for any states (..., hidden)."""
        return F.linear(states, self.model.embed_tokens.weight)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Return `x` with rotary positions, halves paired as in Transformers. `x` is (batch, heads, length, head)."""
    one, two = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-two, one), dim=-1) * sin


WORD, REST, FUNCTION, MARK, LABEL, PHRASE = range(6)

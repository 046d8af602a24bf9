"""The network: Qwen3's shape (QK-norm, SwiGLU, tied embeddings), small, for training.

Names of the parameters are those of Transformers' `Qwen3ForCausalLM`, so what is saved loads there and in vLLM.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import Problem

EPSILON = 1e-6
AWAY = 0.4
LABEL_GAIN = 3.0


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
        return F.rms_norm(x, (x.shape[-1],), self.weight, EPSILON)


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


def initialise(network: Network, kinds: Sequence[int], *, embedding_std: float) -> None:
    """Set random weights with the little order that makes looking words up learnable in minutes.

    `kinds` holds one of `WORD` to `PHRASE` per token. Embeddings are random, so that any two words differ, plus a
    direction that all share (what attention by position alone needs) and one per kind. Queries and keys start alike,
    so that equal words attend to each other, and values are written back as they were read (after Trockman and
    Kolter, "Mimetic initialization", 2023). In the first layer one head starts by looking at the token before and
    one at the nearest label before; in the second, one head compares what those two brought. The rest is learnt.
    """
    shape = network.shape
    pairs = torch.arange(shape.head // 2)
    with torch.no_grad():
        table = network.model.embed_tokens.weight
        nn.init.normal_(table, std=embedding_std)
        shared = torch.randn(shape.hidden) * embedding_std * 0.7
        marks = torch.randn(PHRASE + 1, shape.hidden) * embedding_std * 0.7
        marks[WORD] = 0
        table[: len(kinds)] += marks[torch.tensor(kinds)]
        table += shared
        brought = torch.empty(0)
        for number, layer in enumerate(network.model.blocks()):
            attention = layer.self_attn
            alike = nn.init.orthogonal_(torch.empty(shape.hidden, shape.hidden))
            if number == 1:
                alike[: shape.head] = brought[: shape.head]
                alike[shape.head : 2 * shape.head : 2] = brought[shape.head : 2 * shape.head : 2]
            match_alike(attention, alike)
            copied = attention.v_proj.weight.clone()
            attention.o_proj.weight.copy_(0.25 * copied.T)
            if number > 0:
                for head in range(shape.heads):
                    look_away(attention, head, shared, (pairs < shape.head // 10).float())
            silence(layer.mlp)
            if number == 0:
                brought = copied
                attention.o_proj.weight[:, shape.head : 2 * shape.head] *= LABEL_GAIN
                look_back(attention, 0, shared, shared, torch.exp(-pairs / 2), back=1)
                look_back(attention, 1, shared, marks[LABEL], ((pairs > 7) & (pairs < 12)).float(), back=0)
        nn.init.constant_(network.model.norm.weight, 1 / (embedding_std * shape.hidden**0.5))


def deepen(network: Network, after: Sequence[int]) -> Network:
    """Return the network with a new block behind each of the blocks `after`, counted from 0. The new ones add nothing
    at first, so that it says what it said (after Chen and others, "Net2Net", 2016); queries and keys start alike.
    Raises `Problem` for a block that it does not have."""
    kept = network.model.blocks()
    if strange := [number for number in after if number not in range(len(kept))]:
        raise Problem(f"there is no block {strange[0]} to put one behind; blocks are 0 to {len(kept) - 1}")
    deeper = Network(replace(network.shape, layers=len(kept) + len(after)))
    deeper.model.embed_tokens.load_state_dict(network.model.embed_tokens.state_dict())
    deeper.model.norm.load_state_dict(network.model.norm.state_dict())
    blocks = iter(deeper.model.blocks())
    with torch.no_grad():
        for number, block in enumerate(kept):
            next(blocks).load_state_dict(block.state_dict())
            for _ in range(after.count(number)):
                new = next(blocks)
                match_alike(new.self_attn, nn.init.orthogonal_(torch.empty(network.shape.hidden, network.shape.hidden)))
                nn.init.zeros_(new.self_attn.o_proj.weight)
                silence(new.mlp)
    return deeper


def match_alike(attention: Attention, alike: Tensor) -> None:
    """Initialise query and key alike, by the directions `alike`, so that equal tokens attend to each other; values
    bring what a token is."""
    shape = attention.shape
    # Pairs that turn fast say little about a word far away: matching by content starts in the slow ones.
    slow = torch.where(torch.arange(shape.head // 2) < shape.head // 5, 0.2, 1.0).repeat(2)[:, None]
    noise = 0.3 * shape.hidden**-0.5
    for weight in (attention.q_proj.weight, attention.k_proj.weight):
        weight.copy_(alike[: weight.shape[0]] + noise * torch.randn_like(weight))
        weight.mul_(slow.repeat(shape.heads, 1))
    nn.init.orthogonal_(attention.v_proj.weight)
    for norm in (attention.q_norm, attention.k_norm):
        nn.init.constant_(norm.weight, 1.5)


def silence(mlp: Mlp) -> None:
    """Zero the output projection, so that a new block is the identity."""
    for weight in (mlp.gate_proj.weight, mlp.up_proj.weight):
        nn.init.normal_(weight, std=weight.shape[1] ** -0.5)
    nn.init.zeros_(mlp.down_proj.weight)


def look_back(attention: Attention, head: int, asks: Tensor, has: Tensor, pairs: Tensor, *, back: int) -> None:
    """Let a head start by looking for tokens that hold the direction `has`, best `back` positions ago.

    `asks` is a direction that every token holds; `pairs` says how much each rotary pair counts.
    """
    shape = attention.shape
    rows = slice(head * shape.head, (head + 1) * shape.head)
    key = torch.randn(shape.head) * pairs.repeat(2)
    angle = (-back / shape.theta ** (torch.arange(0, shape.head, 2) / shape.head)).repeat(2)
    query = rotate(key, angle.cos(), angle.sin())
    for weight, sought, by in ((attention.k_proj.weight, has, key), (attention.q_proj.weight, asks, query)):
        weight[rows] = torch.outer(by, sought / sought.norm()) + 0.02 * torch.randn(shape.head, shape.hidden)


def look_away(attention: Attention, head: int, asks: Tensor, pairs: Tensor) -> None:
    """Let a head pass over the token itself and its neighbours, which always match best and say nothing new."""
    size = attention.shape.head
    rows = torch.arange(size)[pairs.repeat(2) > 0]
    key = torch.randn(len(rows))
    away = torch.outer(AWAY * key / key.norm(), asks / asks.norm())
    attention.k_proj.weight[rows + head * size] = away
    attention.q_proj.weight[rows + head * size] = -away


def save(network: Network, folder: Path, ids: dict[str, int], *, shard_bytes: int = 9_000_000) -> None:
    """Write config, generation config and bf16 weights, in shards under `shard_bytes`, as Transformers reads them.

    `ids` are the ids of the tokens `stop` and `pad`.
    """
    from safetensors.torch import save_file

    shape = network.shape
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": shape.vocab,
        "hidden_size": shape.hidden,
        "intermediate_size": shape.mlp,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.head,
        "hidden_act": "silu",
        "max_position_embeddings": shape.positions,
        "rms_norm_eps": EPSILON,
        "rope_theta": shape.theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.theta},
        "attention_bias": False,
        "attention_dropout": 0.0,
        "use_sliding_window": False,
        "tie_word_embeddings": True,
        "initializer_range": 0.02,
        "use_cache": True,
        "bos_token_id": None,
        "eos_token_id": ids["stop"],
        "pad_token_id": ids["pad"],
        "torch_dtype": "bfloat16",
    }
    generation = {"do_sample": False, "eos_token_id": ids["stop"], "pad_token_id": ids["pad"]}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n", encoding="utf-8")

    weights = {name: weight.detach().to(torch.bfloat16).contiguous() for name, weight in network.named_parameters()}
    shards = sharded(weights, shard_bytes)
    names = ["model.safetensors"]
    if len(shards) > 1:
        names = [f"model-{n:05d}-of-{len(shards):05d}.safetensors" for n in range(1, len(shards) + 1)]
        index = {
            "metadata": {"total_size": sum(weight.nbytes for weight in weights.values())},
            "weight_map": {key: name for name, shard in zip(names, shards, strict=True) for key in shard},
        }
        (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    for name, shard in zip(names, shards, strict=True):
        save_file(shard, folder / name, metadata={"format": "pt"})


def sharded(weights: dict[str, Tensor], most: int) -> list[dict[str, Tensor]]:
    """Return the weights in files of at most `most` bytes."""
    shards: list[dict[str, Tensor]] = [{}]
    room = most - 100_000
    for name, weight in weights.items():
        if weight.nbytes > room:
            shards.append({})
            room = most - 100_000
        shards[-1][name] = weight
        room -= weight.nbytes
    return [shard for shard in shards if shard]


def load(folder: Path) -> Network:
    """Return the network saved in `folder`, in fp32."""
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    network = Network(
        Shape(
            vocab=config["vocab_size"],
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            head=config["head_dim"],
            mlp=config["intermediate_size"],
            theta=config["rope_theta"],
            positions=config["max_position_embeddings"],
        )
    )
    weights: dict[str, Tensor] = {}
    for path in sorted(folder.glob("model*.safetensors")):
        weights |= load_file(path)
    network.load_state_dict({name: weight.float() for name, weight in weights.items()})
    return network

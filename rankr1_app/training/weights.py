"""A network on disk, as Transformers and vLLM read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .model import EPSILON, Network, Shape


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

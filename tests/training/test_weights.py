"""A network on disk: in shards of bf16, and the same in Transformers as here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from rankr1_app.training import chat, sft, weights
from rankr1_app.training.model import Network, Shape

from .tiny import write


def test_what_is_saved_loads_in_transformers_and_says_the_same(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    sft.run(write(tmp_path, 10))
    folder = tmp_path / "out" / "model"
    words = AutoTokenizer.from_pretrained(folder)
    theirs = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    messages = [{"role": "system", "content": chat.PROMPT.system}, {"role": "user", "content": "[1]: A stone falls."}]
    text = words.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert text.endswith("[1]: A stone falls.<|im_end|>\n<|im_start|>assistant\n")
    ids = words(text, return_tensors="pt")["input_ids"]
    ours = weights.load(folder)
    with torch.inference_mode():
        assert torch.allclose(ours.logits(ours.states(ids)), theirs(ids).logits, atol=1e-4)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(1)
    return Network(Shape(vocab=64, hidden=32, layers=2, heads=2, head=16, mlp=48, positions=128))


IDS = {"stop": 5, "pad": 7}


def test_a_network_is_loaded_as_it_was_saved_but_for_bf16(network: Network, tmp_path: Path) -> None:
    weights.save(network, tmp_path / "made" / "model", IDS)
    assert [each.name for each in sorted((tmp_path / "made" / "model").iterdir())] == [
        "config.json",
        "generation_config.json",
        "model.safetensors",
    ]
    again = weights.load(tmp_path / "made" / "model")
    assert again.shape == network.shape
    for name, weight in network.named_parameters():
        assert again.state_dict()[name].equal(weight.detach().bfloat16().float()), name


def test_a_network_in_several_files_is_whole(network: Network, tmp_path: Path) -> None:
    weights.save(network, tmp_path, IDS, shard_bytes=110_000)
    files = sorted(tmp_path.glob("model-*.safetensors"))
    assert len(files) > 1
    assert files[0].name == f"model-00001-of-{len(files):05d}.safetensors"
    assert all(path.stat().st_size <= 110_000 for path in files)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text("utf-8"))
    assert set(index["weight_map"]) == {name for name, _ in network.named_parameters()}
    assert set(index["weight_map"].values()) == {path.name for path in files}
    assert index["metadata"]["total_size"] == sum(2 * weight.numel() for weight in network.parameters())
    assert weights.load(tmp_path).model.norm.weight.equal(network.model.norm.weight)


def test_the_tokens_that_end_and_pad_are_those_given(network: Network, tmp_path: Path) -> None:
    weights.save(network, tmp_path, IDS)
    for name in ("config.json", "generation_config.json"):
        said = json.loads((tmp_path / name).read_text("utf-8"))
        assert (said["eos_token_id"], said["pad_token_id"]) == (5, 7)


def test_a_weight_over_the_size_of_a_file_has_its_own() -> None:
    small, large = torch.zeros(10), torch.zeros(50_000)
    found = weights.sharded({"a": small, "large": large, "b": small}, 150_000)
    assert [list(shard) for shard in found] == [["a"], ["large"], ["b"]]
    assert weights.sharded({}, 150_000) == []

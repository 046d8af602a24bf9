"""The weights a network begins with, and a network that gets more blocks or other tokens and says what it said."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from rankr1_app.errors import Problem
from rankr1_app.paths import MODELS
from rankr1_app.training import initial, sft, tokenizer, weights
from rankr1_app.training.model import FUNCTION, LABEL, MARK, PHRASE, REST, WORD, Network, Shape

from .tiny import NEW, write


def test_a_deeper_network_says_the_same_until_it_learns(tmp_path: Path) -> None:
    import torch

    sft.run(write(tmp_path, 10))
    made = tmp_path / "out" / "model"
    before = weights.load(made)
    deeper = initial.deepen(before, (0, 0, 1))
    with pytest.raises(Problem, match="no block 2"):
        initial.deepen(before, (2,))
    ids = torch.arange(60).view(2, 30)
    with torch.inference_mode():
        assert deeper.shape.layers == 5
        assert torch.equal(deeper.states(ids), before.states(ids))
    config = write(tmp_path, 10)
    text = config.read_text(encoding="utf-8").replace(NEW, f'start_from = "{made}"\ndeepen = [0, 1]\n')
    config.write_text(text, encoding="utf-8")
    sft.run(config, output=tmp_path / "second")
    after = weights.load(tmp_path / "second" / "model")
    assert after.shape.layers == 4
    assert all(block.self_attn.o_proj.weight.any() for block in after.model.blocks())


SHAPE = Shape(vocab=64, hidden=32, layers=3, heads=2, head=16, mlp=48, positions=64)
KINDS = [WORD] * 40 + [LABEL] * 8 + [PHRASE] * 8 + [FUNCTION] * 4 + [MARK] * 2 + [REST] * 2


@pytest.fixture
def network() -> Network:
    torch.manual_seed(3)
    made = Network(SHAPE)
    initial.initialise(made, KINDS, embedding_std=0.25)
    return made


def test_a_new_network_says_finite_things_and_the_same_for_the_same_seed(network: Network) -> None:
    torch.manual_seed(3)
    again = Network(SHAPE)
    initial.initialise(again, KINDS, embedding_std=0.25)
    ids = torch.arange(40).view(2, 20)
    with torch.inference_mode():
        states = network.states(ids)
        assert torch.isfinite(network.logits(states)).all()
        assert states.equal(again.states(ids))
    assert states.std() == pytest.approx(1 / (0.25 * 32**0.5) * 1.0, rel=0.5)


def test_tokens_of_one_kind_are_nearer_to_each_other_than_to_words(network: Network) -> None:
    table = network.model.embed_tokens.weight.detach()
    labels, words = table[40:48], table[:40]
    assert torch.cdist(labels.mean(0, keepdim=True), words.mean(0, keepdim=True)) > 0.25
    near = torch.nn.functional.cosine_similarity(labels[:, None], labels[None], dim=-1)
    far = torch.nn.functional.cosine_similarity(labels[:, None], words[None], dim=-1)
    assert near.mean() > far.mean()


def test_new_blocks_add_nothing_at_first(network: Network) -> None:
    for block in network.model.blocks():
        assert not block.mlp.down_proj.weight.any()
        assert block.mlp.up_proj.weight.any()


def test_a_block_that_is_not_there_is_named(network: Network) -> None:
    with pytest.raises(Problem) as raised:
        initial.deepen(network, (0, 3))
    assert str(raised.value) == "there is no block 3 to put one behind; blocks are 0 to 2"


def test_blocks_stand_behind_those_they_were_asked_for(network: Network) -> None:
    deeper = initial.deepen(network, (1, 1))
    blocks, before = deeper.model.blocks(), network.model.blocks()
    assert [not block.self_attn.o_proj.weight.any() for block in blocks] == [False, False, True, True, False]
    for number, place in enumerate((0, 1, 4)):
        assert blocks[place].self_attn.q_proj.weight.equal(before[number].self_attn.q_proj.weight)
    ids = torch.arange(40).view(2, 20)
    with torch.inference_mode():
        assert deeper.states(ids).equal(network.states(ids))


def test_tokens_that_a_network_knows_keep_their_rows() -> None:
    whole = Tokenizer.from_file(str(MODELS / "rank-r1-nano" / "tokenizer.json"))
    fewer = tokenizer.without_rarest(whole, 7)
    kept = weights.load(MODELS / "rank-r1-nano")
    made = initial.fitted(kept, whole, fewer)
    rows = made.model.embed_tokens.weight
    for token in ("[2]", " meaning .31:", tokenizer.STOP):
        assert rows[fewer.token_to_id(token)].equal(kept.model.embed_tokens.weight[whole.token_to_id(token)])
    assert rows.shape[0] % 64 == 0
    assert rows.shape[0] >= fewer.get_vocab_size()


def test_near_values_on_a_smooth_path_are_alike_and_far_ones_are_not() -> None:
    torch.manual_seed(1)
    path = initial.smooth(64)
    assert path.shape == (101, 64)
    assert path.std() == pytest.approx(1.0, abs=0.3)
    steps = (path[1:] - path[:-1]).norm(dim=1)
    assert steps.max() < 0.5 * (path[90] - path[10]).norm()

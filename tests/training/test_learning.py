"""One step of supervised training: rates, what the loss looks at, and what moves."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
import torch
from tokenizers import Tokenizer

from rankr1_app.training import batches, curriculum, examples, learning, pools, tokenizer, traces, weighed
from rankr1_app.training.batches import TrainingBatch
from rankr1_app.training.model import Network, Shape
from rankr1_app.training.optimiser import Muon

from .tiny import write


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> curriculum.Config:
    return curriculum.read_config(write(tmp_path_factory.mktemp("config"), 100))


@pytest.fixture(scope="module")
def tokens(pool: pools.Pool) -> Tokenizer:
    return tokenizer.train([" ".join(text) for text in pool.texts[:300]], 600)


@pytest.fixture
def network(tokens: Tokenizer) -> Network:
    torch.manual_seed(3)
    return Network(Shape(vocab=tokens.get_vocab_size(), hidden=32, layers=2, heads=2, head=16, mlp=32))


@pytest.fixture(scope="module")
def batch(pool: pools.Pool, tokens: Tokenizer) -> TrainingBatch:
    setting = examples.Setting(documents=(1, 3), words=(4, 8))
    return batches.draw(pool, tokens, Random(5), setting, 1500, whole_vocabulary=True)


def rates(config: curriculum.Config, step: int) -> float:
    """Return the share of the full rate at a step."""
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    optimiser.param_groups[0]["full_lr"] = 0.5
    learning.set_rates(config, [optimiser], step)
    return float(optimiser.param_groups[0]["lr"]) / 0.5


def test_the_rate_warms_up_stays_and_falls_to_nothing(config: curriculum.Config) -> None:
    warm = replace(config, steps=100, warmup=10, decay=0.2)
    assert [rates(warm, step) for step in (0, 4, 9, 50, 80)] == pytest.approx([0.1, 0.5, 1.0, 1.0, 1.0])
    assert [rates(warm, step) for step in (90, 95, 100)] == pytest.approx([0.5, 0.25, 0.0])
    assert rates(replace(warm, warmup=0, decay=0.0), 0) == rates(replace(warm, decay=0.0), 99) == 1.0


def test_matrices_are_moved_by_muon_and_vectors_by_adamw(config: curriculum.Config, network: Network) -> None:
    network.model.embed_tokens.weight.requires_grad_(False)
    muon, adamw = learning.optimisers_of(config, network)
    assert isinstance(muon, Muon)
    assert {weight.ndim for weight in muon.param_groups[0]["params"]} == {2}
    assert {weight.ndim for weight in adamw.param_groups[0]["params"]} == {1}
    moved = sum(len(each.param_groups[0]["params"]) for each in (muon, adamw))
    assert moved == sum(weight.requires_grad for weight in network.parameters()) < len(list(network.parameters()))
    assert (muon.param_groups[0]["full_lr"], adamw.param_groups[0]["full_lr"]) == (config.matrix_lr, config.other_lr)


def test_the_phrases_that_decide_are_those_of_the_trace(tokens: Tokenizer) -> None:
    ids = learning.phrase_ids(tokens)
    assert ids.words.tolist() == [tokenizer.id_of(tokens, phrase) for phrase in traces.decisions()]
    assert ids.choice == tokenizer.id_of(tokens, traces.BEST)
    assert ids.labels.tolist() == []
    assert {*ids.words.tolist()} < {*ids.fixed.tolist()}
    more = tokenizer.extended(tokens)
    ids = learning.phrase_ids(more, is_weighed=True)
    assert ids.choice == tokenizer.id_of(more, weighed.BEST)
    assert ids.labels.tolist() == [tokenizer.id_of(more, traces.label(n)) for n in range(traces.MOST_DOCUMENTS)]


def test_the_loss_is_the_cross_entropy_of_what_is_learnt(
    config: curriculum.Config, network: Network, batch: TrainingBatch, tokens: Tokenizer
) -> None:
    ids = learning.phrase_ids(tokens)
    loss, right = learning.loss_of(config, network, batch, ids)
    with torch.inference_mode():
        logits = network.logits(network.states(batch.ids))
        whole = torch.nn.functional.cross_entropy(logits[batch.learn], batch.ids.roll(-1, 1)[batch.learn])
    assert float(loss.detach()) == pytest.approx(float(whole), rel=1e-4)
    assert set(right) == {"all", "naming", "decisions", "choices"}
    assert all(0 <= share <= 1 for share in right.values())


def test_padding_changes_no_loss(
    config: curriculum.Config, network: Network, batch: TrainingBatch, tokens: Tokenizer
) -> None:
    ids, other = learning.phrase_ids(tokens), batch.ids.clone()
    padding = batch.ids == tokenizer.id_of(tokens, tokenizer.PAD)
    assert padding.any()
    other[padding] = 0
    before = learning.loss_of(config, network, batch, ids)[0]
    assert torch.allclose(before, learning.loss_of(config, network, replace(batch, ids=other), ids)[0], atol=1e-6)


def test_choices_and_decisions_weigh_as_the_config_says(
    config: curriculum.Config, network: Network, batch: TrainingBatch, tokens: Tokenizer
) -> None:
    ids = learning.phrase_ids(tokens)
    plain, heavy = (
        float(learning.loss_of(each, network, batch, ids)[0].detach())
        for each in (config, replace(config, decision_weight=1000.0, choice_weight=1000.0))
    )
    states = network.states(batch.ids)[batch.learn]
    chosen = batch.ids[batch.learn] == ids.choice
    targets = batch.ids.roll(-1, 1)[batch.learn]
    alone = torch.nn.functional.cross_entropy(network.logits(states)[chosen], targets[chosen])
    assert heavy == pytest.approx(float(alone.detach()), rel=0.01)
    assert heavy != pytest.approx(plain, rel=1e-4)


def test_few_candidates_are_easier_and_hold_every_target(
    config: curriculum.Config, network: Network, batch: TrainingBatch, tokens: Tokenizer
) -> None:
    ids = learning.phrase_ids(tokens)
    whole = learning.loss_of(config, network, batch, ids)[0]
    few = learning.loss_of(config, network, replace(batch, whole_vocabulary=False), ids)[0]
    assert 0 < few < whole


def test_a_step_lowers_the_loss_of_its_batch(
    config: curriculum.Config, network: Network, batch: TrainingBatch, tokens: Tokenizer
) -> None:
    learner = learning.Learner(network, learning.optimisers_of(config, network))
    losses = [learning.take_step(config, learner, batch, learning.phrase_ids(tokens))[0] for _ in range(8)]
    assert losses[-1] < 0.9 * losses[0]
    assert all(weight.grad is None for weight in network.parameters())

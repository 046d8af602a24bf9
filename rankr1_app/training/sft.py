"""Supervised training of the bundled model: `rankr1 train sft CONFIG`.

Every step draws its examples from the seed and the step's number alone, so a run that was killed goes on from its
last checkpoint as if nothing had happened.
"""

from __future__ import annotations

import itertools
import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import Problem, shown
from . import batches, curves, examples, model, pools, progress, tokenizer, traces
from .batches import TrainingBatch
from .optimiser import Muon
from .recipe import read_toml

if TYPE_CHECKING:
    from tokenizers import Tokenizer


DRAWN = {
    "loss": "loss",
    "naming": "right about the words asked",
    "decisions": "right about a word",
    "choices": "right about the choice",
}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A part of the curriculum, up to the step `until` (not included); `whole_vocabulary` as `loss_of` says."""

    until: int
    settings: tuple[examples.Setting, ...]
    whole_vocabulary: bool = False


@dataclass(frozen=True, kw_only=True)
class New:
    """A model to begin from nothing: a tokenizer of at most `pieces` words and pieces of words, and random weights,
    with `shape` as `model.Shape` has it."""

    pieces: int
    embedding_std: float
    shape: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Config:
    """A training run, as its TOML file says it: of a `new` model, or of the one in the folder `start_from`, which gets
    a new block behind each of those in `deepen` (counted from 0)."""

    output: Path
    collections: Path
    corpora: tuple[str, ...]
    topics: tuple[str, ...]
    seed: int
    steps: int
    batch_tokens: int
    matrix_lr: float
    other_lr: float
    warmup: int
    decay: float
    save_every: int
    decision_weight: float = 1.0
    choice_weight: float = 1.0
    stages: tuple[Stage, ...]
    compile: bool = False
    words: tuple[Path, ...] = ()
    new: New | None = None
    start_from: Path | None = None
    deepen: tuple[int, ...] = ()

    def stage(self, step: int) -> Stage:
        """Return the stage that `step` belongs to."""
        return next((stage for stage in self.stages if step < stage.until), self.stages[-1])


def read_config(path: Path) -> Config:
    """Return the config in the TOML file at `path`; relative paths in it are relative to the working directory."""
    config = read_toml(path, Config)
    if (config.new is None) == (config.start_from is None):
        raise Problem(
            f"config {shown(str(path))} must say one of start_from and [new]: a model to go on with, or a new one"
        )
    if config.new and config.deepen:
        raise Problem(f"config {shown(str(path))} says [new] and deepen; a new model's blocks are layers in its shape")
    return config


def estimate(config_path: Path) -> str:
    """Return what a run will take, in words: parameters, tokens, memory and time, from one step of each stage."""
    config = read_config(config_path)
    pool = pool_of(config)
    words = tokenizer_of(config, pool)
    learner = learner_of(config, words)
    spent = tokens = 0.0
    first = 0
    for stage in config.stages:
        steps = min(stage.until, config.steps) - first
        began = time.monotonic()
        batch = draw_batch(config, pool, words, first)
        take_step(config, learner, batch, phrase_ids(words))
        spent += steps * (time.monotonic() - began)
        tokens += steps * batch.ids.numel()
        first += steps
    size = sum(weight.numel() for weight in learner.network.parameters())
    return (
        f"{size / 1e6:.1f} million parameters, {config.steps} steps, about {tokens / 1e6:.0f} million tokens, "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB of memory, "
        f"about {spent / 60:.0f} minutes on this machine"
    )


def run(config_path: Path, *, resume: bool = False, output: Path | None = None) -> None:
    """Train as the config says, into `output` (the config's own folder if None).

    Writes there `checkpoint.pt` (to go on), `progress.csv`, `model/` (tokenizer, config, weights in bf16), and at the
    end `progress.svg`.
    With `resume`, goes on from `checkpoint.pt` if there is one.
    """
    config = read_config(config_path)
    folder = output or config.output
    folder.mkdir(parents=True, exist_ok=True)
    pool = pool_of(config)
    words = tokenizer_of(config, pool, folder / "model" if resume else None)
    tokenizer.save(words, folder / "model")
    learner = learner_of(config, words)
    first = restore(folder, learner) if resume else 0
    train(config, folder, pool, words, learner, first)


def pool_of(config: Config) -> pools.Pool:
    """Return the texts, topics and words to learn from."""
    return pools.gather(config.collections, config.corpora, config.topics, everyday_words(config))


def everyday_words(config: Config) -> list[str]:
    """Return the words of the lists that the config names."""
    found: list[str] = []
    for path in config.words:
        try:
            found += path.read_text(encoding="utf-8").split()
        except OSError as error:
            raise Problem(f"cannot read words {shown(str(path))}: {error.strerror}; give a text file") from error
    return found


def tokenizer_of(config: Config, pool: pools.Pool, saved: Path | None = None) -> Tokenizer:
    """Return the tokenizer saved before, that of `start_from`, or a new one."""
    from tokenizers import Tokenizer

    for folder in (saved, config.start_from):
        if folder and (folder / "tokenizer.json").exists():
            return Tokenizer.from_file(str(folder / "tokenizer.json"))
    if not config.new:
        raise nothing_to_start_from(config)
    # Everyday words count as often as words that a dozen texts have, so that they become single tokens.
    texts = itertools.chain((" ".join(text) for text in pool.texts), [" ".join(everyday_words(config))] * 12)
    return tokenizer.train(texts, config.new.pieces)


def network_of(config: Config, words: Tokenizer) -> model.Network:
    """Return a new network, or that of `start_from`. Its embeddings stay as random as they are: seldom words as
    different as others."""
    torch.manual_seed(config.seed)
    if config.new:
        kinds = tokenizer.kinds(words)
        network = model.Network(model.Shape(vocab=-(-len(kinds) // 64) * 64, **config.new.shape))
        model.initialise(network, kinds, embedding_std=config.new.embedding_std)
    elif config.start_from and (config.start_from / "config.json").exists():
        network = model.deepen(model.load(config.start_from), config.deepen)
    else:
        raise nothing_to_start_from(config)
    network.model.embed_tokens.weight.requires_grad_(False)
    return network


def nothing_to_start_from(config: Config) -> Problem:
    """Return the error for a model that is not there."""
    return Problem(f"there is no model to start from in {shown(str(config.start_from))}; train that one first")


@dataclass(frozen=True)
class Learner:
    """The network and what moves its weights."""

    network: model.Network
    optimisers: list[torch.optim.Optimizer]


def learner_of(config: Config, words: Tokenizer) -> Learner:
    """Return the network to train with its optimisers."""
    network = network_of(config, words)
    return Learner(network, optimisers_of(config, network))


def optimisers_of(config: Config, network: model.Network) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices and AdamW for the vectors."""
    learnt = [weight for weight in network.parameters() if weight.requires_grad]
    matrices = [weight for weight in learnt if weight.ndim == 2]
    vectors = [weight for weight in learnt if weight.ndim == 1]
    made: list[torch.optim.Optimizer] = [
        Muon(matrices, lr=config.matrix_lr),
        torch.optim.AdamW(vectors, lr=config.other_lr, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    for optimiser in made:
        for group in optimiser.param_groups:
            group["full_lr"] = group["lr"]
    return made


def train(config: Config, folder: Path, pool: pools.Pool, words: Tokenizer, learner: Learner, first: int) -> None:
    """Train from step `first` to the end, and draw the curves."""
    if config.compile:
        learner.network.model.compile(dynamic=True)
    ids = phrase_ids(words)
    with progress.Progress(folder / "progress.csv", first) as written:
        for step in range(first, config.steps):
            set_rates(config, learner.optimisers, step)
            batch = draw_batch(config, pool, words, step)
            written.add(step, *take_step(config, learner, batch, ids), batch)
            if (step + 1) % config.save_every == 0 or step + 1 == config.steps:
                save_checkpoint(folder, learner, words, step + 1)
    curves.picture(curves.table(folder / "progress.csv"), folder / "progress.svg", DRAWN)


@dataclass(frozen=True)
class PhraseIds:
    """Token ids: all fixed phrases, those that decide about a word, and the one before the choice."""

    fixed: Tensor
    words: Tensor
    choice: int


def phrase_ids(words: Tokenizer) -> PhraseIds:
    """Return the ids of the phrases that the loss looks at."""
    fixed = (*tokenizer.phrases(), tokenizer.STOP)
    first, second = (
        torch.tensor([tokenizer.id_of(words, token) for token in some]) for some in (fixed, traces.decisions())
    )
    return PhraseIds(first, second, tokenizer.id_of(words, traces.BEST))


def take_step(config: Config, learner: Learner, batch: TrainingBatch, ids: PhraseIds) -> tuple[float, dict[str, float]]:
    """Learn from one batch; return its loss, and the shares that were right."""
    loss, right = loss_of(config, learner.network, batch, ids)
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_((weight for weight in learner.network.parameters() if weight.requires_grad), 1.0)
    for optimiser in learner.optimisers:
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return float(loss.detach()), right


def draw_batch(config: Config, pool: pools.Pool, words: Tokenizer, step: int) -> TrainingBatch:
    """Return the examples of one step: all of one setting of the stage."""
    rng = Random(f"{config.seed}/{step}")
    stage = config.stage(step)
    setting = rng.choice(stage.settings)
    return batches.draw(pool, words, rng, setting, config.batch_tokens, whole_vocabulary=stage.whole_vocabulary)


def loss_of(
    config: Config, network: model.Network, batch: TrainingBatch, ids: PhraseIds
) -> tuple[Tensor, dict[str, float]]:
    """Return the cross-entropy, over the whole vocabulary or, for a start, over tokens that the batch holds and as many
    others.

    What a trace may say is in its prompt or a fixed phrase, so few candidates teach copying at a fraction of the
    cost; telling words apart in the whole vocabulary takes all of them. `right` holds the shares of tokens, of the
    words asked, of decisions about a word and of choices that came first among the candidates.
    """
    states = network.states(batch.ids)[batch.learn]
    targets = batch.ids.roll(-1, 1)[batch.learn]
    chosen = batch.ids[batch.learn] == ids.choice
    naming = batch.naming[batch.learn]
    decided = torch.isin(targets, ids.words) | chosen | naming
    embeddings = network.model.embed_tokens.weight
    if not batch.whole_vocabulary:
        held = torch.unique(torch.cat((batch.ids.flatten(), ids.fixed)))
        chance = torch.Generator().manual_seed(len(held))
        others = torch.randint(embeddings.shape[0], (len(held),), generator=chance)
        candidates = torch.unique(torch.cat((held, others)))
        embeddings = embeddings[candidates]
        targets = torch.searchsorted(candidates, targets)
    logits = F.linear(states, embeddings)
    with torch.no_grad():
        hit = logits.argmax(-1) == targets
        right = {
            "all": float(hit.float().mean()),
            "naming": float(hit[naming].float().mean()),
            "decisions": float(hit[decided & ~naming].float().mean()),
            "choices": float(hit[chosen].float().mean()),
        }
    weights = torch.where(decided, config.decision_weight, 1.0) * torch.where(chosen, config.choice_weight, 1.0)
    return (F.cross_entropy(logits, targets, reduction="none") * weights).sum() / weights.sum(), right


def set_rates(config: Config, optimisers: list[torch.optim.Optimizer], step: int) -> None:
    """Set the rates of a step: linear warm-up, then full rate, then linear to nothing over the last `decay` share of
    the run."""
    left = (config.steps - step) / (config.steps * config.decay) if config.decay else 1.0
    share = min(1.0, (step + 1) / max(1, config.warmup), left)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group["full_lr"] * share


def save_checkpoint(folder: Path, learner: Learner, words: Tokenizer, step: int) -> None:
    """Write what a run needs to go on, and the model as it is."""
    state = {
        "step": step,
        "network": learner.network.state_dict(),
        "optimisers": [optimiser.state_dict() for optimiser in learner.optimisers],
    }
    torch.save(state, folder / "checkpoint.new")
    os.replace(folder / "checkpoint.new", folder / "checkpoint.pt")
    ids = {"stop": tokenizer.id_of(words, tokenizer.STOP), "pad": tokenizer.id_of(words, tokenizer.PAD)}
    model.save(learner.network, folder / "model", ids)


def restore(folder: Path, learner: Learner) -> int:
    """Load the last checkpoint, if there is one; return its step."""
    path = folder / "checkpoint.pt"
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    learner.network.load_state_dict(state["network"])
    for optimiser, saved in zip(learner.optimisers, state["optimisers"], strict=True):
        optimiser.load_state_dict(saved)
    return int(state["step"])

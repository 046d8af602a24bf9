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

from rankr1_app.errors import Problem, shown
from rankr1_app.training import batches, corpora, curves, examples, model, progress, tokenizer, traces
from rankr1_app.training.batches import Batch
from rankr1_app.training.optimiser import Muon
from rankr1_app.training.recipe import read_toml

if TYPE_CHECKING:
    from tokenizers import Tokenizer


DRAWN = {
    "loss": "loss",
    "naming": "right about the words asked",
    "decisions": "right about a word",
    "choices": "right about the choice",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the curriculum, up to the step `until` (not included); `whole_vocabulary` as `_loss` says."""

    until: int
    settings: tuple[examples.Setting, ...]
    whole_vocabulary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A model to begin from nothing: a tokenizer of at most `pieces` words and pieces of words, and random weights,
    with `shape` as `model.Shape` has it."""

    pieces: int
    embedding_std: float
    shape: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
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
        """The stage that `step` belongs to."""
        return next((stage for stage in self.stages if step < stage.until), self.stages[-1])


def read_config(path: Path) -> Config:
    """The config in the TOML file at `path`; relative paths in it are relative to the working directory."""
    config = read_toml(path, Config)
    if (config.new is None) == (config.start_from is None):
        raise Problem(
            f"config {shown(str(path))} must say one of start_from and [new]: a model to go on with, or a new one"
        )
    if config.new and config.deepen:
        raise Problem(f"config {shown(str(path))} says [new] and deepen; a new model's blocks are layers in its shape")
    return config


def estimate(config_path: Path) -> str:
    """What a run will take, in words: parameters, tokens, memory and time, from one step of each stage."""
    config = read_config(config_path)
    pool = _pool(config)
    words = _tokenizer(config, pool)
    learner = _learner(config, words)
    spent = tokens = 0.0
    first = 0
    for stage in config.stages:
        steps = min(stage.until, config.steps) - first
        began = time.monotonic()
        batch = draw_batch(config, pool, words, first)
        _step(config, learner, batch, _known(words))
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
    pool = _pool(config)
    words = _tokenizer(config, pool, folder / "model" if resume else None)
    tokenizer.save(words, folder / "model")
    learner = _learner(config, words)
    first = _restore(folder, learner) if resume else 0
    _train(config, folder, pool, words, learner, first)


def _pool(config: Config) -> corpora.Pool:
    return corpora.gather(config.collections, config.corpora, config.topics, _everyday(config))


def _everyday(config: Config) -> list[str]:
    found: list[str] = []
    for path in config.words:
        try:
            found += path.read_text(encoding="utf-8").split()
        except OSError as error:
            raise Problem(f"cannot read words {shown(str(path))}: {error.strerror}; give a text file") from error
    return found


def _tokenizer(config: Config, pool: corpora.Pool, saved: Path | None = None) -> Tokenizer:
    """The tokenizer saved before, that of `start_from`, or a new one."""
    from tokenizers import Tokenizer

    for folder in (saved, config.start_from):
        if folder and (folder / "tokenizer.json").exists():
            return Tokenizer.from_file(str(folder / "tokenizer.json"))
    if not config.new:
        raise _nothing_to_start_from(config)
    # Everyday words count as often as words that a dozen texts have, so that they become single tokens.
    texts = itertools.chain((" ".join(text) for text in pool.texts), [" ".join(_everyday(config))] * 12)
    return tokenizer.train(texts, config.new.pieces)


def _network(config: Config, words: Tokenizer) -> model.Network:
    """A new network, or that of `start_from`. Its embeddings stay as random as they are: seldom words as different as
    others."""
    torch.manual_seed(config.seed)
    if config.new:
        kinds = tokenizer.kinds(words)
        network = model.Network(model.Shape(vocab=-(-len(kinds) // 64) * 64, **config.new.shape))
        model.initialise(network, kinds, embedding_std=config.new.embedding_std)
    elif config.start_from and (config.start_from / "config.json").exists():
        network = model.deepen(model.load(config.start_from), config.deepen)
    else:
        raise _nothing_to_start_from(config)
    network.model.embed_tokens.weight.requires_grad_(False)
    return network


def _nothing_to_start_from(config: Config) -> Problem:
    return Problem(f"there is no model to start from in {shown(str(config.start_from))}; train that one first")


@dataclass(frozen=True, slots=True)
class Learner:
    """The network and what moves its weights."""

    network: model.Network
    optimisers: list[torch.optim.Optimizer]


def _learner(config: Config, words: Tokenizer) -> Learner:
    network = _network(config, words)
    return Learner(network, _optimisers(config, network))


def _optimisers(config: Config, network: model.Network) -> list[torch.optim.Optimizer]:
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


def _train(config: Config, folder: Path, pool: corpora.Pool, words: Tokenizer, learner: Learner, first: int) -> None:
    if config.compile:
        learner.network.model.compile(dynamic=True)
    known = _known(words)
    with progress.Progress(folder / "progress.csv", first) as written:
        for step in range(first, config.steps):
            _set_rates(config, learner.optimisers, step)
            batch = draw_batch(config, pool, words, step)
            written.add(step, *_step(config, learner, batch, known), batch)
            if (step + 1) % config.save_every == 0 or step + 1 == config.steps:
                _save(folder, learner, words, step + 1)
    curves.picture(curves.table(folder / "progress.csv"), folder / "progress.svg", DRAWN)


@dataclass(frozen=True, slots=True)
class Known:
    """Token ids: all fixed phrases, those that decide about a word, and the one before the choice."""

    fixed: Tensor
    words: Tensor
    choice: int


def _known(words: Tokenizer) -> Known:
    fixed = (*tokenizer.phrases(), tokenizer.STOP)
    first, second = (
        torch.tensor([tokenizer.id_of(words, token) for token in some]) for some in (fixed, traces.decisions())
    )
    return Known(first, second, tokenizer.id_of(words, traces.BEST))


def _step(config: Config, learner: Learner, batch: Batch, known: Known) -> tuple[float, dict[str, float]]:
    loss, right = _loss(config, learner.network, batch, known)
    torch.autograd.backward(loss)
    torch.nn.utils.clip_grad_norm_((weight for weight in learner.network.parameters() if weight.requires_grad), 1.0)
    for optimiser in learner.optimisers:
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return float(loss.detach()), right


def draw_batch(config: Config, pool: corpora.Pool, words: Tokenizer, step: int) -> Batch:
    """The examples of one step: all of one setting of the stage."""
    rng = Random(f"{config.seed}/{step}")
    stage = config.stage(step)
    setting = rng.choice(stage.settings)
    return batches.draw(pool, words, rng, setting, config.batch_tokens, whole_vocabulary=stage.whole_vocabulary)


def _loss(config: Config, network: model.Network, batch: Batch, known: Known) -> tuple[Tensor, dict[str, float]]:
    """Cross-entropy, over the whole vocabulary or, for a start, over tokens that the batch holds and as many others.

    What a trace may say is in its prompt or a fixed phrase, so few candidates teach copying at a fraction of the
    cost; telling words apart in the whole vocabulary takes all of them. `right` holds the shares of tokens, of the
    words asked, of decisions about a word and of choices that came first among the candidates.
    """
    states = network.states(batch.ids)[batch.learn]
    targets = batch.ids.roll(-1, 1)[batch.learn]
    chosen = batch.ids[batch.learn] == known.choice
    naming = batch.naming[batch.learn]
    decided = torch.isin(targets, known.words) | chosen | naming
    embeddings = network.model.embed_tokens.weight
    if not batch.whole_vocabulary:
        held = torch.unique(torch.cat((batch.ids.flatten(), known.fixed)))
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


def _set_rates(config: Config, optimisers: list[torch.optim.Optimizer], step: int) -> None:
    """Linear warm-up, then full rate, then linear to nothing over the last `decay` share of the run."""
    left = (config.steps - step) / (config.steps * config.decay) if config.decay else 1.0
    share = min(1.0, (step + 1) / max(1, config.warmup), left)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group["full_lr"] * share


def _save(folder: Path, learner: Learner, words: Tokenizer, step: int) -> None:
    state = {
        "step": step,
        "network": learner.network.state_dict(),
        "optimisers": [optimiser.state_dict() for optimiser in learner.optimisers],
    }
    torch.save(state, folder / "checkpoint.new")
    os.replace(folder / "checkpoint.new", folder / "checkpoint.pt")
    ids = {"stop": tokenizer.id_of(words, tokenizer.STOP), "pad": tokenizer.id_of(words, tokenizer.PAD)}
    model.save(learner.network, folder / "model", ids)


def _restore(folder: Path, learner: Learner) -> int:
    path = folder / "checkpoint.pt"
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    learner.network.load_state_dict(state["network"])
    for optimiser, saved in zip(learner.optimisers, state["optimisers"], strict=True):
        optimiser.load_state_dict(saved)
    return int(state["step"])

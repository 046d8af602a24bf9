"""Supervised training of the bundled model: `rankr1 train sft CONFIG`.

Every step draws its examples from the seed and the step's number alone, so a run that was killed goes on from its
last checkpoint as if nothing had happened.
"""

from __future__ import annotations

import itertools
import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import torch
from torch.utils.data import DataLoader, Dataset

from ..errors import Problem, shown
from . import batches, curves, initial, model, pools, progress, tokenizer, weights
from .batches import TrainingBatch
from .curriculum import Config, read_config
from .learning import Learner, optimisers_of, phrase_ids, set_rates, take_step

if TYPE_CHECKING:
    from tokenizers import Tokenizer


DRAWN = {
    "loss": "loss",
    "naming": "right about the words asked",
    "decisions": "right about a word",
    "choices": "right about the choice",
}


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
        batch = draw_batch(config, pool, words, first).on(config.device)
        take_step(config, learner, batch, phrase_ids(words, config.weighed).on(config.device))
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
    for folder in (saved, config.start_from):
        if folder and (folder / "tokenizer.json").exists():
            words = saved_tokenizer(folder)
            return tokenizer.extended(words) if config.weighed else words
    if not config.new:
        raise nothing_to_start_from(config)
    # Everyday words count as often as words that a dozen texts have, so that they become single tokens.
    texts = itertools.chain((" ".join(text) for text in pool.texts), [" ".join(everyday_words(config))] * 12)
    return tokenizer.train(texts, config.new.pieces)


def saved_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a model."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def network_of(config: Config, words: Tokenizer) -> model.Network:
    """Return a new network, or that of `start_from`. Its embeddings stay as random as they are: seldom words as
    different as others."""
    torch.manual_seed(config.seed)
    if config.new:
        kinds = tokenizer.kinds(words)
        network = model.Network(model.Shape(vocab=-(-len(kinds) // 64) * 64, **config.new.shape))
        initial.initialise(network, kinds, embedding_std=config.new.embedding_std)
    elif config.start_from and (config.start_from / "config.json").exists():
        network = initial.deepen(weights.load(config.start_from), config.deepen)
        if config.weighed:
            network = initial.fitted(network, saved_tokenizer(config.start_from), words)
    else:
        raise nothing_to_start_from(config)
    network.model.embed_tokens.weight.requires_grad_(False)
    return network


def nothing_to_start_from(config: Config) -> Problem:
    """Return the error for a model that is not there."""
    return Problem(f"there is no model to start from in {shown(str(config.start_from))}; train that one first")


def learner_of(config: Config, words: Tokenizer) -> Learner:
    """Return the network to train with its optimisers."""
    if config.device != "cpu":
        torch.set_float32_matmul_precision("high")
    network = network_of(config, words).to(config.device)
    return Learner(network, optimisers_of(config, network))


def train(config: Config, folder: Path, pool: pools.Pool, words: Tokenizer, learner: Learner, first: int) -> None:
    """Train from step `first` to the end, and draw the curves."""
    if config.compile:
        learner.network.model.compile(dynamic=True)
    ids = phrase_ids(words, config.weighed).on(config.device)
    with progress.Progress(folder / "progress.csv", first) as written:
        for step, drawn in enumerate(supply(config, pool, words, first), first):
            set_rates(config, learner.optimisers, step)
            batch = drawn.on(config.device)
            written.add(step, *take_step(config, learner, batch, ids, half=step < config.half_until), batch)
            if (step + 1) % config.save_every == 0 or step + 1 == config.steps:
                save_checkpoint(folder, learner, words, step + 1)
    curves.picture(curves.table(folder / "progress.csv"), folder / "progress.svg", DRAWN)


@dataclass(frozen=True)
class Steps(Dataset[TrainingBatch]):
    """Gives the examples of each step, by its number."""

    config: Config
    pool: pools.Pool
    words: Tokenizer

    def __getitem__(self, step: int) -> TrainingBatch:
        return draw_batch(self.config, self.pool, self.words, step)


def supply(config: Config, pool: pools.Pool, words: Tokenizer, first: int) -> Iterator[TrainingBatch]:
    """Yield the examples of every step from `first` on, in order, drawn by the config's workers."""
    return iter(
        DataLoader(
            Steps(config, pool, words),
            batch_size=None,
            sampler=range(first, config.steps),
            num_workers=config.workers,
            multiprocessing_context="fork" if config.workers else None,
        )
    )


def draw_batch(config: Config, pool: pools.Pool, words: Tokenizer, step: int) -> TrainingBatch:
    """Return the examples of one step: all of one setting of the stage."""
    rng = Random(f"{config.seed}/{step}")
    stage = config.stage(step)
    setting = rng.choice(stage.settings)
    return batches.draw(
        pool,
        words,
        rng,
        setting,
        config.batch_tokens,
        whole_vocabulary=stage.whole_vocabulary,
        is_weighed=config.weighed,
    )


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
    weights.save(learner.network, folder / "model", ids)


def restore(folder: Path, learner: Learner) -> int:
    """Load the last checkpoint, if there is one; return its step."""
    path = folder / "checkpoint.pt"
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True, map_location="cpu")
    learner.network.load_state_dict(state["network"])
    for optimiser, saved in zip(learner.optimisers, state["optimisers"], strict=True):
        optimiser.load_state_dict(saved)
    return int(state["step"])

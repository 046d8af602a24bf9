"""A supervised training run of the bundled model, as its TOML file says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem, shown
from . import examples
from .recipe import read_toml


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
    a new block behind each of those in `deepen` (counted from 0). `weighed` is the prompt that carries scores and the
    trace that weighs them, else words are looked up and counted. `device` is a device as PyTorch names it; steps before
    `half_until` multiply in half precision (bf16). `workers` are processes that draw examples ahead; what is drawn is
    the same with none."""

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
    device: str = "cpu"
    half_until: int = 0
    workers: int = 0
    words: tuple[Path, ...] = ()
    new: New | None = None
    start_from: Path | None = None
    deepen: tuple[int, ...] = ()
    weighed: bool = False

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

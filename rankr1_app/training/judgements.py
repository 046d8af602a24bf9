"""Supervised training on relevance labels: the baseline without reasoning of the Rank-R1 paper (Setwise-SFT).

The same questions as for GRPO, each with its right answer and nothing else, on TRL's SFTTrainer (Zhuang et al., 2025,
and its train_sft.py): `rankr1 train sft` with a config that names a `base`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Problem, shown
from ..reranking.prompt import load
from .recipe import CPU_RATE, Recipe, duration, read_toml, rendered
from .trainer import arguments, base, progress, start

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

COLUMNS = {"loss": "loss", "right": "mean_token_accuracy"}
DRAWN = {"loss": "loss", "right": "share of right tokens"}


@dataclass(frozen=True, kw_only=True)
class Config(Recipe):
    """A training run, as its TOML file says it."""

    @property
    def steps(self) -> int:
        """Steps of the optimiser."""
        return self.questions // (self.batch * max(1, self.gpus) * self.accumulate)


def read_config(path: Path) -> Config:
    """Return the config in the TOML file at `path`; relative paths in it are relative to the working directory."""
    config = read_toml(path, Config)
    if load(config.prompt).reasoning:
        raise Problem(f"prompt {shown(config.prompt)} asks for reasoning, which labels do not teach: train grpo")
    if config.steps < 1:
        raise Problem(f"config {shown(str(path))}: questions {config.questions} are too few for one step")
    return config


def rows(config: Config, words: PreTrainedTokenizerBase | None) -> Iterator[dict[str, Any]]:
    """Yield what the trainer learns from: the messages of the `prompt`, and those of the `completion`, the right
    label."""
    for each in rendered(config, words):
        answer = {"role": "assistant", "content": f"<answer>[{each.right}]</answer>"}
        yield {"prompt": each.messages, "completion": [answer]}


def run(config_path: Path, *, resume: bool = False, output: Path | None = None) -> None:
    """Train as the config says; what is written and where, `trainer.start` says."""
    start(prepare, read_config(config_path), resume=resume, output=output)


def prepare(config: Config, folder: Path) -> Any:
    """Return the trainer, ready to train."""
    network, words = base(config)
    found = list(rows(config, words))
    try:
        from datasets import Dataset
        from transformers import PrinterCallback
        from trl.trainer.sft_config import SFTConfig
        from trl.trainer.sft_trainer import SFTTrainer
    except ImportError as error:
        raise Problem(f"training needs {error.name}: pip install -r requirements-train.txt") from error
    settings = SFTConfig(
        **arguments(config, config.steps, folder),
        max_length=None,
        completion_only_loss=True,
    )
    trainer = SFTTrainer(
        model=network,
        args=settings,
        train_dataset=Dataset.from_list(found),
        processing_class=words,
        peft_config=config.lora.config() if config.lora else None,
        callbacks=[progress(folder, COLUMNS, DRAWN)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def estimate(config_path: Path) -> str:
    """Return what a run will take, in words: questions, tokens and time, reckoned as in `grpo.estimate`."""
    config = read_config(config_path)
    words = None
    if Path(config.base).is_dir():
        from transformers import AutoTokenizer

        words = AutoTokenizer.from_pretrained(config.base)
    lengths = []
    for row in rows(config, words):
        text = "\n".join(message["content"] for message in row["prompt"])
        lengths.append(len(words(text)["input_ids"]) if words else len(text) // 4)
    rate = config.tflops * config.gpus * 1e12 * 0.4 if config.gpus else CPU_RATE
    seconds = (8 if config.checkpointing else 6) * config.size.parameters * 1e9 * sum(lengths) / rate
    return (
        f"{len(lengths)} questions of {sum(lengths) // len(lengths)} tokens (the longest {max(lengths)}), "
        f"{sum(lengths) / 1e6:.1f} million tokens read; {config.steps} steps, about {duration(seconds)} on "
        f"{config.gpus or 'no'} GPU{'s' * (config.gpus > 1)}"
    )

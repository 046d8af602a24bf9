"""Reinforcement learning from relevance labels alone: `rankr1 train grpo CONFIG`.

The recipe of Rank-R1 (Zhuang et al., 2025, section 3.3, and its train_grpo.py) on TRL's GRPOTrainer: the model answers
each question several times, an answer earns 1 if it can be read and names the relevant document, else 0, and what
earned more than its group becomes more likely. The reward reads answers with the product's own parser.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Problem, shown
from ..reranking.parse import parse
from ..reranking.prompt import load
from .recipe import CPU_MEMORY, CPU_RATE, Recipe, duration, read_toml, rendered
from .trainer import arguments, base, progress, start

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True, kw_only=True)
class Config(Recipe):
    """A training run, as its TOML file says it: a step of the optimiser takes `batch` answers on each of `gpus`,
    `accumulate` times, `group` of them to each question."""

    max_tokens: int
    group: int
    temperature: float
    beta: float
    vllm: bool = False

    @property
    def steps(self) -> int:
        """Steps of the optimiser."""
        return self.questions * self.group // (self.batch * max(1, self.gpus) * self.accumulate)


def read_config(path: Path) -> Config:
    """Return the config in the TOML file at `path`; relative paths in it are relative to the working directory."""
    config = read_toml(path, Config)
    if config.batch * max(1, config.gpus) * config.accumulate % config.group:
        raise Problem(f"config {shown(str(path))}: a step's answers are no multiple of group {config.group}")
    if config.steps < 1:
        raise Problem(f"config {shown(str(path))}: questions {config.questions} are too few for one step")
    return config


def rows(config: Config, words: PreTrainedTokenizerBase | None) -> Iterator[dict[str, Any]]:
    """Yield what the trainer asks: `prompt` as the chat template renders it, the right `label` counted from 1, and how
    many `labels` there are."""
    for each in rendered(config, words):
        if words is None:
            prompt = "\n".join(message["content"] for message in each.messages)
        else:
            prompt = str(words.apply_chat_template(each.messages, tokenize=False, add_generation_prompt=True))
        yield {"prompt": prompt, "label": each.right, "labels": each.labels}


def rewards(reasoning: bool) -> list[Callable[..., list[float]]]:
    """Return two rewards: `right` is the paper's, 1 for a readable answer that names the relevant document; `readable`
    is only watched."""

    def right(completions: list[str], label: list[int], labels: list[int], **_: Any) -> list[float]:
        answers = (parse(text, many, reasoning=reasoning) for text, many in zip(completions, labels, strict=True))
        return [float(a.status == "ok" and a.label == wanted) for a, wanted in zip(answers, label, strict=True)]

    def readable(completions: list[str], labels: list[int], **_: Any) -> list[float]:
        answers = (parse(text, many, reasoning=reasoning) for text, many in zip(completions, labels, strict=True))
        return [float(answer.status == "ok") for answer in answers]

    return [right, readable]


def run(config_path: Path, *, resume: bool = False, output: Path | None = None) -> None:
    """Train as the config says; what is written and where, `trainer.start` says."""
    start(prepare, read_config(config_path), resume=resume, output=output)


def prepare(config: Config, folder: Path) -> Any:
    """Return the trainer, ready to train."""
    if not config.vllm:
        # Whatever vLLM is installed, it is not asked.
        warnings.filterwarnings("ignore", message="TRL currently supports vLLM")
    network, words = base(config)
    found = list(rows(config, words))
    try:
        from datasets import Dataset
        from transformers import PrinterCallback
        from trl.trainer.grpo_config import GRPOConfig
        from trl.trainer.grpo_trainer import GRPOTrainer
    except ImportError as error:
        raise Problem(f"training needs {error.name}: pip install -r requirements-train.txt") from error
    settings = GRPOConfig(
        **arguments(config, config.steps, folder),
        num_generations=config.group,
        max_completion_length=config.max_tokens,
        temperature=config.temperature,
        beta=config.beta,
        reward_weights=[1.0, 0.0],
        use_vllm=config.vllm,
        vllm_mode="colocate",
        shuffle_dataset=False,
    )
    trainer = GRPOTrainer(
        model=network,
        args=settings,
        reward_funcs=rewards(load(config.prompt).reasoning),
        train_dataset=Dataset.from_list(found),
        processing_class=words,
        peft_config=config.lora.config() if config.lora else None,
        callbacks=[progress(folder, COLUMNS, DRAWN)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


COLUMNS = {
    "reward": "rewards/right/mean",
    "readable": "rewards/readable/mean",
    "tokens": "completions/mean_length",
    "kl": "kl",
    "equal": "frac_reward_zero_std",
    "seconds": "step_time",
}
"""Of `progress.csv`, and what TRL calls them. `equal` is the share of groups from which nothing can be learnt."""
DRAWN = {"reward": "reward", "readable": "readable answers", "tokens": "tokens an answer"}


def estimate(config_path: Path) -> str:
    """Return what a run will take, in words: questions, tokens, memory and time.

    Tokens of questions are counted with the model's tokenizer where it is on this machine, else as four characters
    each. Time reckons 2 floating-point operations a parameter and token to generate at a tenth of the GPUs' rate, and
    6 (8 with checkpointing) to learn at four tenths; on a CPU, at `CPU_RATE` for both. Memory is of weights, of
    their gradients and optimiser state in float32 where they are trained, and of the largest batch's activations.
    """
    config = read_config(config_path)
    words = None
    if Path(config.base).is_dir():
        from transformers import AutoTokenizer

        words = AutoTokenizer.from_pretrained(config.base)
    lengths = [
        len(words(row["prompt"])["input_ids"]) if words else len(row["prompt"]) // 4 for row in rows(config, words)
    ]
    read, most = sum(lengths) * config.group, max(lengths)
    written = len(lengths) * config.group * config.max_tokens
    rate = config.tflops * config.gpus * 1e12 if config.gpus else CPU_RATE
    generate, learn = (0.1, 0.4) if config.gpus else (1.0, 1.0)
    work = 2 * config.size.parameters * 1e9 * (read + written)
    seconds = work / (rate * generate) + work * (4 if config.checkpointing else 3) / (rate * learn)
    return (
        f"{len(lengths)} questions of {sum(lengths) // len(lengths)} tokens (the longest {most}), each answered "
        f"{config.group} times: {read / 1e6:.1f} million tokens read, at most {written / 1e6:.1f} million written; "
        f"{config.steps} steps, about {memory(config, most):.0f} GiB of memory{' on each GPU' if config.gpus else ''}, "
        f"at most about {duration(seconds)} on {config.gpus or 'no'} GPU{'s' * (config.gpus > 1)}"
    )


def memory(config: Config, longest: int) -> float:
    """Return the GiB needed on each device. Activations take 34 bytes for each token, layer and unit of width
    (Korthikanti et al., 2022, equation 1, without attention's own), or with checkpointing 2. On a CPU there is
    `CPU_MEMORY` besides."""
    weights = config.size.parameters * 1e9
    trained = config.lora.rank * config.size.width * config.size.layers * 20 if config.lora else weights
    tokens = config.batch * (longest + config.max_tokens)
    activations = tokens * config.size.layers * config.size.width * (2 if config.checkpointing else 34)
    python = 0.0 if config.gpus else CPU_MEMORY
    return python + (weights * (4 if config.precision == "float32" else 2) + trained * 12 + activations) / 2**30

"""What training from relevance labels needs, whatever learns: the TOML file, questions as prompts, adapters."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from ..errors import Problem, shown
from ..events import Candidate
from ..reranking.prompt import document_text, load
from ..tables import first_unknown
from .questions import Question, Source, draw

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Kind = TypeVar("Kind")


@dataclass(frozen=True, kw_only=True)
class Lora:
    """Low-rank weights beside frozen ones (peft)."""

    rank: int
    alpha: int
    dropout: float
    modules: tuple[str, ...]

    def config(self) -> Any:
        """Return the same as peft takes it."""
        from peft import LoraConfig

        return LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules=list(self.modules),
            task_type="CAUSAL_LM",
        )


CPU_RATE = 30e9
"""Floating-point operations a second, of two cores of 2019: what `nano-grpo.toml` did there was 35e9."""
CPU_MEMORY = 4.0
"""GiB that Python, its libraries and their allocators take on a CPU besides the model: `nano-grpo.toml`, 4.4 in all."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """Of the model, for the estimate only: billions of parameters, layers, and numbers a token has between them."""

    parameters: float
    layers: int
    width: int


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What every training from relevance labels is told. `questions` are seen once each, `batch` at a time on each of
    `gpus`, `accumulate` times a step. Weights trained whole are written in files of `shard_bytes` at most (a tensor
    beyond that has its own). `size` and `tflops` (of one GPU, at the precision used) are for the estimate only."""

    base: str
    output: Path
    prompt: str
    sources: tuple[Source, ...]
    questions: int
    documents: tuple[int, int]
    order: Literal["shuffled", "first-stage"] = "shuffled"
    passage_tokens: int
    query_tokens: int
    learning_rate: float
    batch: int
    accumulate: int
    save_every: int
    seed: int
    precision: Literal["bf16", "fp16", "float32"] = "bf16"
    checkpointing: bool = False
    shard_bytes: int = 5_000_000_000
    lora: Lora | None = None
    size: Size
    gpus: int = 0
    tflops: float = 0.0


@dataclass(frozen=True, kw_only=True)
class RenderedQuestion:
    """A question as the model is asked it. `right` is its label, counted from 1, of `labels`."""

    messages: list[dict[str, str]]
    right: int
    labels: int


def read_toml(path: Path, kind: type[Kind]) -> Kind:
    """Return the TOML file at `path` as a `kind`; relative paths in it are relative to the working directory."""
    raw = read_table(path)
    if strange := first_unknown(raw, kind):
        raise Problem(f"config {shown(str(path))} sets {strange}")
    try:
        return msgspec.convert(raw, kind, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        raise Problem(f"config {shown(str(path))} does not fit: {error}") from error


def read_table(path: Path) -> dict[str, Any]:
    """Return the TOML file at `path` as it is."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(f"cannot read config {shown(str(path))}: {error.strerror}; give a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"config {shown(str(path))} is not TOML: {error}") from error


def rendered(recipe: Recipe, words: PreTrainedTokenizerBase | None) -> Iterator[RenderedQuestion]:
    """Yield the questions as the prompt asks them. Without a tokenizer texts are cut by words, for an estimate."""
    form = load(recipe.prompt)
    in_order = recipe.order == "first-stage"
    for each in draw(recipe.sources, recipe.questions, recipe.documents, in_order=in_order, seed=recipe.seed):
        query = cut(words, each.query, recipe.query_tokens)
        texts = [cut(words, text, recipe.passage_tokens) for text in passages(each)]
        yield RenderedQuestion(
            messages=msgspec.to_builtins(form.messages(query, texts, [str(score) for score in each.scores])),
            right=each.right + 1,
            labels=len(texts),
        )


def passages(question: Question) -> Iterator[str]:
    """Yield title and text of each document, as a prompt shows them."""
    for document in question.documents:
        yield document_text(Candidate(id=document.id, title=document.title, text=document.text, rank=1, score=0.0))


def cut(words: PreTrainedTokenizerBase | None, text: str, tokens: int) -> str:
    """Return the first `tokens` tokens of a text; about as many words where there is no tokenizer."""
    if words is None:
        return " ".join(text.split()[: tokens * 3 // 4])
    found = words(text, add_special_tokens=False, return_offsets_mapping=True)
    return text if len(found["input_ids"]) <= tokens else text[: found["offset_mapping"][tokens - 1][1]]


def duration(seconds: float) -> str:
    """Return seconds in the unit that suits them."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"

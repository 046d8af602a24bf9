"""GLiClass (Stepanov et al., 2025, arXiv 2508.07662) as a reranker: how well a label fits a text, in one pass.

Either a document is the text and the query its one label, or the query is the text and up to 25 documents are its
labels. A score is the sigmoid of a label's logit; what the model is given ends after `LENGTH` tokens.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..errors import Problem, shown
from ..slow import LOADING, LOCK
from .length import start_like
from .scorer import LocalScorer, Scored

if TYPE_CHECKING:
    from ..plan import EngineSpec

LENGTH = 1_024
"""Tokens of text and labels together."""
LABELS = 25
"""Labels of a text, as many as the model was trained with."""
MARKS, LEAST = 16, 64
"""Tokens that are left free, since the model's form adds some, and tokens of a text that are worth reading."""


class GLiClass(LocalScorer):
    """A checkpoint of GLiClass. `listwise` makes the documents labels of the query."""

    def __init__(self, model: str, *, listwise: bool) -> None:
        super().__init__("gliclass", model, "GLiClass score")
        self.listwise = listwise
        self.batch = LABELS if listwise else self.batch

    def read(self) -> Any:
        """Return the model in its pipeline. Raises `Problem` where its package is lacking."""
        if find_spec("gliclass") is None:
            raise Problem("package 'gliclass' is needed for this reranker, install requirements.txt")
        with LOCK, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torch
            import transformers
            from gliclass import GLiClassModel, ZeroShotClassificationPipeline

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        with LOADING:
            model = GLiClassModel.from_pretrained(self.model)
        return ZeroShotClassificationPipeline(
            model,
            transformers.AutoTokenizer.from_pretrained(self.model, add_prefix_space=True),
            classification_type="multi-label",
            max_classes=LABELS,
            max_length=LENGTH,
            device="cuda:0" if torch.cuda.is_available() else "cpu",
            progress_bar=False,
        )

    async def truncate(self, texts: Sequence[str], tokens: int) -> list[str]:
        """Cut by the model's own tokenizer: of a text that is too long the model would lose its labels."""
        await self.start()
        return await asyncio.to_thread(lambda: [self.cut(text, tokens) for text in texts])

    def cut(self, text: str, tokens: int) -> str:
        """Return the start of a text."""
        tokenizer = self.loaded.pipe.tokenizer
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        return text if len(ids) <= tokens else start_like(text, tokenizer.decode(ids[:tokens]))

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        """Return the score of each text."""
        await self.start()
        return Scored(tuple(await asyncio.to_thread(self.predict, defused(query), [*map(defused, texts)])))

    async def label(self, texts: Sequence[str], labels: Sequence[str], tokens: int) -> list[tuple[float, ...]]:
        """Return for each text, of which `tokens` are read at most, the probability of each label. Raises `Problem` for
        labels that leave no room for texts."""
        await self.start()
        return await asyncio.to_thread(self.probabilities, [*map(defused, texts)], [*map(defused, labels)], tokens)

    def probabilities(self, texts: Sequence[str], labels: Sequence[str], tokens: int) -> list[tuple[float, ...]]:
        """Return the probability of each label for each text."""
        tokenizer = self.loaded.pipe.tokenizer
        taken = sum(len(tokenizer(label, add_special_tokens=False)["input_ids"]) + 1 for label in labels)
        room = LENGTH - MARKS - taken
        if room < LEAST:
            raise Problem(f"labels take {taken} of the {LENGTH:,} tokens that {shown(self.model)} reads, give fewer")
        read = [self.cut(text, min(tokens, room)) for text in texts]
        with self.lock:
            found = self.loaded(read, [list(labels)] * len(read), threshold=0.0)
        by_label = [{each["label"]: bounded(each["score"]) for each in scores} for scores in found]
        return [tuple(scores[label] for label in labels) for scores in by_label]

    def predict(self, query: str, texts: Sequence[str]) -> list[float]:
        """Return the score of each text."""
        # Labels that are alike would be one: a number before each keeps them apart.
        labels = [f"{number}. {text}" for number, text in enumerate(texts, 1)]
        inputs, choices = ([query], [labels]) if self.listwise else (list(texts), [[query]] * len(texts))
        with self.lock:
            found = self.loaded(inputs, choices, threshold=0.0)
        by_label = [{each["label"]: float(each["score"]) for each in scores} for scores in found]
        return [by_label[0][label] for label in labels] if self.listwise else [scores[query] for scores in by_label]


def bounded(value: float) -> float:
    """Return a probability as it is told, 0 for what is no number."""
    return round(float(value), 4) if 0 <= value <= 1 else 0.0


def defused(text: str) -> str:
    """Return a text that holds none of the marks of labels, and is not empty."""
    return " ".join(text.replace("<<", "< <").split()) or "-"


def by_query(spec: EngineSpec, concurrency: int) -> GLiClass:
    """Return the engine that takes the query for a label of each document; nothing is loaded yet."""
    return GLiClass(spec.model, listwise=False)


def by_documents(spec: EngineSpec, concurrency: int) -> GLiClass:
    """Return the engine that takes documents for labels of the query; nothing is loaded yet."""
    return GLiClass(spec.model, listwise=True)

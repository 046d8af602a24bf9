"""E2Rank (Liu et al., 2025, arXiv 2510.22733): query and first documents are read as one text, whose vector ranks all.

A document's score is the cosine of its vector and that of the pseudo-query. As published, vectors are those of the last
token, of length 1; a document ends with `<|endoftext|>`, the pseudo-query with the turn that an answer would begin.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..engines.scorer import LocalScorer, Scored
from ..errors import Problem, shown
from ..events import Message, Usage
from ..slow import LOADING, LOCK
from . import prompt

if TYPE_CHECKING:
    import torch

    from ..plan import EngineSpec

PROMPT = "e2rank"
FEEDBACK = 20
"""First documents that the pseudo-query holds; with more of them the paper saw no gain."""
END = "<|endoftext|>"
TOGETHER = 8
"""Documents that are encoded at once."""
NEAREST = 3
"""Documents of the pseudo-query that are told of each document, the nearest to it."""


class PseudoQuery(LocalScorer):
    """A checkpoint that turns a text into a vector."""

    batch = 1_000

    def __init__(self, model: str) -> None:
        super().__init__("pseudo-query", model, "cosine to the pseudo-query")

    def messages(self, query: str, texts: Sequence[str]) -> tuple[Message, ...]:
        """Return what the pseudo-query is made of."""
        return prompt.load(PROMPT).messages(query, texts[:FEEDBACK])

    def read(self) -> tuple[Any, Any]:
        """Return tokenizer and model."""
        with LOCK:
            import torch
            import transformers

        transformers.utils.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        gpu = torch.cuda.is_available()
        tokenizer = transformers.AutoTokenizer.from_pretrained(self.model, padding_side="left")
        with LOADING:
            found = transformers.AutoModel.from_pretrained(self.model, dtype=torch.bfloat16 if gpu else torch.float32)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        return tokenizer, found.to("cuda" if gpu else "cpu").eval()

    async def score(self, query: str, texts: Sequence[str]) -> Scored:
        """Return the cosine of each text and the pseudo-query, which holds the first of them."""
        await self.start()
        return await asyncio.to_thread(self.cosines, query, texts)

    def cosines(self, query: str, texts: Sequence[str]) -> Scored:
        """Return the cosine of each text and the pseudo-query, and which texts in it are nearest to each."""
        import torch

        (message,) = self.messages(query, texts)
        with self.lock:
            (pseudo,), length = self.vectors([message.content])
            found, tokens = list[torch.Tensor](), length
            for start in range(0, len(texts), TOGETHER):
                some = [prompt.defused(text) + END for text in texts[start : start + TOGETHER]]
                vectors, read = self.vectors(some)
                found.append(vectors)
                tokens += read
        every = torch.cat(found)
        scores = tuple((every @ pseudo).tolist())
        return Scored(scores, Usage(prompt_tokens=tokens), min(FEEDBACK, len(texts)), nearest(every))

    def vectors(self, texts: Sequence[str]) -> tuple[Any, int]:
        """Return the vectors of texts, (texts, dimension), and the tokens read for them. Raises `Problem` for one that
        is too long."""
        import torch

        tokenizer, model = self.loaded
        read = tokenizer(list(texts), add_special_tokens=False, padding=True, return_tensors="pt").to(model.device)
        length, room = read["input_ids"].shape[1], model.config.max_position_embeddings
        if length > room:
            raise Problem(
                f"text of {length} tokens is too long for {shown(self.model)}, which reads {room}: a smaller --depth "
                "may help"
            )
        with torch.inference_mode():
            hidden = model(input_ids=read["input_ids"], attention_mask=read["attention_mask"]).last_hidden_state
        # The padding stands on the left: the last token is the text's own.
        last = hidden[:, -1].float()
        return torch.nn.functional.normalize(last, dim=-1).cpu(), int(read["attention_mask"].sum())


def nearest(vectors: torch.Tensor) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Return for each of some vectors of length 1 which of the first `FEEDBACK`, itself left out, are nearest to it,
    and their cosines."""
    return tuple(
        tuple(
            sorted(
                ((place, cosine) for place, cosine in enumerate(row) if place != own and math.isfinite(cosine)),
                key=lambda each: -each[1],
            )[:NEAREST]
        )
        for own, row in enumerate((vectors @ vectors[:FEEDBACK].T).tolist())
    )


def engine(spec: EngineSpec, concurrency: int) -> PseudoQuery:
    """Return the engine of a spec; nothing is loaded yet."""
    return PseudoQuery(spec.model)

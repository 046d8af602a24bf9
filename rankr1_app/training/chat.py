"""The Rank-R1 v0.2 chat around a query and its documents, and where the tokenizer of `rank-r1-nano` cuts it."""

from __future__ import annotations

from collections.abc import Sequence

from ..reranking.prompt import load

PROMPT = load("setwise-r1-v0.2")

SYSTEM = PROMPT.system
BEFORE_QUERY, _, REST = PROMPT.user.partition("{query}")
BEFORE_DOCUMENTS = REST.partition("{docs}")[0]


def chat(query: str, documents: Sequence[str]) -> str:
    """Return the whole chat up to where the model begins to write, as the tokenizer's chat template renders it."""
    said = (f"<|im_start|>{each.role}\n{each.content}<|im_end|>\n" for each in PROMPT.messages(query, documents))
    return "".join(said) + "<|im_start|>assistant\n"

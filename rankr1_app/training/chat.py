"""The chats around a query and its documents, and where the tokenizer of `rank-r1-nano` cuts them."""

from __future__ import annotations

from collections.abc import Sequence

from ..reranking.prompt import Prompt, load
from ..reranking.scores import Scores

PROMPT = load("setwise-r1-v0.2")
WEIGHED = load("setwise-insert-v1")
"""The prompt that carries scores."""


def fixed(prompt: Prompt) -> tuple[str, ...]:
    """Return the text of a prompt that is the same whatever the query and documents."""
    before_query, _, rest = prompt.user.partition("{query}")
    return prompt.system, before_query, rest.partition("{docs}")[0]


def chat(query: str, documents: Sequence[str], scores: Sequence[Scores] = ()) -> str:
    """Return the whole chat up to where the model begins to write, as the tokenizer's chat template renders it; with
    `scores` of the documents, the prompt that carries them."""
    prompt = WEIGHED if scores else PROMPT
    messages = prompt.messages(query, documents, [str(each) for each in scores])
    turns = (f"<|im_start|>{each.role}\n{each.content}<|im_end|>\n" for each in messages)
    return "".join(turns) + "<|im_start|>assistant\n"

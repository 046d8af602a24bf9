"""Query and documents within the limits of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..catalogue import Entry
from ..engines.protocol import Engine
from ..events import Candidate
from .prompt import document_text


@dataclass(frozen=True)
class Passages:
    """What the model is shown: the query, and the text of each document by its id."""

    query: str
    texts: dict[str, str]


async def fit(engine: Engine, entry: Entry, query: str, candidates: Sequence[Candidate]) -> Passages:
    """Return query and documents within the limits of `entry`, by the model's own tokenizer where the engine has
    one."""
    (short,) = await engine.truncate([query], entry.query_tokens)
    texts = await engine.truncate([document_text(candidate) for candidate in candidates], entry.passage_tokens)
    return Passages(short, {candidate.id: text for candidate, text in zip(candidates, texts, strict=True)})

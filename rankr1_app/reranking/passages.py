"""Query and documents within the limits of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..catalogue import Entry
from ..engines.length import estimate
from ..engines.protocol import Engine, TooLong
from ..events import Candidate, Message, Shortened
from .prompt import document_text
from .scores import UNKNOWN, Scores, scores_of

FEWEST = 16
"""Tokens of a document that are worth showing."""
MARGIN = 32
"""Tokens that are left free, since a template adds some."""


@dataclass
class Passages:
    """What the model is shown: the query, and the text of each document by its id, of at most `tokens` tokens, beside
    what the first stage knows of it, where the prompt shows that."""

    query: str
    texts: dict[str, str]
    tokens: int = 0
    scores: Mapping[str, Scores] = field(default_factory=dict)
    shortened: Shortened | None = None
    """What they are not all of, at the moment 0."""

    def shortening(self, at: float) -> Iterator[Shortened]:
        """Yield what the model is not shown all of, if there is anything."""
        if self.shortened is not None:
            yield replace(self.shortened, at=at)

    def shown(self, labels: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the texts of documents, and what the first stage knows of each, as prompts show them."""
        scores = [str(self.scores.get(label, UNKNOWN)) for label in labels]
        return [self.texts[label] for label in labels], scores

    async def shorten(self, engine: Engine, tokens: int) -> None:
        """Cut every document to `tokens`, unless they are as short already."""
        if tokens < self.tokens:
            texts = await engine.truncate(list(self.texts.values()), tokens)
        # Another call may have cut them shorter meanwhile.
        if tokens < self.tokens:
            self.texts, self.tokens = dict(zip(self.texts, texts, strict=True)), tokens


def affordable(
    problem: TooLong, messages: Sequence[Message], documents: Sequence[str], answer: int, tokens: int
) -> int | None:
    """Return the tokens of a document for which the model has room, in a call whose `documents` had up to `tokens`
    each, beside an `answer`; None where the server told no limit or has no room for documents worth showing."""
    if problem.limit is None:
        return None
    whole, shown = sum(estimate(message.content) for message in messages), sum(map(estimate, documents))
    scale = problem.length / whole if problem.length and whole else 1.25
    room = problem.limit - answer - MARGIN - (whole - shown) * scale
    each = min(int(0.95 * room / len(documents) / max(1.0, scale)), tokens * 4 // 5)
    return each if each >= FEWEST else None


async def fit(
    engine: Engine,
    entry: Entry,
    query: str,
    candidates: Sequence[Candidate],
    text: Callable[[Candidate], str] = document_text,
) -> Passages:
    """Return query and documents within the limits of `entry`, by the model's own tokenizer where the engine has
    one. `text` makes one text of a document's title and text."""
    (short,) = await engine.truncate([query], entry.query_tokens)
    whole = [text(candidate) for candidate in candidates]
    texts = await engine.truncate([first_words(each, entry.passage_words) for each in whole], entry.passage_tokens)
    by_id = {candidate.id: text for candidate, text in zip(candidates, texts, strict=True)}
    cut = {
        candidate.id: len(shown)
        for candidate, shown, entire in zip(candidates, texts, whole, strict=True)
        # Blanks at the end are nothing that is left out.
        if len(shown) < len(entire.rstrip())
    }
    shortened = Shortened(at=0.0, documents=cut)
    if len(short) < len(query.rstrip()):
        shortened = replace(shortened, query=short, query_tokens=entry.query_tokens)
    nothing_cut = not cut and not shortened.query_tokens
    return Passages(short, by_id, entry.passage_tokens, scores_of(candidates), None if nothing_cut else shortened)


def first_words(text: str, number: int) -> str:
    """Return the first words of a text, all of it where `number` is 0."""
    return " ".join(text.split()[:number]) if number else text

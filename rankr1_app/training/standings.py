"""Scores that a first stage could have given: what the prompt that carries them is learnt with.

They are drawn, not computed: the model reads numbers, and how they came about is not its business. Their spread, their
order and how often one is lacking are about those of hybrid's first twenty on nfcorpus's training topics.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ..reranking.scores import STEP, Scores, hundredths
from . import traces

NO_MEANING, NO_WORDS, NEITHER = 0.12, 0.08, 0.12
"""Shares of questions whose first stage knows no closeness in meaning, no BM25 score, or neither."""
SHUFFLED = 0.25
"""The share of questions whose documents do not stand in the order of their scores."""

CLOSE = 0.3
"""The share of questions whose documents are about equally near in meaning, unless a setting says otherwise."""

UNRELATED = 0.5
"""The share of documents without a word of the query that are far from it in meaning too."""

LACKING, UNMATCHED = 0.15, 0.35
"""The shares of documents with and without a word of the query that have no BM25 score. A first stage's differ more:
what a document has is to be looked up in it, not in its score."""


def draw(
    rng: Random, terms: Sequence[str], documents: Sequence[str], *, matched: bool = True, close: float = CLOSE
) -> tuple[list[str], list[Scores]]:
    """Return the documents in a first stage's order, with the scores of each. Unless BM25 `matched` any, they are those
    that the vectors add. `close` is the share of questions whose documents are about equally near in meaning."""
    if not matched:
        return behind(rng, documents)
    shares = [sum(map(bool, traces.found_in(terms, text))) / max(1, len(terms)) for text in documents]
    kind = rng.random()
    words, meaning = kind >= NO_WORDS, not NO_WORDS <= kind < NO_WORDS + NO_MEANING
    if kind > 1 - NEITHER:
        words = meaning = False
    near, far = sorted((rng.uniform(0.0, 0.9), rng.uniform(0.0, 0.9)))
    if rng.random() < close:
        far = near - rng.uniform(0.02, 0.15)
        near, far = max(near, far), min(near, far)
    ranked = []
    for text, share in zip(documents, shares, strict=True):
        closeness = near + (far - near) * rng.random() if rng.random() < 0.9 else rng.uniform(0.0, 0.9)
        if not share and rng.random() < UNRELATED:
            closeness = rng.uniform(0.0, min(near, 0.3))
        strength = min(1.0, max(0.0, 0.8 * share + rng.uniform(-0.2, 0.5)))
        if share and rng.random() < 0.05:
            strength = 1.0
        lacks_words = rng.random() < (LACKING if share else UNMATCHED)
        scores = Scores(
            words=STEP * round(hundredths(strength) / STEP) if words and not lacks_words else None,
            meaning=hundredths(closeness) if meaning and rng.random() < 0.95 else None,
        )
        ranked.append((strength * words + 1.5 * closeness * meaning + rng.uniform(-0.3, 0.3), text, scores))
    if rng.random() >= SHUFFLED:
        ranked.sort(key=lambda each: -each[0])
    return [text for _, text, _ in ranked], [scores for _, _, scores in ranked]


def behind(rng: Random, documents: Sequence[str]) -> tuple[list[str], list[Scores]]:
    """Return the documents in the order of their closeness in meaning, mostly, which is all that is known of them."""
    high = rng.uniform(0.15, 0.7)
    spread = rng.choice((0.03, 0.1, 0.2, 0.3))
    found = [hundredths(max(0.0, high - spread * rng.random())) for _ in documents]
    if rng.random() >= SHUFFLED:
        found.sort(reverse=True)
    return list(documents), [Scores(meaning=value) for value in found]

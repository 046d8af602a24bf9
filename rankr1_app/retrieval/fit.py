"""Whether anything that was found may fit the query, from what was measured of it.

A list is always full where an index has vectors: something is always nearest. Two things are looked at: how near the
nearest document is in meaning, and how many of the query's words the best of the first ones has. Where both are low,
it is said, with the figures.

The limits were measured with all-MiniLM-L6-v2 on topics of four collections, and on 50 queries that are nonsense or
about something else there. By meaning and words it is said of 0 of 44 topics of demo, 0 of 64 of CACM, 0 of 150 of
SciFact and 12 of 150 of NFCorpus (such as `Yale`, which no document names), and of 152 of the 200 other queries; by
words alone of 0, 0, 0, 4 and 125. An encoder whose similarities are all high is never doubted.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..events import Candidate
from .protocol import Retriever, explainer

CLOSENESS = "cosine similarity"
NEAR = 0.30
"""Closeness in meaning from which a document may fit, whatever words it has."""
FAR = 0.25
"""The same where nothing is known of words."""
LOOKED_AT = 20
"""First documents whose words are looked at."""
FEWEST = 3
"""Words of a query of which one alone says little, where nothing is known of meaning."""


def doubt(retriever: Retriever, query: str, candidates: Sequence[Candidate]) -> str:
    """Return a sentence that says with figures why perhaps nothing fits the query; empty where something may."""
    nearest = closeness(retriever, candidates)
    if not candidates or (nearest is not None and nearest >= NEAR):
        return ""
    words = explainer(retriever)
    facts = []
    if nearest is not None:
        facts.append(f"no document is nearer in meaning to the query alone than {hundredths(nearest)} (1 at most)")
    if words is None:
        return sentence(facts) if nearest is not None and nearest < FAR else ""
    first = [each.id for each in candidates[:LOOKED_AT]]
    number = len(words.terms(query, first[0]))
    if nearest is None and number < FEWEST:
        return ""
    most = number // 2 if nearest is not None else 1
    best = 0
    for document in first:
        best = max(best, sum(term.weight > 0 for term in words.terms(query, document)))
        if best > most:
            return ""
    # Where all is found by meaning alone, the retriever says why.
    return sentence([*facts, counted(best, number, len(first))] if best else facts)


def closeness(retriever: Retriever, candidates: Sequence[Candidate]) -> float | None:
    """Return how near the nearest candidate is to the query in meaning, None where that is not known."""
    if retriever.score_name == CLOSENESS:
        return max((each.score for each in candidates), default=None)
    parts = (source for each in candidates for source in each.sources)
    return max((source.score for source in parts if source.score_name == CLOSENESS), default=None)


def counted(best: int, number: int, documents: int) -> str:
    """Return how many of the query's words the best of some documents has."""
    which = f"the best of the first {documents} documents" if documents > 1 else "the only document"
    return f"{which} has {best} of the query's {number} words"


def sentence(facts: Sequence[str]) -> str:
    """Return facts as one sentence."""
    return f"It may be that nothing here fits: {', and '.join(facts)}"


def hundredths(number: float) -> str:
    """Return a number below 1 as the prompts write it."""
    return f".{round(100 * max(0.0, number)):02}"

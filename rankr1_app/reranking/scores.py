"""What the first stage knows of each candidate, as a prompt shows it (after InsertRank, arXiv 2506.14086).

`words` is the BM25 score as a share of the best one of that list, in steps of .05; `meaning` the cosine
similarity of query and document, by the encoder of the index, where a fused list says so that of the query and its
first documents together. Scores of another kind are not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..events import Candidate, Source

LEXICAL = "BM25"
SEMANTIC = "cosine similarity"
STEP = 5
"""Hundredths between two shares of the best BM25 score: what is finer decides nothing."""
NONE = "none"


@dataclass(frozen=True)
class Scores:
    """Hundredths from 0 to 100, None where a retriever did not find the document or was not there."""

    words: int | None = None
    meaning: int | None = None

    def __str__(self) -> str:
        return f"words {shown(self.words)}, meaning {shown(self.meaning)}"


UNKNOWN = Scores()


def shown(hundredths: int | None) -> str:
    """Return `.62`, `1.00` or `none`."""
    if hundredths is None:
        return NONE
    return f".{hundredths:02}" if hundredths < 100 else "1.00"


def scores_of(candidates: Sequence[Candidate]) -> dict[str, Scores]:
    """Return what is known of each candidate, by its id."""
    lexical, semantic = (by_id(candidates, name) for name in (LEXICAL, SEMANTIC))
    most = max((source.score for source in lexical.values()), default=0.0)
    return {
        each.id: scores_from(
            lexical[each.id].score if each.id in lexical else None,
            (each.id in lexical and lexical[each.id].best) or most,
            closeness(semantic[each.id]) if each.id in semantic else None,
        )
        for each in candidates
    }


def scores_from(lexical: float | None, best: float, semantic: float | None) -> Scores:
    """Return the BM25 score of a document, where `best` is the best one, and its cosine similarity, as shown."""
    return Scores(
        words=STEP * round(hundredths(lexical / best) / STEP) if lexical is not None and best > 0 else None,
        meaning=None if semantic is None else hundredths(semantic),
    )


def closeness(source: Source) -> float:
    """Return how near a retriever by meaning has a document."""
    return source.score if source.near is None else source.near


def by_id(candidates: Sequence[Candidate], name: str) -> dict[str, Source]:
    """Return the sources of that score, by the ids of those that have one."""
    return {each.id: source for each in candidates for source in each.sources if source.score_name == name}


def hundredths(share: float) -> int:
    """Return a share of 0 to 1 in whole hundredths; what is outside counts as the nearer end."""
    return round(100 * min(1.0, max(0.0, share)))

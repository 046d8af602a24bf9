"""A first stage that was run elsewhere: a TREC run and the corpus it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..errors import Problem, shown
from ..events import Candidate


class Document(Protocol):
    """What is needed of a document of a corpus."""

    @property
    def title(self) -> str:
        """Its title, empty if it has none."""

    @property
    def text(self) -> str:
        """Its text."""


@dataclass(frozen=True)
class Given:
    """The candidates of one topic, as `ranked` (id, score) has them; every text must be in `texts`."""

    index: str
    ranked: Sequence[tuple[str, float]]
    texts: Mapping[str, Document]
    name: str = "run"
    score_name: str = "score of the given run"

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """The first `depth` documents of the run; the query is not looked at."""
        found = []
        for rank, (document, score) in enumerate(self.ranked[:depth], 1):
            if document not in self.texts:
                raise Problem(
                    f"document {shown(document)} of the run is not in the corpus, give the corpus it was made on"
                )
            known = self.texts[document]
            found.append(Candidate(id=document, title=known.title, text=known.text, rank=rank, score=score))
        return tuple(found)

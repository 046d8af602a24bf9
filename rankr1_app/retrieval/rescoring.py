"""What a first stage would give a document it found if the document's text were another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

from ..events import Candidate, Source
from .protocol import Retriever, parts_of


@runtime_checkable
class Rescores(Protocol):
    """A retriever that can score a text that is not in its index."""

    def rescore(
        self, query: str, source: Source, first: Sequence[str], whole: Candidate, changed: Candidate
    ) -> Source | None:
        """Return what `source` says of the `whole` document for the `changed` one, None where that would not be found.
        `first` are the documents at the head of the fused list that nearness rests on too."""


def rescore(
    retriever: Retriever,
    query: str,
    first: Sequence[str],
    whole: Candidate,
    changed: Candidate,
    score_names: Collection[str],
) -> Candidate | None:
    """Return the `changed` document with the scores of these names that its own text has in every part of a retriever,
    at the ranks of the `whole` one. None where a part cannot say."""
    parts = {part.name: part for part in parts_of(retriever)}
    found: list[Source] = []
    for source in whole.sources:
        if source.score_name not in score_names:
            continue
        part = parts.get(source.retriever)
        if not isinstance(part, Rescores):
            return None
        again = part.rescore(query, source, first, whole, changed)
        found += [] if again is None else [again]
    return replace(changed, sources=tuple(found))

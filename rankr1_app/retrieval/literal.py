"""Documents handed in instead of an index: a first stage that finds them in the order they were given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import Problem, shown
from ..events import Candidate

Document = str | Mapping[str, object]
"""A text, or a mapping with `text`, and `id` and `title` if it has them."""
NAMES = ("id", "title", "text")
RIGHT = "give a string or a mapping with a text, e.g. {'id': 'a', 'title': 'Bread', 'text': 'Bread rises.'}"


@dataclass(frozen=True)
class Literal:
    """A `Retriever` over given documents. It looks at no query: the first stage is their order."""

    documents: tuple[Candidate, ...]
    name: str = "literal"
    index: str = "documents given"
    score_name: str = "reciprocal of the place given"

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        """Return the first `depth` documents."""
        return self.documents[:depth]

    def document(self, document: str) -> Candidate | None:
        """Return the document of that id."""
        return next((each for each in self.documents if each.id == document), None)


def literal(documents: Iterable[Document]) -> Literal:
    """Return a retriever over `documents`. One without an `id` has its place as its id, counted from 1. Raises
    `Problem` naming the first that is not a document, or whose id is another's."""
    if isinstance(documents, str | Mapping):
        raise Problem(f"documents {shown(documents, 40)} must be a list, {RIGHT} for each")
    found: dict[str, Candidate] = {}
    for place, document in enumerate(documents, 1):
        candidate = checked(place, document)
        if candidate.id in found:
            first = found[candidate.id].rank
            raise Problem(f"id {shown(candidate.id, 40)} of document {place} is that of document {first} too")
        found[candidate.id] = candidate
    return Literal(tuple(found.values()))


def checked(place: int, document: Document) -> Candidate:
    """Return the document at a place, counted from 1, as a candidate. Raises `Problem`."""
    fields = {"text": document} if isinstance(document, str) else document
    if not isinstance(fields, Mapping):
        raise Problem(f"document {place} {shown(fields, 40)} is not valid, {RIGHT}")
    if unknown := [name for name in fields if name not in NAMES]:
        raise Problem(f"document {place} has a field {shown(unknown[0], 40)}, known are {', '.join(NAMES)}")
    name, title, text = (field(place, fields, each, default) for each, default in zip(NAMES, DEFAULTS, strict=True))
    if not title.strip() and not text.strip():
        raise Problem(f"document {place} is empty, {RIGHT}")
    return Candidate(id=name.strip() or str(place), title=title, text=text, rank=place, score=1 / place)


DEFAULTS = ("", "", None)


def field(place: int, fields: Mapping[str, object], name: str, default: str | None) -> str:
    """Return a field of a document as text that can be stored: lone surrogates and NUL become U+FFFD."""
    value = fields.get(name, default)
    if name == "id" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Problem(f"{name} {shown(value, 40)} of document {place} must be a string")
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")

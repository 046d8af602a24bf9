"""Passages of texts that are too long for one: cut between paragraphs or sentences, with their place kept."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from ..events import Place
from .fields import clean
from .report import Document

SIZE = (700, 1100)
"""Characters of a passage: about as many as a small encoder reads."""


@functools.cache
def splitter() -> Any:
    """Return what cuts texts."""
    from semantic_text_splitter import TextSplitter

    return TextSplitter(SIZE)


def passages(key: str, file: str, title: str, pages: Iterable[tuple[int, str]]) -> Iterator[Document]:
    """Yield the passages of a file whose id is `key`: `key#p3` or `key#p3-2` of a file with pages, `key#2` of another,
    and `key` itself where the whole is one."""
    file = clean(file, "name")
    for page, text in pages:
        text = clean(text, "text")
        pieces = splitter().chunk_indices(text) if text.strip() else []
        begin = f"{key}#p{page}" if page else key
        for number, (start, piece) in enumerate(pieces, 1):
            name = begin if len(pieces) == 1 else f"{begin}{'-' if page else '#'}{number}"
            yield Document(name, title, piece, Place(file=file, page=page, start=start, end=start + len(piece)))

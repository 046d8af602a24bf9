"""Names under which collections keep ids, titles, texts and queries, and what may stand there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

ID = ("id", "_id", "pid", "docid", "doc_id", "docno", "doc-id", "document_id", "passage_id", "corpus-id", "corpus_id")
TITLE = ("title", "headline", "doc_title", "page_title")
TEXTS = ("text", "contents", "content", "passage", "segment", "body", "abstract", "paragraph", "passage_text")
HEADINGS = "headings"
QUERY_ID = ("qid", "query_id", "query-id", "queryid", "_id", "id", "topic_id", "topic-id", "number", "num")
QUERY = ("query", "text", "title", "question", "query_text")
CONTROL = re.compile("[\0-\x1f\x7f-\x9f\ufeff]")


class Wrong(Exception):
    """What is wrong with a line, in words; `detail` is what differs from line to line."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(what)
        self.detail = detail


@dataclass(frozen=True)
class Columns:
    """Where the parts of a document stand."""

    id: str
    title: str | None
    texts: tuple[str, ...]

    def __str__(self) -> str:
        title = f"title from {self.title}, " if self.title else ""
        return f"id from {self.id}, {title}text from {' and '.join(self.texts)}"

    @property
    def usual(self) -> bool:
        """Whether nothing needs to be said about them."""
        return self.id in ("id", "_id") and self.title in (None, "title") and self.texts[0] in ("text", "contents")


@lru_cache(1024)
def columns(names: tuple[str, ...]) -> Columns:
    """Return the columns among `names`, whose case does not count. Raises `Wrong` without id or text."""
    written = {name.strip().lower(): name for name in reversed(names)}
    key, text = first(written, ID), first(written, TEXTS)
    if key is None or text is None:
        raise Wrong(f"no {'text' if key else 'id'}", f"has {', '.join(names[:8])}"[:200])
    title = first(written, TITLE)
    headings = (written[HEADINGS],) if HEADINGS in written and text != "contents" else ()
    return Columns(written[key], written[title] if title else None, (*headings, written[text]))


def first(data: Iterable[str], names: Iterable[str]) -> str | None:
    """Return the first of `names` that is in `data`."""
    have = set(data)
    return next((name for name in names if name in have), None)


def identifier(value: Any) -> str:
    """Return an id: a string or a whole number, without blanks, because run files separate by them."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    text = str(value) if whole else clean(value, "id").strip()
    if not text:
        raise Wrong("no id")
    if len(text.split()) > 1 or len(text) > 1000:
        raise Wrong("id with blanks or over 1,000 characters")
    if CONTROL.search(text):
        raise Wrong("id with control characters")
    return text


def words(value: Any, what: str) -> str:
    """Return a text, or several in a list; empty for what JSON writers put where there is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list):
        return " ".join(clean(part, what) for part in value if part)
    return clean(value, what)


def clean(value: Any, what: str) -> str:
    """Return text that every part of the system can carry: lone surrogates and NUL become U+FFFD."""
    if not isinstance(value, str):
        raise Wrong(f"{what} must be a string")
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")

"""Names under which collections keep ids, titles, texts and queries, and what may stand there."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ..errors import Problem, shown

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
    """Where the parts of a document stand; an empty `id` means that its place in the file makes one."""

    id: str
    title: str | None
    texts: tuple[str, ...]

    def __str__(self) -> str:
        title = f"title from {self.title}, " if self.title else ""
        return f"id from {self.id or 'the number of the line'}, {title}text from {' and '.join(self.texts)}"

    @property
    def chosen(self) -> dict[str, str]:
        """The columns by what they are taken for."""
        return {"id": self.id, "title": self.title or "", "text": "+".join(self.texts)}

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


@dataclass(frozen=True)
class Choice:
    """Columns that a person chose by their names: `id` and `title` may be empty, without an id the place in the file
    makes one."""

    texts: tuple[str, ...]
    id: str = ""
    title: str = ""

    def of(self, names: tuple[str, ...]) -> Columns:
        """Return the columns among `names`. Raises `Wrong` where one is missing."""
        written = {label(name): name for name in reversed(names)}
        for wanted in (self.id, self.title, *self.texts):
            if wanted and label(wanted) not in written:
                raise Wrong(f"no {wanted}", f"has {', '.join(names[:8])}"[:200])
        title = written[label(self.title)] if self.title else None
        key = written[label(self.id)] if self.id else ""
        return Columns(key, title, tuple(written[label(text)] for text in self.texts))


def label(name: str) -> str:
    """Return a column's name as names are compared."""
    return name.strip().lower().replace(" ", "_")


def choice(written: str) -> Choice:
    """Return the choice that is written `id=…,title=…,text=…+…`. Raises `Problem`."""
    parts = dict(part.partition("=")[::2] for part in written.split(","))
    texts = tuple(filter(None, parts.get("text", "").split("+")))
    if not texts or not set(parts) <= {"id", "title", "text"} or not all(parts.values()):
        raise Problem(f"columns {shown(written)} are not valid, write them as id=NAME,title=NAME,text=NAME")
    return Choice(texts, parts.get("id", ""), parts.get("title", ""))


@dataclass(frozen=True)
class How:
    """How a corpus is to be read: `choices` of columns by the name of a file, or of all under an empty name. With
    `apart` every file stands for itself: texts beside tables are documents too, what cannot be read of one is skipped,
    and columns are guessed where their names do not tell."""

    choices: Mapping[str, Choice] = field(default_factory=dict)
    apart: bool = False

    def choice(self, name: str) -> Choice | None:
        """Return the choice for a file, None where there is none."""
        return self.choices.get(name) or self.choices.get("")


KEYS = re.compile(r"(^|_)(id|no|nr|num|number|ref|key|code|sku|isbn|doi)(_|$)")
TITLES = re.compile(r"title|headline|heading|subject|name$")


def guessed(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Choice:
    """Return what columns may be for, by how long their cells are and what they are called."""
    cells = {name: [row[place] for row in rows if len(row) == len(names)] for place, name in enumerate(names)}
    sizes = {name: sum(map(len, found)) for name, found in cells.items()}
    text = max(names, key=lambda name: (any(re.search(r"[^\W\d_]", cell) for cell in cells[name]), sizes[name]))
    others = [name for name in names if name != text]
    keys = [name for name in others if KEYS.search(label(name)) and unique(cells[name])]
    titles = [name for name in others if TITLES.search(label(name)) and name not in keys]
    return Choice((text,), keys[0] if keys else "", titles[0] if titles else "")


def unique(cells: Sequence[str]) -> bool:
    """Return whether cells can be ids."""
    return len(set(cells)) == len(cells) and all(cell.strip() and not re.search(r"\s", cell.strip()) for cell in cells)


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

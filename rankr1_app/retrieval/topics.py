"""Topics: TSV or CSV, JSON lines or arrays, or TREC's own two forms."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ..errors import Problem, shown
from ..text import Source
from . import datasets
from .delimited import Dialect, dialect
from .fields import QUERY, QUERY_ID, Wrong, first, identifier, words
from .values import values

LIMIT = 1 << 20
"""Bytes of the longest line."""
READ = "topics are TSV (id, tab, query), CSV, JSON lines, or TREC"
Found = Iterator[tuple[str, str, str]]
"""Where, id and query."""


def read_topics(path: Path) -> dict[str, str]:
    """Return topic id to query, in the file's order. Raises `Problem` for what cannot be read for certain."""
    collection = datasets.named(path)
    source = None if collection else Source(path, "topics", LIMIT)
    topics: dict[str, str] = {}
    for where, key, query in found(source) if source else from_collection(collection):
        try:
            qid = identifier(key)
        except Wrong as wrong:
            raise Problem(
                f"{where}: topic id {shown(key, 40)} is not valid ({wrong}), run files cannot carry it"
            ) from None
        if not query.strip():
            raise Problem(f"{where}: topic {shown(qid, 40)} lacks its query")
        if qid in topics:
            raise Problem(f"{where}: topic {shown(qid, 40)} was there before, each id stands once")
        topics[qid] = " ".join(query.split())
    if not topics:
        raise Problem(f"{source or f'topics of {collection}'} is empty, {READ}")
    return topics


def from_collection(name: str) -> Found:
    """Read the topics of a known collection."""
    for qid, query in datasets.topics(name):
        yield f"topics of {name}", qid, query


def found(source: Source) -> Found:
    """Return the topics, by what the first lines are."""
    head = source.head()
    start = "\n".join(head).lstrip()[:400]
    suffix = Path(source.path.name.removesuffix(".gz")).suffix.lower()
    if re.match(r"<top>", start, re.IGNORECASE):
        return from_trec(source)
    if start.startswith("<"):
        return from_xml(source)
    if start.startswith(("{", "[")):
        return from_json(source)
    return from_table(source, dialect(head, comma=suffix == ".csv"))


def from_table(source: Source, how: Dialect) -> Found:
    """Read rows of id and query; other columns only where a header names them."""
    names: Sequence[str] = how.header or ("qid", "query")
    key, query = first(names, QUERY_ID), first(names, QUERY)
    if key is None or query is None:
        raise Problem(f"{source} names its columns {', '.join(names[:12])}, call them qid and query")
    for row in how.rows(source.texts()):
        where = source.where(row.number)
        if row.wrong or len(row.cells) != len(names):
            raise Problem(f"{where}: {row.wrong or columns(row.cells, how.header)}")
        cells = dict(zip(names, row.cells, strict=True))
        yield where, cells[key].strip(), cells[query]


def columns(cells: Sequence[str], header: Sequence[str]) -> str:
    """Return what is wrong with the number of columns."""
    if header:
        return f"{len(cells)} columns, the header has {len(header)}"
    if len(cells) == 1:
        return f"{shown(cells[0], 40)} has no tab, a line is id, tab, query"
    return f"{len(cells)} columns and no header; keep id and query, or name all in a first line: qid, query"


def from_json(source: Source) -> Found:
    """Read objects with an id and a query, one a line or in an array."""
    with source.readable():
        try:
            for number, value in enumerate(values(source.blocks(), LIMIT), 1):
                yield (f"{source.what} {source.path.name} value {number}", *from_object(value))
        except Wrong as wrong:
            raise Problem(f"{source} cannot be read: {wrong}; {READ}") from None


def from_object(value: Any) -> tuple[Any, str]:
    """Return id and query of an object."""
    if not isinstance(value, dict):
        raise Wrong(f"{shown(json.dumps(value), 40)} is not a JSON object")
    key, query = first(value, QUERY_ID), first(value, QUERY)
    if key is None or query is None:
        raise Wrong(f"no id or no query among {', '.join(map(shown, [*value][:8]))}, call them qid and query")
    if query == "text" and value.get("title"):
        raise Wrong("objects with title and text are a corpus")
    return value[key], words(value[query], "query")


def from_trec(source: Source) -> Found:
    """Read TREC's `<top>`: what follows `<num>` and `<title>`."""
    text = whole_text(source)
    for number, part in enumerate(re.split(r"<top>", text, flags=re.IGNORECASE)[1:], 1):
        parts = dict(re.findall(r"<(num|title)>\s*(?:(?:Number|Topic)\s*:)?\s*([^<]*)", part, re.IGNORECASE))
        parts = {name.lower(): html.unescape(value) for name, value in parts.items()}
        where = f"{source.what} {source.path.name} topic {number}"
        if "num" not in parts or "title" not in parts:
            raise Problem(f"{where}: no <{'title' if 'num' in parts else 'num'}>, a topic has <num> and <title>")
        yield where, parts["num"].strip(), parts["title"]


def from_xml(source: Source) -> Found:
    """Read TREC's `<topic number="…">` with a `<query>` or `<title>`, or the text itself."""
    text = whole_text(source)
    if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL):
        raise Problem(f"{source} is HTML or declares entities, {READ}")
    try:
        root = ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        raise Problem(f"{source} is not well-formed XML, see line {error.position[0]}; {READ}") from error
    topics = [*root.iter("topic"), *root.iter("top")]
    for number, topic in enumerate(topics, 1):
        attributes = {name.lower(): value for name, value in topic.attrib.items()}
        children = {child.tag.lower(): "".join(child.itertext()) for child in topic}
        key, query = first({**children, **attributes}, QUERY_ID), first(children, QUERY)
        where = f"{source.what} {source.path.name} topic {number}"
        if key is None or (query is None and children):
            lacks = "number" if key is None else "<query> or <title>"
            raise Problem(f"{where}: no {lacks} among {', '.join([*attributes, *children][:8])}")
        yield where, {**children, **attributes}[key].strip(), children[query] if query else topic.text or ""
    if not topics:
        raise Problem(f"{source} is XML without a <topic>, {READ}")


def whole_text(source: Source) -> str:
    """Read all of a file that cannot be large."""
    with source.readable():
        raw = b""
        for block in source.blocks():
            raw += block
            if len(raw) > 16 * LIMIT:
                raise Problem(f"{source} is longer than {16 * LIMIT >> 20} MB, {READ}")
        return raw.decode()

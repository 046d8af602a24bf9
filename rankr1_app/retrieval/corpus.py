"""Corpora as streams of documents: JSON lines, TSV, or a folder of text files; plain or gzipped.

Nothing is held but one line at a time and eight bytes for each id, so size does not matter. What is wrong
with a line is counted by kind and named with file and line; the line is skipped, the rest is read.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import Problem, shown

EXAMPLES = 5
"""Lines named for each kind of fault."""
SUFFIXES = (".jsonl", ".json", ".ndjson", ".tsv")


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a corpus; `title` is empty where it has none."""

    id: str
    title: str
    text: str


@dataclass
class Report:
    """What was read so far. `skipped` counts lines by what was wrong; `examples` names the first of each."""

    strict: bool = False
    documents: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set, repr=False)

    def skip(self, kind: str, where: str) -> None:
        """Note a line that cannot be used. Raises `Problem` if `strict`."""
        if self.strict:
            raise Problem(f"{where}: {kind}; mend it or build without --strict to skip it")
        self.skipped[kind] += 1
        named = self.examples.setdefault(kind, [])
        if len(named) < EXAMPLES:
            named.append(where)


class Wrong(Exception):
    """What is wrong with a line, in words."""


def read(path: Path, report: Report | None = None) -> Iterator[Document]:
    """The documents of the corpus at `path`, each id once. Raises `Problem` where nothing can be read."""
    report = report or Report()
    if not path.exists():
        raise Problem(f"corpus {shown(str(path))} does not exist, give JSON lines, a TSV file or a folder of texts")
    try:
        for made in read_folder(path, report) if path.is_dir() else read_lines(path, report):
            key = int.from_bytes(hashlib.blake2b(made[1].id.encode(), digest_size=8).digest(), "big")
            if key in report.seen:
                report.skip(
                    f"id {shown(made[1].id, 40)} was there before" if report.strict else "duplicate id", made[0]
                )
                continue
            report.seen.add(key)
            report.documents += 1
            yield made[1]
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        reason = getattr(error, "strerror", None) or error
        raise Problem(f"corpus {shown(str(path))} cannot be read: {reason}") from None


def read_lines(path: Path, report: Report) -> Iterator[tuple[str, Document]]:
    """Where and what, line by line."""
    name = path.name.removesuffix(".gz")
    if not name.endswith(SUFFIXES):
        raise Problem(f"corpus {shown(str(path))} is of no known kind, known are {', '.join(SUFFIXES)} and folders")
    parse: Callable[[str], Document] = from_tsv if name.endswith(".tsv") else from_json
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            report.bytes += len(line)
            where = f"{path.name} line {number}"
            if line.strip():
                yield from made(line, parse, where, report)


def read_folder(path: Path, report: Report) -> Iterator[tuple[str, Document]]:
    """Where and what, file by file; the id is the path below the folder, hidden files are left out."""
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if file.is_file() and not any(part.startswith(".") for part in name.split("/")):
            raw = file.read_bytes()
            report.bytes += len(raw)
            yield from made(raw, partial(from_text, name), name, report)


def made(raw: bytes, parse: Callable[[str], Document], where: str, report: Report) -> Iterator[tuple[str, Document]]:
    """The document in `raw`, if it is one."""
    try:
        document = parse(raw.decode("utf-8-sig"))
        if not document.text.strip() and not document.title.strip():
            raise Wrong("empty text")
    except UnicodeDecodeError:
        report.skip("not UTF-8", where)
    except Wrong as wrong:
        report.skip(str(wrong), where)
    else:
        yield where, document


def from_json(line: str) -> Document:
    """A line of JSON: `id` (or `_id`, `docid`), `title` if any, `text` (or Pyserini's `contents`)."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise Wrong("not JSON") from None
    if not isinstance(data, dict):
        raise Wrong("not a JSON object")
    return Document(
        identifier(first(data, "id", "_id", "docid")),
        clean(data.get("title") or "", "title"),
        clean(first(data, "text", "contents"), "text"),
    )


def from_text(name: str, text: str) -> Document:
    """A file that is one document."""
    return Document(name, "", clean(text.strip(), "text"))


def first(data: dict[str, Any], *names: str) -> Any:
    """The value under the first of `names` that is there."""
    for name in names:
        if name in data:
            return data[name]
    raise Wrong(f"no {names[0]}")


def from_tsv(line: str) -> Document:
    """id, tab, text; or id, tab, title, tab, text."""
    parts = line.rstrip("\r\n").split("\t", 2)
    if len(parts) < 2:
        raise Wrong("no tab")
    return Document(identifier(parts[0]), clean(parts[1], "title") if len(parts) == 3 else "", clean(parts[-1], "text"))


def identifier(value: Any) -> str:
    """An id: text or a whole number, without blanks, because run files separate by them."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = clean(value, "id").strip()
    if not text:
        raise Wrong("no id")
    if len(text.split()) > 1 or len(text) > 1000:
        raise Wrong("id with blanks or over 1,000 characters")
    return text


def clean(value: Any, what: str) -> str:
    """Text that every part of the system can carry: lone surrogates and NUL become U+FFFD."""
    if not isinstance(value, str):
        raise Wrong(f"{what} is no text")
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")

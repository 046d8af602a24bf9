"""Corpora as streams of documents: JSON lines or arrays, TSV or CSV, or a folder of those or of texts.

What a file is shows in its content. Nothing is held but one document at a time and eight bytes for each id, so size
does not matter. What is wrong with a line is counted by kind and named with file and line; the line is skipped, the
rest is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ..errors import Problem, shown
from ..text import BLOCK, Source, guess, kind
from .fields import Columns, Wrong, clean, columns, identifier, words
from .table import Dialect, dialect
from .values import values

EXAMPLES = 5
"""Lines named for each kind of fault."""
JSON = (".jsonl", ".json", ".ndjson")
TABLES = (".tsv", ".csv")
READ = "give JSON lines, TSV or CSV, or a folder of those or of texts"
HARMLESS = ("duplicate id", "empty text", "a pipe", "a device", "a socket", "a dangling link", "a link to a folder")
"""Kinds of faults that do not show that a file was taken for what it is not."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a corpus; `title` is empty where it has none."""

    id: str
    title: str
    text: str


@dataclass
class Report:
    """What was read so far. `skipped` counts lines by what was wrong; `examples` names the first of each; `notes` say
    how the corpus was understood where that is not plain."""

    strict: bool = False
    documents: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set, repr=False)

    def skip(self, kind: str, where: str) -> None:
        """Note a line that cannot be used. Raises `Problem` if `strict`."""
        if self.strict:
            raise Problem(f"{where}: {kind}; mend it or build without --strict to skip it")
        self.skipped[kind] += 1
        named = self.examples.setdefault(kind, [])
        if len(named) < EXAMPLES:
            named.append(where)

    def note(self, said: str) -> None:
        """Say something once."""
        if said not in self.notes and len(self.notes) < EXAMPLES:
            self.notes.append(said)

    def new(self, document: Document) -> bool:
        """Return whether no document of that id was there before."""
        key = int.from_bytes(hashlib.blake2b(document.id.encode(), digest_size=8).digest(), "big")
        if key in self.seen:
            return False
        self.seen.add(key)
        self.documents += 1
        return True

    def misread(self) -> str:
        """Return why the corpus is not what it was taken for, in words: most of it could not be used. Empty if it
        is."""
        faults = {kind: count for kind, count in self.skipped.items() if kind not in HARMLESS}
        many = sum(faults.values())
        if not many or many < self.documents:
            return ""
        named = ", ".join(f"{count} times {kind}, first at {self.examples[kind][0]}" for kind, count in faults.items())
        if not self.documents:
            return f"has no document that can be indexed: {named}"
        return f"is not what it was taken for, {many} of {self.documents + many} documents cannot be read: {named}"


Found = Iterator[tuple[str, Document]]
"""Where, and the document."""


def read(path: Path, report: Report | None = None) -> Iterator[Document]:
    """Yield the documents of the corpus at `path`, each id once. Raises `Problem` where nothing can be read, and at the
    end where most could not be used."""
    report = report or Report()
    source = Source(path, "corpus")
    with source.readable():
        what = kind(path)
    if what not in ("file", "folder"):
        raise Problem(f"{source} {'does not exist' if what == 'missing' else f'is a {what}'}, {READ}")
    for where, document in read_folder(path, report) if what == "folder" else read_file(source, path.name, report):
        if report.new(document):
            yield document
        else:
            report.skip(f"id {shown(document.id, 40)} was there before" if report.strict else "duplicate id", where)
    if fault := report.misread():
        raise Problem(f"{source} {fault}; {READ}")


def read_file(source: Source, name: str, report: Report) -> Found:
    """Return the documents of one file, by what its first lines are."""
    head = source.head()
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    start = head[0].lstrip()[:1] if head else ""
    if start == "<" and suffix not in TABLES:
        raise Problem(f"{source} is of no known kind, it looks like XML, HTML or SGML; {READ}")
    if start == "[" or (start == "{" and spread(head)):
        return read_values(source, name, report)
    if start == "{" or suffix in JSON:
        return read_lines(source, name, report)
    return read_table(source, name, report, dialect(head, comma=suffix == ".csv"))


def spread(head: list[str]) -> bool:
    """Return whether JSON values go on over several lines."""
    try:
        json.loads(head[0])
    except (ValueError, RecursionError):
        return len(head) > 1 and not head[1].startswith("{")
    return False


def read_lines(source: Source, name: str, report: Report) -> Found:
    """Read JSON lines."""
    for number, line in usable(source, name, report):
        yield from made(f"{name} line {number}", report, from_line, line, report)


def read_values(source: Source, name: str, report: Report) -> Found:
    """Read a JSON array, or objects that follow each other."""

    def blocks() -> Iterator[bytes]:
        for block in source.blocks():
            report.bytes += len(block)
            yield block

    with source.readable():
        try:
            for number, value in enumerate(values(blocks(), source.limit), 1):
                yield from made(f"{name} value {number}", report, from_json, value, report)
        except Wrong as wrong:
            raise Problem(f"{source} cannot be read after value {report.documents}: {wrong}") from None


def read_table(source: Source, name: str, report: Report, how: Dialect) -> Found:
    """Read rows of delimited text."""
    names = how.header or implied(source, how)
    try:
        where = columns(names)
    except Wrong as wrong:
        raise Problem(
            f"{source} has {wrong} among its columns {', '.join(names[:12])}; call them id, title and text"
        ) from None
    if how.header:
        report.note(f"{name}: {where}")
    for row in how.rows(usable(source, name, report)):
        cells = row.cells
        if not how.header and len(cells) > len(names):
            cells = (*cells[: len(names) - 1], how.delimiter.join(cells[len(names) - 1 :]))
        yield from made(f"{name} line {row.number}", report, from_cells, cells, names, where, row.wrong)


def implied(source: Source, how: Dialect) -> tuple[str, ...]:
    """Return the names of columns that have none, by their number and content. Raises `Problem` where that does not
    tell."""
    texts = [row[-1] for row in how.sample if len(row) == how.columns]
    if how.columns < 2:
        raise Problem(f"{source} is of no known kind, its lines are not JSON and have no tab; {READ}")
    if how.columns == 4 and all("://" in row[1] for row in how.sample if len(row) == 4):
        return ("id", "url", "title", "text")
    if how.columns > 3:
        raise Problem(f"{source} has {how.columns} columns and no header; name them in a first line: id, title, text")
    if not any(re.search(r"[^\W\d_]", text) for text in texts):
        raise Problem(f"{source} has {how.columns} columns and none of words; {READ}")
    if how.columns == 3 and sum(len(row[1]) for row in how.sample if len(row) == 3) > 3 * sum(map(len, texts)):
        raise Problem(f"{source} seems to have its titles last; name the columns in a first line: id, text, title")
    return ("id", "text") if how.columns == 2 else ("id", "title", "text")


def usable(source: Source, name: str, report: Report) -> Iterator[tuple[int, str]]:
    """Number and text of the lines that are not blank and can be read."""
    for line in source.lines():
        report.bytes += len(line.raw or b"") + 1
        where = f"{name} line {line.number}"
        if line.raw is None:
            report.skip(f"longer than {source.limit >> 20} MB", where)
        elif line.raw.strip():
            try:
                yield line.number, line.raw.decode().removeprefix("\ufeff")
            except UnicodeDecodeError:
                report.skip("not UTF-8", where if "not UTF-8" in report.skipped else where + guess(line.raw))


def made(where: str, report: Report, parse: Callable[..., Document], *parts: Any) -> Found:
    """Return the document that `parse` makes of `parts`, if it is one."""
    try:
        document = parse(*parts)
        if not document.text.strip() and not document.title.strip():
            raise Wrong("empty text")
    except Wrong as wrong:
        report.skip(str(wrong), f"{where} ({wrong.detail})" if wrong.detail else where)
    else:
        yield where, document


def from_line(line: str, report: Report) -> Document:
    """Read a line of JSON."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise Wrong("not JSON") from None
    return from_json(data, report)


def from_json(data: Any, report: Report) -> Document:
    """Read a JSON object: `id` (or `_id`, `docid` …), `title` if any, `text` (or Pyserini's `contents` …)."""
    if not isinstance(data, dict):
        raise Wrong("not a JSON object")
    where = columns(tuple(data))
    if not where.usual:
        report.note(str(where))
    return assembled(data, where)


def from_cells(cells: tuple[str, ...], names: tuple[str, ...], where: Columns, wrong: str) -> Document:
    """Read a row of a table."""
    if wrong:
        raise Wrong(wrong)
    if len(cells) != len(names):
        few = "fewer" if len(cells) < len(names) else "more"
        raise Wrong("no tab" if len(cells) == 1 else f"{few} columns than {len(names)}")
    return assembled(dict(zip(reversed(names), reversed(cells), strict=True)), where)


def assembled(data: Mapping[str, Any], where: Columns) -> Document:
    """Return the document whose parts stand there."""
    title = words(data[where.title], "title") if where.title else ""
    texts = [words(data[name], "text") for name in where.texts]
    return Document(identifier(data[where.id]), title, "\n".join(text for text in texts if text))


def read_folder(path: Path, report: Report) -> Found:
    """Return the documents of the files under a folder, in the order of their names. Where there are collections, other
    files beside them are not documents; else each file is one, and its id is its path below the folder."""
    files = sorted(entries(path, report))
    if BEIR := beir(path):
        files = [(name, file) for name, file in files if name in BEIR]
        report.note(f"the folder is laid out as BEIR's, only {BEIR[0]} is read")
    collections = [name for name, _ in files if Path(name.lower().removesuffix(".gz")).suffix in (*JSON, *TABLES)]
    for name, file in files:
        if name in collections:
            yield from read_file(Source(file, "corpus"), name, report)
        elif collections:
            report.skip("not a collection as the files beside it", name)
        else:
            yield from made(name, report, from_file, file, name, report)


def entries(path: Path, report: Report) -> Iterator[tuple[str, Path]]:
    """Name and path of each file below a folder; hidden ones are left out."""
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files + folders:
            place = Path(folder, name)
            short = place.relative_to(path).as_posix()
            what = kind(place)
            if name.startswith(".") or (what == "folder" and not place.is_symlink()):
                continue
            if what == "file":
                yield short, place
            else:
                report.skip(f"a {'link to a folder' if what == 'folder' else what}", escaped(short))


def beir(path: Path) -> list[str]:
    """Return the name of the corpus in a folder that BEIR made."""
    if not any((path / name).exists() for name in ("queries.jsonl", "queries.jsonl.gz", "qrels")):
        return []
    return [name for name in ("corpus.jsonl", "corpus.jsonl.gz") if (path / name).is_file()][:1]


def from_file(file: Path, name: str, report: Report) -> Document:
    """Read a file that is one document."""
    source = Source(file, "file")
    try:
        raw = b"".join(islice(source.blocks(), source.limit // BLOCK + 1))
    except Problem as problem:
        raise Wrong("not a text file", str(problem)) from None
    report.bytes += len(raw)
    if len(raw) > source.limit:
        raise Wrong(f"longer than {source.limit >> 20} MB")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Wrong("not UTF-8", guess(raw).removeprefix(", ")) from None
    if re.match(r"\s*<(!doctype|html|\?xml)", text, re.IGNORECASE):
        raise Wrong("HTML or XML, give its text")
    return Document(identifier(escaped(name)), "", clean(text.strip(), "text"))


def escaped(name: str) -> str:
    """Return a file's name as an id: blanks, control characters and bytes that are not UTF-8 as in addresses, `%20`."""

    def code(found: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in os.fsencode(found[0]))

    return re.sub(r"[\s\0-\x1f\x7f-\x9f\ufeff\ud800-\udfff]", code, name)

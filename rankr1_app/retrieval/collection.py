"""Collections in one file, a document a line or row: JSON lines or arrays, TSV or CSV, TREC's own form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import Problem
from ..text import Source, guess
from . import trec
from .delimited import Dialect, dialect
from .fields import Choice, Columns, How, Wrong, columns, guessed, identifier, words
from .files import escaped
from .forms import JSON, TABLES
from .report import Document, Part, Report
from .values import values

READ = "give JSON lines, TSV or CSV, or a folder of those or of texts"
CHOOSE = ", or choose with --columns id=NAME,text=NAME"
Found = Iterator[tuple[str, Document]]
"""Where, and the document."""


def read(source: Source, name: str, report: Report, how: How, form: str = "") -> Found:
    """Return the documents of one file, by what its first lines are; `form` says that it is TREC's."""
    head = source.head()
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    start = head[0].lstrip()[:1] if head else ""
    if form == "trec":
        report.begin(Part(name, "TREC"))
        return read_trec(source, name, report)
    if start == "<" and suffix not in TABLES:
        raise Problem(f"{source} is of no known kind, it looks like XML, HTML or SGML; {READ}")
    if start == "[" or (start == "{" and spread(head)):
        report.begin(Part(name, "JSON"))
        return read_values(source, name, report, how.choice(name))
    if start == "{" or suffix in JSON:
        report.begin(Part(name, "JSON lines"))
        return read_lines(source, name, report, how.choice(name))
    loose = dialect(head, comma=suffix == ".csv", loose=True)
    report.begin(Part(name, "table", loose.header))
    if not how.apart and how.choice(name) is None:
        loose = dialect(head, comma=suffix == ".csv")
    return read_table(source, name, report, loose, how)


def spread(head: list[str]) -> bool:
    """Return whether JSON values go on over several lines."""
    try:
        json.loads(head[0])
    except (ValueError, RecursionError):
        return len(head) > 1 and not head[1].startswith("{")
    return False


def read_lines(source: Source, name: str, report: Report, choice: Choice | None) -> Found:
    """Read JSON lines."""
    for number, line in usable(source, name, report):
        yield from made(f"{name} line {number}", report, from_line, line, report, choice, f"{escaped(name)}#{number}")


def read_rows(rows: Iterable[dict[str, Any]], name: str, report: Report, choice: Choice | None) -> Found:
    """Read rows that come as dicts."""
    for number, row in enumerate(rows, 1):
        for where, document in made(f"{name} row {number}", report, from_json, row, report, choice, f"{name}#{number}"):
            report.bytes += len(document.title.encode()) + len(document.text.encode())
            yield where, document


def read_values(source: Source, name: str, report: Report, choice: Choice | None) -> Found:
    """Read a JSON array, or objects that follow each other."""

    def blocks() -> Iterator[bytes]:
        for block in source.blocks():
            report.bytes += len(block)
            yield block

    with source.readable():
        try:
            for number, value in enumerate(values(blocks(), source.limit), 1):
                key = f"{escaped(name)}#{number}"
                yield from made(f"{name} value {number}", report, from_json, value, report, choice, key)
        except Wrong as wrong:
            raise Problem(f"{source} cannot be read after value {report.documents}: {wrong}") from None


def read_trec(source: Source, name: str, report: Report) -> Found:
    """Read documents in TREC's own form."""
    for number, block in trec.blocks(usable(source, name, report), source.limit):
        yield from made(f"{name} line {number}", report, trec.from_trec, block)


def read_table(source: Source, name: str, report: Report, table: Dialect, how: How) -> Found:
    """Read rows of delimited text."""
    names, where = understood(source, name, table, how)
    if report.part:
        report.part.columns, report.part.chosen = names, where.chosen
    if table.header:
        report.note(f"{name}: {where}")
    for row in table.rows(usable(source, name, report)):
        cells = row.cells
        if not table.header and len(cells) > len(names):
            cells = (*cells[: len(names) - 1], table.delimiter.join(cells[len(names) - 1 :]))
        key = f"{escaped(name)}#{row.number}"
        yield from made(f"{name} line {row.number}", report, from_cells, cells, names, where, row.wrong, key)


def understood(source: Source, name: str, table: Dialect, how: How) -> tuple[tuple[str, ...], Columns]:
    """Return the names of a table's columns and what they are for: as chosen, by their names, or as guessed where
    files stand apart. Raises `Problem`."""
    choice = how.choice(name)
    names = table.header
    try:
        if choice is not None:
            names = names or numbered(table)
            return names, choice.of(names)
        names = names or implied(source, table)
        return names, columns(names)
    except (Wrong, Problem) as error:
        if choice is None and how.apart and table.columns:
            names = table.header or numbered(table)
            return names, guessed(names, table.sample).of(names)
        if isinstance(error, Problem):
            raise
        raise Problem(
            f"{source} has {error} among its columns {', '.join(names[:12])}; call them id, title and text{CHOOSE}"
        ) from None


def numbered(table: Dialect) -> tuple[str, ...]:
    """Return names for columns that have none."""
    return tuple(f"column_{number}" for number in range(1, table.columns + 1))


def implied(source: Source, how: Dialect) -> tuple[str, ...]:
    """Return the names of columns that have none, by their number and content. Raises `Problem` where that does not
    tell."""
    texts = [row[-1] for row in how.sample if len(row) == how.columns]
    if how.columns < 2:
        raise Problem(f"{source} is of no known kind, its lines are not JSON and have no tab; {READ}")
    if how.columns == 4 and all("://" in row[1] for row in how.sample if len(row) == 4):
        return ("id", "url", "title", "text")
    if how.columns > 3:
        raise Problem(
            f"{source} has {how.columns} columns and no header; name them in a first line: id, title, text{CHOOSE}"
        )
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


def from_line(line: str, report: Report, choice: Choice | None, key: str) -> Document:
    """Read a line of JSON."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise Wrong("not JSON") from None
    return from_json(data, report, choice, key)


def from_json(data: Any, report: Report, choice: Choice | None, key: str) -> Document:
    """Read a JSON object: `id` (or `_id`, `docid` …), `title` if any, `text` (or Pyserini's `contents` …)."""
    if not isinstance(data, dict):
        raise Wrong("not a JSON object")
    names = tuple(data)
    if report.part and not report.part.columns:
        report.part.columns = names
    where = choice.of(names) if choice else columns(names)
    if report.part and not report.part.chosen:
        report.part.chosen = where.chosen
    if not where.usual:
        report.note(str(where))
    return assembled(data, where, key)


def from_cells(cells: tuple[str, ...], names: tuple[str, ...], where: Columns, wrong: str, key: str) -> Document:
    """Read a row of a table."""
    if wrong:
        raise Wrong(wrong)
    if len(cells) != len(names):
        few = "fewer" if len(cells) < len(names) else "more"
        raise Wrong("no tab" if len(cells) == 1 else f"{few} columns than {len(names)}")
    return assembled(dict(zip(reversed(names), reversed(cells), strict=True)), where, key)


def assembled(data: Mapping[str, Any], where: Columns, key: str) -> Document:
    """Return the document whose parts stand there; `key` is its id where it has none."""
    title = words(data[where.title], "title") if where.title else ""
    texts = [words(data[name], "text") for name in where.texts]
    return Document(identifier(data[where.id]) if where.id else key, title, "\n".join(filter(None, texts)))

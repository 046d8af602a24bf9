"""Rows of delimited text, in the dialect of the file: tabs or commas, quoted or not, with a header or without."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ..text import LIMIT
from .fields import ID, QUERY, QUERY_ID, TEXTS, TITLE, label

MARKS = (",", ";", "|")
"""What separates where no tab does."""
SAMPLE = 200
"""Lines looked at to tell the dialect."""
EXCEL = re.compile(r'"?sep=(.)"?')
"""A first line by which Excel is told what separates."""
QUOTED = re.compile(r'"(?:[^"]|"")*"', re.DOTALL)
NUMBER = re.compile(r"\s*[-+$€£]?[\d.,]*\d\s*%?")
NOT_NAME = re.compile(r'^#|["\ufeff]')
WORD = re.compile(r"[^\W\d][\w.:-]{0,39}|")
NAMES = {*ID, *QUERY_ID, *QUERY, *TEXTS, *TITLE}
"""Names of columns by which a header is known."""


@dataclass(frozen=True)
class Dialect:
    """How a file is written. `header` holds its names in lower case, empty where it has none; `columns` is how many a
    row has; `sample` are the first rows; `before` is how many rows stand before the first of content."""

    delimiter: str
    quoted: bool
    columns: int
    header: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    before: int = 0

    def rows(self, lines: Iterable[tuple[int, str]]) -> Iterator[Row]:
        """Yield the rows of content of numbered lines without their ends."""
        return islice(rows_of(lines, self.delimiter, self.quoted), self.before, None)


@dataclass(frozen=True)
class Row:
    """A row and the line it begins on; `wrong` says in words why it cannot be used."""

    number: int
    cells: tuple[str, ...]
    wrong: str = ""


def dialect(lines: Iterable[str], *, comma: bool = False, loose: bool = False) -> Dialect:
    """Return the dialect of a file by its first lines; `comma` where its name says that commas, or what stands for
    them, separate; `loose` where a header may have names of its own."""
    sample = list(islice((line for line in lines if line.strip()), SAMPLE))
    match = EXCEL.fullmatch(sample[0]) if sample else None
    sample = sample[1:] if match else sample
    delimiter = match[1] if match else separator(sample, comma)
    quoted = delimiter != "\t" or is_quoted(sample)
    rows = [row.cells for row in rows_of(enumerate(sample, 1), delimiter, quoted) if not row.wrong]
    header = names(rows[0]) if rows else ()
    if loose and not header:
        header = headings(rows)
    body = tuple(rows[1:] if header else rows)
    columns = len(header) or common(len(row) for row in body)
    return Dialect(delimiter, quoted, columns, header, body, bool(match) + bool(header))


def separator(sample: Sequence[str], comma: bool) -> str:
    """Return what separates the columns: a tab where there is one, else what makes names of the first line, or as many
    columns of every line."""
    if not sample or "\t" in sample[0]:
        return "\t"
    for mark in MARKS:
        if names([cell.strip('"') for cell in sample[0].split(mark)]):
            return mark
    if not comma:
        return "\t"
    counts = {mark: [line.count(mark) for line in sample] for mark in MARKS}
    return max(counts, key=lambda mark: (len({*counts[mark]} - {0}) == 1, sum(counts[mark])))


def is_quoted(sample: Sequence[str]) -> bool:
    """Return whether quotes around cells of tab-separated text are the dialect's and not the text's: some hold doubled
    ones, or there is one in every row."""
    rows = [line.split("\t") for line in sample]
    rows = rows[1:] if rows and names(rows[0]) else rows
    cells = [[cell for cell in row if cell.startswith('"')] for row in rows]
    if not all(QUOTED.fullmatch(cell) for row in cells for cell in row):
        return False
    return any('""' in cell[1:-1] for row in cells for cell in row) or (bool(cells) and all(cells))


def names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the names in a header, empty if the row is none: short words, the first of which is a name that ids go by,
    or two of which are names of columns."""
    found = tuple(NOT_NAME.sub("", cell).strip().lower().replace(" ", "_") for cell in cells)
    if len(found) < 2 or not all(WORD.fullmatch(name) for name in found):
        return ()
    return found if found[0] in (*ID, *QUERY_ID) or len(NAMES & {*found}) > 1 else ()


def headings(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names in a header that nobody knows, empty if the first row is none: short words, unlike what stands
    below them."""
    if len(rows) < 2 or not all(cell.strip() and len(cell) <= 60 and not NUMBER.fullmatch(cell) for cell in rows[0]):
        return ()
    head, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    columns = list(zip(*body, strict=True))
    if (
        not columns
        or len({*map(label, head)}) < len(head)
        or any(cell in column for cell, column in zip(head, columns, strict=False))
    ):
        return ()
    numbers = any(all(NUMBER.fullmatch(cell) for cell in column) for column in columns)
    longer = any(
        sum(map(len, column)) > 2 * len(column) * len(cell) for cell, column in zip(head, columns, strict=True)
    )
    return tuple(label(NOT_NAME.sub("", cell)) for cell in head) if numbers or longer else ()


def common(counts: Iterable[int]) -> int:
    """Return the most frequent count, the smaller of two."""
    found = Counter(counts)
    return max(sorted(found), key=lambda count: (count > 1, found[count]), default=0)


def rows_of(lines: Iterable[tuple[int, str]], delimiter: str, quoted: bool) -> Iterator[Row]:
    """Yield the rows of numbered lines without their ends. A quoted cell may go on over lines."""
    if not quoted:
        for number, line in lines:
            yield Row(number, tuple(line.split(delimiter)))
        return
    csv.field_size_limit(LIMIT)
    last = 0

    def feed() -> Iterator[str]:
        nonlocal last
        for number, line in lines:
            last = number
            yield line + "\n"

    reader = csv.reader(feed(), delimiter=delimiter, strict=True)
    while True:
        before = last
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            open_ended = "unexpected end" in str(error) or "field larger" in str(error)
            yield Row(before + 1, (), "a quote that is never closed" if open_ended else "broken quoting")
            if open_ended:
                return
        else:
            if cells:
                yield Row(before + 1, tuple(cells))

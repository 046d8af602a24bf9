"""Corpora as streams of documents: JSON, TSV or CSV, TREC's own form, texts, web pages, PDF and DOCX files, folders and
zip archives of any of these, and datasets of the Hugging Face Hub.

What a file is shows in its content. Nothing is held but one document at a time and eight bytes for each id, so size
does not matter. What is wrong with a line is counted by kind and named with file and line; the line is skipped, the
rest is read.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem, shown
from ..text import Source, kind
from . import collection, files, hub
from .archive import unpacked
from .extractor import Extractor
from .fields import How, Wrong
from .forms import JSON, TABLES, form
from .report import Document, Part, Report

__all__ = ["READ", "Document", "How", "Report", "read"]

READ = (
    "give JSON lines, TSV or CSV, a PDF, DOCX or Markdown file, a folder or zip archive of those or of texts, or a "
    "dataset of the Hugging Face Hub as hf:OWNER/NAME"
)
Found = Iterator[tuple[str, Document]]
"""Where, and the document."""


def read(path: Path, report: Report | None = None, how: How = How()) -> Generator[Document, None, None]:  # noqa: B008
    """Yield the documents of the corpus at `path`, each id once. Raises `Problem` where nothing can be read, and at the
    end where most could not be used."""
    report = report or Report()
    source = Source(path, "corpus")
    with Extractor() as extractor:
        for where, document in contents(source, Reading(report, how, extractor)):
            if report.new(document):
                yield document
            else:
                report.skip(f"id {shown(document.id, 40)} was there before" if report.strict else "duplicate id", where)
    if fault := report.misread(how.apart):
        raise Problem(f"{source} {fault}; {READ}")


def contents(source: Source, reading: Reading) -> Found:
    """Return the documents of a corpus, by what stands at its path. Raises `Problem`."""
    path = source.path
    if dataset := hub.dataset(path):
        return reading.dataset(dataset)
    with source.readable():
        what = kind(path)
    if what not in ("file", "folder"):
        raise Problem(f"{source} {'does not exist' if what == 'missing' else f'is a {what}'}, {READ}")
    return reading.folder(path, "") if what == "folder" else reading.file(path, path.name)


@dataclass(frozen=True)
class Reading:
    """A corpus that is being read."""

    report: Report
    how: How
    extractor: Extractor

    def file(self, path: Path, name: str) -> Found:
        """Return the documents of one file, by what it is."""
        found = form(path, name)
        if found in ("pdf", "docx", "html", "markdown"):
            yield from self.text(path, name, found)
        elif found == "zip":
            yield from self.archive(path, name, "")
        elif " " in found:
            self.report.begin(Part(name, ""))
            self.report.leave(found, name)
        else:
            source = Source(path, "corpus")
            yield from collection.read(source, name, self.report, self.how, found)

    def dataset(self, wanted: hub.Dataset) -> Found:
        """Return the documents of a dataset of the Hugging Face Hub."""
        pinned = hub.pin(wanted)
        self.report.begin(Part(str(pinned), "dataset"))
        self.report.note(f"reading {pinned}")
        yield from collection.read_rows(hub.rows(pinned), pinned.short, self.report, self.how.choice(""))

    def text(self, path: Path, name: str, found: str) -> Found:
        """Return the passages of a file that is a text, in one form or another."""
        self.report.begin(Part(name, found or "text"))
        try:
            yield from files.read(path, name, found, self.report, self.extractor)
        except Wrong as wrong:
            self.report.leave(str(wrong), name, wrong.detail)

    def archive(self, path: Path, name: str, prefix: str) -> Found:
        """Return the documents of the files in a zip archive."""
        self.report.begin(Part(name, "zip"))
        with ExitStack() as stack:
            try:
                folder = stack.enter_context(
                    unpacked(path, lambda what, each: self.report.leave(what, f"{name}: {each}"))
                )
            except Wrong as wrong:
                self.report.leave(str(wrong), name, wrong.detail)
                return
            yield from self.folder(folder, prefix, packed=True)

    def folder(self, path: Path, prefix: str, *, packed: bool = False) -> Found:
        """Return the documents of the files under a folder, in the order of their names, whose ids begin with `prefix`.
        Where there are collections, texts beside them are not documents unless all stand `apart`."""
        found = sorted(entries(path, self.report))
        if BEIR := beir(path):
            found = [(name, file) for name, file in found if name in BEIR]
            self.report.note(f"the folder is laid out as BEIR's, only {BEIR[0]} is read")
        collections = [name for name, _ in found if Path(name.lower().removesuffix(".gz")).suffix in (*JSON, *TABLES)]
        for short, file in found:
            name, what = prefix + short, form(file, short)
            if what == "zip" and packed:
                self.report.begin(Part(name, what))
                self.report.leave(NESTED, name)
            elif what == "zip":
                yield from self.archive(file, name, f"{name}/")
            elif short in collections or what == "trec" or " " in what:
                yield from self.apart(file, name)
            elif collections and not self.how.apart and what in ("", "markdown"):
                self.report.skip("not a collection as the files beside it", name)
            else:
                yield from self.text(file, name, what)

    def apart(self, path: Path, name: str) -> Found:
        """Return the documents of a file; what ends its reading is a fault of its own where files stand apart."""
        try:
            yield from self.file(path, name)
        except Problem as problem:
            if not self.how.apart or self.report.strict:
                raise
            self.report.leave("a file that cannot be read", name, str(problem))


NESTED = "an archive in an archive, unpack it"


def entries(path: Path, report: Report) -> Iterator[tuple[str, Path]]:
    """Name and path of each file below a folder; hidden ones are left out."""
    for folder, folders, names in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__MACOSX"]
        for name in names + folders:
            place = Path(folder, name)
            short = place.relative_to(path).as_posix()
            what = kind(place)
            if name.startswith(".") or (what == "folder" and not place.is_symlink()):
                continue
            if what == "file":
                yield short, place
            else:
                report.skip(f"a {'link to a folder' if what == 'folder' else what}", files.escaped(short))


def beir(path: Path) -> list[str]:
    """Return the name of the corpus in a folder that BEIR made."""
    if not any((path / name).exists() for name in ("queries.jsonl", "queries.jsonl.gz", "qrels")):
        return []
    return [name for name in ("corpus.jsonl", "corpus.jsonl.gz") if (path / name).is_file()][:1]

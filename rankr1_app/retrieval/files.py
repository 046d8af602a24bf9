"""Files that are texts: plain, Markdown, web pages, PDF and DOCX; each becomes the passages it is made of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from ..errors import Problem
from ..text import BLOCK, Source, guess
from .extractor import Extractor
from .fields import Wrong, identifier
from .passages import passages
from .report import Document, Report

HEADING = re.compile(r"#{1,2}\s+(\S.*)")


def read(path: Path, name: str, form: str, report: Report, extractor: Extractor) -> Iterator[tuple[str, Document]]:
    """Yield the passages of a file. Raises `Wrong` where it has none."""
    key, some = identifier(escaped(name)), False
    for document in (
        extracted(path, name, key, form, report, extractor)
        if form in EXTRACTED
        else plain(path, name, key, form, report)
    ):
        some = True
        page = document.place.page if document.place else 0
        yield f"{name} page {page}" if page else name, document
    if not some:
        raise Wrong("empty text")


EXTRACTED = ("pdf", "docx", "html")


def extracted(path: Path, name: str, key: str, form: str, report: Report, extractor: Extractor) -> Iterator[Document]:
    """Yield the passages of a file that has to be taken apart."""
    title = "" if form == "html" else PurePosixPath(name).stem
    report.bytes += path.stat().st_size
    for page, text in extractor.pages(form, path):
        if page < 0:
            title = text
        else:
            yield from passages(key, name, title, [(page, text)])


def plain(path: Path, name: str, key: str, form: str, report: Report) -> Iterator[Document]:
    """Return the passages of a text."""
    text = text_of(path, report)
    heading = HEADING.match(text.lstrip()) if form == "markdown" else None
    title = heading[1].rstrip("# ") if heading else ""
    return passages(key, name, title, [(0, text)])


def text_of(path: Path, report: Report) -> str:
    """Return a file's text. Raises `Wrong`."""
    source = Source(path, "file")
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
    if re.match(r"\s*<\?xml", text):
        raise Wrong("XML, give its text")
    return text.replace("\r\n", "\n")


def escaped(name: str) -> str:
    """Return a file's name as an id: blanks, control characters and bytes that are not UTF-8 as in addresses, `%20`."""

    def code(found: re.Match[str]) -> str:
        return "".join(f"%{byte:02X}" for byte in os.fsencode(found[0]))

    return re.sub(r"[\s\0-\x1f\x7f-\x9f\ufeff\ud800-\udfff]", code, name)

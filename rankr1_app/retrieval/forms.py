"""What a file is, by its content and, where that does not tell, by its name."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from ..text import Source, kind

JSON = (".jsonl", ".json", ".ndjson")
TABLES = (".tsv", ".csv")
MARKDOWN = (".md", ".markdown")
HTML = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html\b)", re.IGNORECASE | re.DOTALL)
XHTML = re.compile(rb"\s*<\?xml.{0,1000}<(!doctype\s+html|html\b)", re.IGNORECASE | re.DOTALL)
TREC = re.compile(rb"\s*<DOC\b[^>]*>.{0,4000}<DOCNO>", re.IGNORECASE | re.DOTALL)
ZIP = b"PK\x03\x04"
OFFICE = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "an Excel workbook, save it as CSV",
    "xl/workbook.bin": "an Excel workbook, save it as CSV",
    "ppt/presentation.xml": "a PowerPoint file, save it as PDF",
    "content.xml": "an OpenDocument file, save it as PDF or DOCX",
    "META-INF/container.xml": "an EPUB book, save it as PDF",
    "META-INF/MANIFEST.MF": "a Java archive",
    "AndroidManifest.xml": "an Android program",
}
"""What a zip archive is in truth, by a name in it."""


def form(path: Path, name: str) -> str:
    """Return `pdf`, `docx`, `html`, `trec`, `markdown` or `zip`, or what the file is in words that have blanks; empty
    for tables, JSON and texts."""
    suffix = Path(name.lower().removesuffix(".gz")).suffix
    if kind(path) != "file":
        return ""
    with Source(path, "file").readable(), path.open("rb") as file:
        head = file.read(8192)
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith((ZIP, b"PK\x05\x06")):
        return zipped(path)
    if suffix not in (*JSON, *TABLES) and (HTML.match(head) or XHTML.match(head) or suffix in (".html", ".htm")):
        return "html" if b"\0" not in head or head[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
    if TREC.match(head):
        return "trec"
    return "markdown" if suffix in MARKDOWN else ""


def zipped(path: Path) -> str:
    """Return what a zip archive is."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return "a damaged zip archive"
    return next((what for name, what in OFFICE.items() if name in names), "zip")

"""Documents of TREC's collections: `<DOC>`, `<DOCNO>`, and tags of each collection's own around the text."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from .fields import Wrong, clean, identifier
from .report import Document

BEGIN, END = re.compile(r"<DOC\b[^>]*>", re.IGNORECASE), re.compile(r"</DOC>", re.IGNORECASE)
NUMBER = re.compile(r"<DOCNO>(.*?)</DOCNO>", re.IGNORECASE | re.DOTALL)
TITLE = re.compile(r"<(TITLE|HEADLINE|HEAD|TTL|HL)>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
TEXT = re.compile(r"<TEXT>(.*?)</TEXT>", re.IGNORECASE | re.DOTALL)
HEADER = re.compile(r"<(DOCHDR|DOCID|DATE|PROFILE|FILEID|PARENT)>.*?</\1>", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<!?/?[A-Za-z][^<>]{0,500}>")


def blocks(lines: Iterable[tuple[int, str]], limit: int) -> Iterator[tuple[int, str]]:
    """Yield number of the first line and text of each document. One over `limit` characters is cut there."""
    held: list[str] | None = None
    first = size = 0
    for number, line in lines:
        if held is None:
            if not BEGIN.match(line.strip()):
                continue
            held, first, size = [], number, 0
        size += len(line) + 1
        if size <= limit:
            held.append(line)
        if END.search(line):
            yield first, "\n".join(held)
            held = None
    if held is not None:
        yield first, ""


def from_trec(block: str) -> Document:
    """Read one document. Raises `Wrong`."""
    if not block:
        raise Wrong("a <DOC> that is never closed")
    number = NUMBER.search(block)
    if number is None:
        raise Wrong("no <DOCNO>")
    title = " ".join(plain(found[2]) for found in TITLE.finditer(block))
    texts = [found[1] for found in TEXT.finditer(block)]
    rest = HEADER.sub(" ", NUMBER.sub(" ", TITLE.sub(" ", BEGIN.sub(" ", END.sub(" ", block)))))
    text = "\n".join(plain(each, "\n") for each in texts or [rest])
    return Document(identifier(number[1]), clean(title, "title"), clean(text, "text"))


def plain(text: str, between: str = " ") -> str:
    """Return text without tags and with its entities as characters."""
    lines = (" ".join(line.split()) for line in html.unescape(TAG.sub(" ", text)).splitlines())
    return between.join(line for line in lines if line)

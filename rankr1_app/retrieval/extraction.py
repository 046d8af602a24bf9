"""The process in which documents of others' making are taken apart: it may be slow, fill its memory or crash, and
harms nobody. It reads a line of JSON for each file, and writes lines: pages with their numbers, then how it ended.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

MEMORY = 1 << 30
"""Bytes that the process may take."""
UNPACKED = 64 << 20
"""Bytes that the text of a DOCX file may have."""
CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
FURNITURE = "script, style, noscript, template, nav, footer, [hidden]"
"""What of a web page is not its text."""


class Unreadable(Exception):
    """A file that has no text for us, and why in words."""


def pdf(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the pages of a PDF that have text."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise Unreadable("a PDF locked by a password, save it without one" if locked else "a damaged PDF") from None
    some = False
    for number in range(len(document)):
        try:
            text = document[number].get_textpage().get_text_range()
        except pypdfium2.PdfiumError:
            raise Unreadable(f"a PDF whose page {number + 1} is damaged") from None
        # A hyphen at the end of a line: the word goes on.
        text = re.sub("[\x02\ufffe]\r?\n?", "", text).replace("\r\n", "\n")
        if text.strip():
            some = True
            yield number + 1, text
    if not some:
        raise Unreadable("a PDF without text, a scan perhaps: run it through OCR first")


def docx(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the text of a Word document."""
    import mammoth

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist() if member.filename.endswith(".xml")) > UNPACKED:
                raise Unreadable(f"a DOCX file whose text is over {UNPACKED >> 20} MB")
        with path.open("rb") as file:
            yield 0, mammoth.extract_raw_text(file).value
    except (Unreadable, MemoryError):
        raise
    except Exception:
        raise Unreadable("a damaged DOCX file") from None


def html(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the title of a web page as page -1, and its text."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse(decoded(path.read_bytes()))
    for node in tree.document.query_selector_all(FURNITURE) if tree.document else ():
        node.decompose()
    yield -1, " ".join((tree.title or "").split())
    yield 0, extract_plain_text(tree, main_content=False, alt_texts=False, links=False, form_fields=False)


def decoded(raw: bytes) -> str:
    """Return the text of a web page: by its mark, as UTF-8 if it is that, by what it says, else as browsers do."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        found = CHARSET.search(raw[:4096])
    try:
        return raw.decode(found[1].decode() if found else "cp1252", "replace")
    except LookupError:
        return raw.decode("cp1252", "replace")


FORMS: dict[str, Callable[[Path], Iterator[tuple[int, str]]]] = {"pdf": pdf, "docx": docx, "html": html}


def answer(form: str, path: str, out: io.TextIOBase) -> None:
    """Write the pages of one file."""

    def line(*parts: Any) -> None:
        out.write(json.dumps(parts) + "\n")

    try:
        for number, text in FORMS[form](Path(path)):
            line("page", number, text)
        line("end")
    except Unreadable as wrong:
        line("wrong", str(wrong))
    except MemoryError:
        line("wrong", f"takes over {MEMORY >> 30} GB of memory to read")
    except Exception:
        line("wrong", f"a damaged {form.upper()} file")
    out.flush()


def main() -> None:
    """Answer until nobody asks any more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = io.TextIOWrapper(sys.stdout.buffer, "ascii")
    for line in sys.stdin.buffer:
        form, path = json.loads(line)
        answer(form, path, out)


if __name__ == "__main__":
    main()

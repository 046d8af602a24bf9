"""Text files as people have them: plain or gzipped, UTF-8, UTF-16 or UTF-32, any line end, lines of bounded length.

Corpora, topics, runs and qrels are all read through here. What is no text file is refused by what it is.
"""

from __future__ import annotations

import codecs
import gzip
import itertools
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import Problem, shown

LIMIT = 16 << 20
"""Bytes of the longest line."""
BLOCK = 1 << 18
GZIP = b"\x1f\x8b"
MAGIC = {
    GZIP: "gzipped twice, unpack it once",
    b"PK\x03\x04": "a zip archive or an Office file, unpack it or save it as text",
    b"\xd0\xcf\x11\xe0": "an Office file, save it as text",
    b"%PDF": "a PDF, give its text",
    b"{\\rtf": "a rich text file, save it as plain text",
    b"BZh": "compressed by bzip2, unpack it or use gzip",
    b"\xfd7zXZ": "compressed by xz, unpack it or use gzip",
    b"\x28\xb5\x2f\xfd": "compressed by zstd, unpack it or use gzip",
    b"7z\xbc\xaf": "a 7-Zip archive, unpack it",
    b"Rar!": "a RAR archive, unpack it",
    b"PAR1": "a Parquet file, write it as JSON lines",
    b"ARROW1": "an Arrow file, write it as JSON lines",
    b"SQLite format 3": "an SQLite database, write it as JSON lines",
    b"\x93NUMPY": "a NumPy array, write it as text",
    b"\x80\x04\x95": "a Python pickle, write it as text",
    b"\x80\x05\x95": "a Python pickle, write it as text",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x7fELF": "a program",
}
MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Byte order marks, the longer ones of the same beginning first."""
OTHERS = (
    "cp1252",
    "cp1250",
    "cp1251",
    "gb18030",
    "shift_jis",
    "euc_kr",
    "big5",
    "euc_jp",
    "koi8_r",
    "cp1256",
    "cp1253",
)
"""Encodings that files which are not Unicode are likely to be in."""
NEL, LS = "\x85".encode(), "\u2028".encode()


@dataclass(frozen=True, slots=True)
class Line:
    """A line, counted from 1, without its end; `raw` is None where it is over the limit."""

    number: int
    raw: bytes | None


@dataclass(frozen=True)
class Source:
    """A file as a source of text; `what` it is for stands in messages, such as `topics`."""

    path: Path
    what: str
    limit: int = LIMIT

    def __str__(self) -> str:
        return f"{self.what} {shown(str(self.path), 200)}"

    def checked(self) -> Source:
        """Return self. Raises `Problem` for what is missing or is no regular file, without opening it."""
        with self.readable():
            seen = kind(self.path)
        if seen != "file":
            raise Problem(f"{self} {'does not exist' if seen == 'missing' else f'is a {seen}'}, give a text file")
        return self

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Turn what goes wrong with a file into a `Problem`."""
        try:
            yield
        except UnicodeDecodeError as error:
            raise Problem(f"{self} is not valid {error.encoding}, save it as UTF-8") from None
        except EOFError as error:
            raise Problem(f"{self} cannot be read: its gzip data ends too early, copy it again") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise Problem(f"{self} cannot be read: its gzip data is broken, copy it again") from error
        except (OSError, ValueError) as error:
            raise Problem(
                f"{self} cannot be read: {getattr(error, 'strerror', None) or 'its path is not valid'}"
            ) from error

    def blocks(self) -> Iterator[bytes]:
        """Yield the content as UTF-8, without a byte order mark. Raises `Problem` for what is no text file."""
        self.checked()
        with self.readable(), unpacked(self.path) as file:
            head = file.read(BLOCK)
            encoding, mark = self.encoding(head)
            raw = itertools.chain([head[len(mark) :]], iter(lambda: file.read(BLOCK), b""))
            yield from raw if encoding == "utf-8" else recoded(raw, encoding)

    def encoding(self, head: bytes) -> tuple[str, bytes]:
        """Return the encoding and the byte order mark, by the first bytes. Raises `Problem` for what is no text."""
        for magic, name in MAGIC.items():
            if head.startswith(magic):
                raise Problem(f"{self} is {name}")
        if head[257:262] == b"ustar":
            raise Problem(f"{self} is a tar archive, unpack it and give the file or the folder")
        for mark, encoding in MARKS.items():
            if head.startswith(mark):
                return encoding, mark
        even, odd = head[:4096:2].count(0), head[1:4096:2].count(0)
        if (even + odd) * 10 > len(head[:4096]):
            if min(even, odd) * 10 > max(even, odd):
                raise Problem(f"{self} is not a text file, {even + odd} of its first bytes are NUL")
            return ("utf-16-le" if odd > even else "utf-16-be"), b""
        return "utf-8", b""

    def lines(self) -> Iterator[Line]:
        """Yield every line."""
        blocks = self.blocks()
        head = next(blocks, b"")
        end = line_end(head)
        content: Iterable[bytes] = itertools.chain([head], blocks)
        if end in (NEL, LS):
            content, end = replaced(content, end), b"\n"
        for number, raw in enumerate(split(content, end, self.limit), 1):
            yield Line(number, raw if raw is None else raw.removesuffix(b"\r"))

    def head(self) -> list[str]:
        """Return the first lines, as far as they can be read; the only one may be cut."""
        head = next(self.blocks(), b"")
        lines = head.split(line_end(head))
        lines = lines[:-1] if len(head) >= BLOCK // 2 and len(lines) > 1 else lines
        return [line.decode(errors="replace").strip("\r\ufeff") for line in lines if line.strip()]

    def where(self, number: int) -> str:
        """Name a line."""
        return f"{self.what} {self.path.name} line {number}"

    def texts(self) -> Iterator[tuple[int, str]]:
        """Yield number and text of each line that is not blank. Raises `Problem` for one that cannot be used, and for a
        file without any."""
        some = False
        for line in self.lines():
            text = self.decoded(line)
            if text.strip():
                some = True
                yield line.number, text
        if not some:
            raise Problem(f"{self} is empty")

    def strings(self) -> Iterator[tuple[str, str]]:
        """Yield what `texts` does, with where instead of number."""
        return ((self.where(number), text) for number, text in self.texts())

    def decoded(self, line: Line) -> str:
        """Return the text of a line. Raises `Problem` for one that is too long, no UTF-8, or holds NUL or a bare
        carriage return."""
        if line.raw is None:
            raise Problem(f"{self.where(line.number)} is longer than {self.limit >> 20} MB")
        try:
            text = line.raw.decode().removeprefix("\ufeff")
        except UnicodeDecodeError:
            raise Problem(f"{self.where(line.number)} is not UTF-8{guess(line.raw)}") from None
        for character, name in (("\0", "a NUL character"), ("\r", "a carriage return amid the line")):
            if character in text:
                raise Problem(f"{self.where(line.number)} holds {name}, save the file as plain text")
        return text


def kind(path: Path) -> str:
    """Return what stands at `path`, links followed: `file`, `folder`, `pipe`, `device`, `socket`, `dangling link` or
    `missing`."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return "dangling link" if path.is_symlink() else "missing"
    tests = {"file": stat.S_ISREG, "folder": stat.S_ISDIR, "pipe": stat.S_ISFIFO, "socket": stat.S_ISSOCK}
    return next((name for name, test in tests.items() if test(mode)), "device")


@contextmanager
def unpacked(path: Path) -> Iterator[BinaryIO]:
    """Return the file, unpacked if it is gzipped, whatever its name."""
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
        file.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=file) as content:
                yield content  # type: ignore[misc]
        else:
            yield file


def recoded(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Recode from `encoding` to UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for block in blocks:
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


def replaced(blocks: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    """Put a line feed for each `end`, which is a character of several bytes."""
    rest = b""
    for block in blocks:
        block = (rest + block).replace(end, b"\n")
        begun = next((size for size in range(len(end) - 1, 0, -1) if block.endswith(end[:size])), 0)
        rest, block = block[len(block) - begun :], block[: len(block) - begun]
        yield block
    yield rest


def line_end(head: bytes) -> bytes:
    """Return what ends a line, by the first lines: a line feed (with or without a carriage return); else a carriage
    return; else the separators of other systems, where the line after one has columns too."""
    if b"\n" in head or head.lstrip()[:1] in (b"{", b"["):
        return b"\n" if b"\n" in head or b"\r" not in head else b"\r"
    if b"\r" in head:
        return b"\r"
    return next((end for end in (NEL, LS) if b"\t" in head.partition(end)[2]), b"\n")


def split(blocks: Iterable[bytes], end: bytes, limit: int) -> Iterator[bytes | None]:
    """Yield the lines of `blocks`, None for each over `limit`: of such a line nothing is held."""
    rest: list[bytes] = []
    size = 0
    for block in blocks:
        first, *others = block.split(end)
        size += len(first)
        rest = [*rest, first] if size <= limit else []
        for piece in others:
            yield b"".join(rest) if size <= limit else None
            rest, size = [piece], len(piece)
    if size:
        yield b"".join(rest) if size <= limit else None


def guess(raw: bytes) -> str:
    """Say what bytes that are not UTF-8 may be, and what to do."""
    from charset_normalizer import from_bytes

    found = {name for match in from_bytes(raw[:4096], cp_isolation=[*OTHERS]) for name in match.could_be_from_charset}
    likely = [name for name in OTHERS if name in found][:4]
    perhaps = f" but perhaps {' or '.join(likely)}" if likely else ""
    return f"{perhaps}, save the file as UTF-8 (iconv -f {likely[0] if likely else 'ENCODING'} -t utf-8)"

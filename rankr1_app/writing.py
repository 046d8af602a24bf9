"""Files that are written: refused where they would replace what is no file, written aside and renamed, or appended to
line by line."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from .errors import Problem, shown
from .text import kind


def checked_file(path: Path, what: str) -> Path:
    """Return `path`. Raises `Problem` unless a file is there, or nothing, in a folder that exists."""
    check(path, what, "file", "give the name of a file")
    with reported(path, what):
        if kind(path.parent) != "folder":
            raise Problem(f"{what} {shown(str(path))} has no folder {shown(str(path.parent))}, make it first")
    return path


def checked_folder(path: Path, what: str) -> Path:
    """Return `path`. Raises `Problem` unless a folder is there, or nothing."""
    check(path, what, "folder", "give the name of a folder")
    return path


def check(path: Path, what: str, wanted: str, advice: str) -> None:
    """Raise `Problem` if something else than `wanted` is at `path`: links are not followed, since what they lead to
    may be anybody's."""
    with reported(path, what):
        if path.is_symlink():
            raise Problem(f"{what} {shown(str(path))} is a link to {shown(os.readlink(path))}, name the place itself")
        found = kind(path)
        if found not in (wanted, "missing"):
            raise Problem(f"{what} {shown(str(path))} is a {found}, {advice}")


def check_apart(path: Path, what: str, inputs: dict[str, Path | None]) -> None:
    """Raise `Problem` if `path` is one of the inputs, named by what they are, or inside of one."""
    place = path.resolve()
    for name, given in inputs.items():
        if given is not None and (place == given.resolve() or given.resolve() in place.parents):
            raise Problem(f"{what} {shown(str(path))} would be written over the {name}, give another place")


@contextmanager
def replacing(path: Path, what: str) -> Iterator[TextIO]:
    """Give a file that replaces `path` once all is written, and vanishes if that fails. Raises `Problem`."""
    with reported(path, what):
        number, name = tempfile.mkstemp(prefix=".rankr1-", suffix=".part", dir=path.parent)
        part = Path(name)
        try:
            with open(number, "w", encoding="utf-8") as file:
                yield file
            part.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~mask())
            os.replace(part, path)
        finally:
            with suppress(FileNotFoundError):
                part.unlink()


def append(path: Path, line: bytes, most: int = sys.maxsize) -> bool:
    """Append a line to a file that several processes may append to; a line that a kill cut short does not take it with
    it. Return whether it was appended: not where the file would have more than `most` bytes. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        if size + len(line) > most:
            return False
        ends = size == 0 or os.pread(file.fileno(), 1, size - 1) == b"\n"
        file.write(line if ends else b"\n" + line)
        return True


def mask() -> int:
    """Return the permissions that new files lack."""
    current = os.umask(0)
    os.umask(current)
    return current


@contextmanager
def reported(path: Path, what: str) -> Iterator[None]:
    """Turn what goes wrong with a file into a `Problem`."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path or text is not valid"
        raise Problem(f"{what} {shown(str(path))} cannot be written: {reason}") from error

"""Recordings: every search as a file of JSON lines, written while it runs."""

from __future__ import annotations

import gzip
import os
import re
import secrets
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .errors import Problem, shown
from .events import Event, dumps, loads

ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Store:
    """A folder of recordings, `<id>.jsonl` each. `folder` is made when first written to."""

    folder: Path

    def new_id(self) -> str:
        """An id nobody can guess."""
        return secrets.token_hex(8)

    def path(self, run: str) -> Path:
        """Where the recording of that id is. Raises `Problem` for what is no id."""
        if not ID.fullmatch(run):
            raise Problem(f"recording {shown(run)} is no recording id, one is 16 hexadecimal digits")
        return self.folder / f"{run}.jsonl"

    def ids(self) -> list[str]:
        """Ids of all recordings, newest first."""
        files = [path for path in self.folder.glob("*.jsonl") if ID.fullmatch(path.stem)]
        return [path.stem for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)]

    def read(self, run: str) -> Iterator[Event]:
        """The events of a recording."""
        return read(self.path(run))


def read(path: Path) -> Iterator[Event]:
    """Events of a recording file, lazily. Raises `Problem` for a file that is none."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            yield from loads(lines, path.name)
    except FileNotFoundError:
        raise Problem(f"recording {shown(str(path))} does not exist, give a file that --record wrote") from None
    except IsADirectoryError:
        raise Problem(f"recording {shown(str(path))} is a folder, give a file that --record wrote") from None
    except UnicodeDecodeError:
        raise Problem(f"recording {shown(str(path))} is not UTF-8 text, give a file that --record wrote") from None
    except OSError as error:
        raise Problem(f"recording {shown(str(path))} cannot be read: {error.strerror}") from None


async def recorded(events: AsyncGenerator[Event, None], path: Path) -> AsyncGenerator[Event, None]:
    """Pass `events` on and write each to `path`: to `<path>.part` while it runs, renamed at the end, also when
    the reader leaves early. Raises `Problem` where the file cannot be written; what was at `path` then stays."""
    with replacing(path) as write:
        async with aclosing(events):
            async for event in events:
                write(dumps(event))
                yield event


@contextmanager
def replacing(path: Path) -> Iterator[Callable[[str], None]]:
    """Gives a function that writes one line of what will replace `path`."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = part.open("w", encoding="utf-8", buffering=1)
    except OSError as error:
        raise unwritable(path, error) from None
    whole = True

    def write(line: str) -> None:
        nonlocal whole
        try:
            file.write(line + "\n")
        except OSError as error:
            whole = False
            raise unwritable(path, error) from None

    try:
        yield write
    finally:
        with suppress(OSError):
            file.close()
        try:
            if whole:
                os.replace(part, path)
            else:
                part.unlink()
        except OSError as error:
            raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> Problem:
    """What went wrong, in a line."""
    return Problem(f"recording {shown(str(path))} cannot be written: {error.strerror}; make room or name another place")

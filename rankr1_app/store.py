"""A folder of recordings, which are files of JSON lines."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from .consistency import consistent
from .errors import Problem, shown
from .events import Event, loads
from .recorder import Recorder, adopt
from .text import Source
from .writing import append

LONGEST = 1 << 28
"""Bytes of the longest line of a recording."""
ID = re.compile(r"[0-9a-f]{16}")
PART = re.compile(r"\.?([0-9a-f]{16})\.jsonl\.part")
"""What is being written of a recording; in the first version of the product without the dot before it."""
TRIALS = ".trials"
"""What is beside a recording of which reasons were tried."""
SHUFFLES = ".shuffles"
"""What is beside a recording of the same search with its documents shuffled otherwise: the runs."""
FACETS = ".facets"
"""What is beside a recording of labels that were asked for, and the documents that each fits."""
MOST = 4_000_000_000
"""Bytes of recordings that are kept, unless said otherwise."""


@dataclass(frozen=True)
class Store:
    """A folder of recordings, `<id>.jsonl` each, at most `most` bytes in all. `folder` is made when first needed."""

    folder: Path
    most: int = MOST

    def new_id(self) -> str:
        """Return an id nobody can guess."""
        return secrets.token_hex(8)

    def path(self, run: str) -> Path:
        """Return where the recording of that id is. Raises `Problem` for what is no id."""
        if not ID.fullmatch(run):
            raise Problem(f"recording {shown(run)} is not an id, one is 16 hexadecimal digits")
        return self.folder / f"{run}.jsonl"

    def ids(self) -> list[str]:
        """Return the ids of all recordings, newest first."""
        self.recover()
        return [path.stem for path, _ in self.files()]

    def files(self) -> list[tuple[Path, os.stat_result]]:
        """Return all recordings, newest first. One that goes away meanwhile is left out."""
        found = []
        for path in self.folder.glob("*.jsonl"):
            with suppress(OSError):
                if ID.fullmatch(path.stem):
                    found.append((path, path.stat()))
        return sorted(found, key=lambda each: each[1].st_mtime, reverse=True)

    def read(self, run: str) -> Iterator[Event]:
        """Return the events of a recording."""
        return read(self.path(run))

    def delete(self, run: str) -> None:
        """Delete the recording of that id, if there is one."""
        unlink(self.path(run))

    def recorder(self, run: str) -> Recorder:
        """Return what writes the recording of that id. Room is made for it."""
        path = self.path(run)
        self.tidy()
        return Recorder(path, run)

    def beside(self, run: str, kind: str) -> list[Any]:
        """Return what is beside that recording of one kind, in the order it came. A line that was cut short is left
        out."""
        found = []
        with suppress(FileNotFoundError):
            for line in self.path(run).with_suffix(kind).read_bytes().splitlines():
                with suppress(msgspec.DecodeError):
                    found.append(msgspec.json.decode(line))
        return found

    def add_beside(self, run: str, kind: str, row: object) -> None:
        """Keep what is of one kind beside its recording. Raises `Problem` where that cannot be."""
        path = self.path(run).with_suffix(kind)
        try:
            append(path, json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        except OSError as error:
            raise Problem(f"{path.name} cannot be written: {error.strerror}; make room") from None

    def bytes(self) -> int:
        """Return how large all recordings are together."""
        return sum(found.st_size for _, found in self.files())

    def tidy(self) -> None:
        """Put what killed searches left where it is listed, and delete the oldest recordings above `most` bytes."""
        self.recover()
        size = 0
        for number, (path, found) in enumerate(self.files()):
            size += found.st_size
            if number and size > self.most:
                with suppress(OSError):
                    unlink(path)

    def recover(self) -> None:
        """Put what was written of killed searches where it is listed."""
        for part in [*self.folder.glob("*.part"), *self.folder.glob(".*.part")]:
            if found := PART.fullmatch(part.name):
                with suppress(OSError):
                    adopt(part, self.folder / f"{found[1]}.jsonl")


def unlink(path: Path) -> None:
    """Delete a recording, if it is there, and what is beside it."""
    for kind in (TRIALS, SHUFFLES, FACETS):
        path.with_suffix(kind).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def read(path: Path) -> Iterator[Event]:
    """Yield the events of a recording, lazily, as long as they fit together. Raises `Problem` for what is none."""
    source = Source(path, "recording", LONGEST)
    lines = (source.decoded(line) for line in source.lines())
    yield from consistent(loads(lines, path.name), f"recording {path.name}")

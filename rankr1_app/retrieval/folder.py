"""The folder of an index on disk, which is replaced whole or not at all.

Beside a folder `x` stand, while it changes: `.x.build`, the index being built; `.x.old`, the index that was in
force, whole, between the two renames of a replacement; `.x.gone`, what is being deleted; and `.x.lock`, held by the
one process that changes it. A kill at any moment leaves the index in force in `x` or in `.x.old`, and the next look
puts it back. Nothing is deleted but files that an index is made of.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ..errors import Problem, shown

FILES = re.compile(
    r"meta\.json(?:\.new)?"
    r"|chunks/(?:\d{6,}\.jsonl|stopwords\.txt)"
    r"|lucene/(?:(?:pending_)?segments(?:_\w+)?|_[\w.-]+|write\.lock)"
    r"|vectors-[0-9a-f]{8}/(?:vectors\.f32|lists\.faiss(?:\.new)?)"
)
FOLDERS = re.compile(r"chunks|lucene|vectors-[0-9a-f]{8}")
META = "meta.json"
BEFORE = ".old.new"
"""How the name of `.x.old` ended in the first version of the product."""
PATIENCE = 10.0
"""Seconds to wait for another process that is between two renames."""


@dataclass(frozen=True)
class Folder:
    """An index folder, which need not exist."""

    path: Path

    def beside(self, what: str) -> Path:
        """Return the hidden path beside the folder for `what`. Names of indexes do not begin with a dot and `what`
        holds none, so no two indexes share one."""
        return self.path.with_name(f".{self.path.name}.{what}")

    @property
    def build(self) -> Path:
        """Where the next index is built."""
        return self.beside("build")

    @property
    def old(self) -> Path:
        """The index that was in force, whole."""
        return self.beside("old")

    @property
    def gone(self) -> Path:
        """What is being deleted."""
        return self.beside("gone")

    @contextlib.contextmanager
    def locked(self, patience: float = -1) -> Iterator[None]:
        """Be the only process that changes the folder. Raises `Timeout` after `patience` seconds, -1 waits. The
        lock falls with its process."""
        with FileLock(self.beside("lock"), timeout=patience):
            yield

    def leftovers(self) -> list[Path]:
        """Return what killed builds and deletions left: nothing that was ever in force."""
        before = re.compile(rf"\.{re.escape(self.path.name)}\.\w{{8}}\.new")
        named = [path for path in self.path.parent.glob(".*.new") if before.fullmatch(path.name)]
        return [path for path in (self.build, self.gone, *named) if os.path.lexists(path)]

    def check(self) -> None:
        """Raise `Problem` unless nothing stands there, or an index of ours and nothing else."""
        if os.path.lexists(self.path) and not is_index(self.path):
            raise Problem(
                f"{shown(str(self.path), 200)} {what_is(self.path)} and is left as it is, "
                "move it away or choose another name"
            )

    @contextlib.contextmanager
    def replaced(self) -> Iterator[Path]:
        """Give an empty folder that takes the index's place at the end; not if an exception ends it. Raises `Problem`
        where something stands that is not ours."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.check()
        with self.locked():
            self.tidy()
            self.build.mkdir()
            try:
                yield self.build
                self.check()
                self.swap()
            finally:
                self.sweep()

    def swap(self) -> None:
        """Put what was built in the index's place."""
        if os.path.lexists(self.path):
            os.rename(self.path, self.old)
        os.rename(self.build, self.path)
        if os.path.lexists(self.old):
            os.rename(self.old, self.gone)

    def delete(self) -> None:
        """Delete the index. Raises `Problem` where something stands that is not ours."""
        self.check()
        with self.locked():
            self.tidy()
            os.rename(self.path, self.gone)
            self.sweep()

    def tidy(self) -> None:
        """Finish or undo what was killed half way. The lock must be held."""
        self.sweep()
        self.recover()
        for old in self.olds():
            os.rename(old, self.gone)
            self.sweep()

    def olds(self) -> list[Path]:
        """Return the indexes beside the folder that were in force."""
        return [old for old in (self.old, self.path.with_name(f".{self.path.name}{BEFORE}")) if is_index(old)]

    def recover(self) -> None:
        """Put back the index of a replacement that was killed between its renames. The lock must be held."""
        if not os.path.lexists(self.path) and (olds := self.olds()):
            os.rename(olds[0], self.path)

    def sweep(self) -> None:
        """Delete what was left. The lock must be held. Raises `Problem` for what is not ours."""
        for path in self.leftovers():
            if not only_ours(path):
                raise Problem(f"{shown(str(path), 200)} is in the way and holds more than an index, move it away")
            shutil.rmtree(path, ignore_errors=True)

    def settle(self) -> None:
        """Recover if need be: for readers, who hold no lock. What cannot be changed is left as it is."""
        if os.path.lexists(self.path) or not self.olds():
            return
        with contextlib.suppress(OSError, Timeout), self.locked(PATIENCE):
            self.recover()


def settle_all(root: Path) -> None:
    """Recover every index in `root` that needs it."""
    for end in (".old", BEFORE):
        for old in root.glob(f".*{end}"):
            Folder(old.with_name(old.name.removesuffix(end)[1:])).settle()


def is_index(path: Path) -> bool:
    """Return whether a folder is an index of ours and holds nothing else: its description says so, or where that is
    broken, Lucene's files do."""
    if not only_ours(path) or not (path / META).is_file():
        return False
    return describes_index(path / META) or any((path / "lucene").glob("segments_*"))


def only_ours(path: Path) -> bool:
    """Return whether a folder, not a link to one, holds nothing but files that an index is made of."""
    try:
        return not path.is_symlink() and path.is_dir() and all(entry_fits(path, entry) for entry in path.rglob("*"))
    except OSError:
        return False


def entry_fits(path: Path, entry: Path) -> bool:
    """Return whether one entry of a folder is of an index."""
    name = entry.relative_to(path).as_posix()
    if entry.is_symlink():
        return False
    return (
        FOLDERS.fullmatch(name) is not None if entry.is_dir() else entry.is_file() and FILES.fullmatch(name) is not None
    )


def describes_index(meta: Path) -> bool:
    """Return whether a file is the description of an index."""
    try:
        found = json.loads(meta.read_bytes()) if meta.is_file() else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and {"name", "documents", "fingerprint", "source"} <= found.keys()


def what_is(path: Path) -> str:
    """Return what stands at `path`, in words."""
    if path.is_symlink():
        return "is a link"
    if not path.is_dir():
        return "is not a folder"
    return "holds more than an index" if describes_index(path / META) else "is not an index"

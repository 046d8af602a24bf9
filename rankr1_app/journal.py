"""What a batch has finished, on disk, so that a killed one goes on where it was."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from .errors import Problem, shown
from .writing import checked_file

MARK = b'{"rankr1 rerank": '
"""How each journal begins."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """A topic and what became of it. `read` counts the answers that could be read, `unreadable` those that could
    not."""

    topic: str
    ranking: tuple[str, ...]
    calls: int = 0
    read: int = 0
    unreadable: int = 0

    @property
    def unread(self) -> bool:
        """Return whether the model was asked in vain."""
        return self.calls > 0 and not self.read

    @property
    def counts(self) -> Done:
        """Return the same with no more than the first of the ranking."""
        return replace(self, ranking=self.ranking[:1])


class Journal:
    """`<output>.unfinished`: a line that says what is asked, then a line for each topic done. In memory is only
    where a topic's line begins. A line that is cut short or broken does not count, nor does, once it is opened again,
    a topic without one answer that could be read. Only one batch has it open."""

    def __init__(self, output: Path, identity: Mapping[str, Any]) -> None:
        self.output = output
        self.path = checked_file(output.with_name(output.name + ".unfinished"), "run")
        self.places: dict[str, int] = {}
        head = MARK + json.dumps(identity, sort_keys=True).encode() + b"}\n"
        try:
            self.file: BinaryIO = self.path.open("a+b")
        except OSError as error:
            raise self.unwritable(error) from error
        try:
            self.lock()
            whole = self.load(head)
            self.file.truncate(whole)
            if not whole:
                self.file.write(head)
                self.file.flush()
        except OSError as error:
            self.file.close()
            raise self.unwritable(error) from error
        except Problem:
            self.file.close()
            raise

    def lock(self) -> None:
        """Hold the file until it is closed, even by a kill. Raises `Problem` where another batch does."""
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another batch may have ended, and deleted what was opened here, just before.
            ours = os.path.samestat(os.fstat(self.file.fileno()), self.path.stat())
        except (BlockingIOError, FileNotFoundError):
            ours = False
        if not ours:
            raise Problem(f"run {shown(str(self.output))} is being written by another rerank, wait or name another")

    def load(self, head: bytes) -> int:
        """Find the topics done before; the number of bytes that hold. Raises `Problem` if something else was
        asked then, and some of it done, or if the file is none of ours."""
        self.file.seek(0)
        first = self.file.readline()
        begun = first.strip(b"\0\n")
        if not begun.startswith(MARK) and not MARK.startswith(begun):
            raise Problem(f"file {shown(str(self.path))} is not a run that was begun, move it or name another --output")
        if not first.endswith(b"\n") or not begun:
            return 0
        if first != head:
            if not self.file.readline().endswith(b"\n"):
                return 0
            raise Problem(
                f"run {shown(self.path.name)} was begun with other {differences(first, head)}; "
                "give the same, or delete it to begin anew"
            )
        whole = len(first)
        for line in self.file:
            if not line.endswith(b"\n"):
                break
            if (done := parsed(line)) and not done.unread:
                self.places[done.topic] = whole
            whole += len(line)
        return whole

    def add(self, done: Done) -> None:
        """Add a topic that is done."""
        try:
            place = self.file.seek(0, os.SEEK_END)
            self.file.write(msgspec.json.encode(done) + b"\n")
            self.file.flush()
            self.places[done.topic] = place
        except OSError as error:
            raise self.unwritable(error) from error

    def done(self, topics: Sequence[str]) -> Iterator[Done]:
        """Yield what became of those of `topics` that are done, read one by one."""
        for topic in topics:
            if topic in self.places:
                self.file.seek(self.places[topic])
                found = parsed(self.file.readline())
                if found is None or found.topic != topic:
                    raise Problem(
                        f"run {shown(str(self.path))} was changed by another program, delete it to begin anew"
                    )
                yield found

    def close(self, *, finished: bool) -> None:
        """Let go of the file, for good if all is `finished`."""
        if finished:
            self.path.unlink(missing_ok=True)
        self.file.close()

    def unwritable(self, error: OSError) -> Problem:
        """Return what went wrong, in a line."""
        return Problem(f"run {shown(str(self.path))} cannot be written: {error.strerror}; make room, then go on")


def parsed(line: bytes) -> Done | None:
    """Return a topic's line, None for a broken one."""
    try:
        return msgspec.json.decode(line, type=Done)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def differences(before: bytes, now: bytes) -> str:
    """Return which settings differ."""
    try:
        old, new = (next(iter(json.loads(head).values())) for head in (before, now))
        named = [f"{name} ({old.get(name)}, not {new[name]})" for name in new if old.get(name) != new[name]]
        return ", ".join(named) or "settings"
    except (ValueError, AttributeError, StopIteration, RecursionError):
        return "contents"

"""A search written to a file while it runs.

What is being written lies beside the recording as `.<name>.part`, under a lock that falls with its process. It takes
the recording's place at the end; a kill leaves it to the next look at the folder.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path

from .errors import Problem, shown
from .events import Event, dumps
from .writing import check

BEGIN = b'{"type":"search_started"'
"""How every recording begins."""
OURS = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""How a file is opened that may be anything: links are not followed, pipes do not block."""
TRIES, PAUSE = 20, 0.01
"""How often a recording is claimed that somebody holds, and the seconds between."""


class Unrecorded(Problem):
    """A search whose recording could not be written to its end; the search itself is whole."""


async def recorded(events: AsyncGenerator[Event, None], path: Path) -> AsyncGenerator[Event, None]:
    """Pass `events` on and write them to `path`. Raises `Problem` before the first event where that cannot be, and
    `Unrecorded` after the last one where it went wrong meanwhile; what was at `path` then stays."""
    recorder = Recorder(path)
    recorder.check()
    try:
        async for event in recorder.follow(events):
            yield event
    finally:
        await events.aclose()
    recorder.check()


class Recorder:
    """Writes one recording. What goes wrong is kept as `fault`, and does not end the search. `name` stands in messages
    for the path."""

    def __init__(self, path: Path, name: str = "") -> None:
        self.path = path
        self.name = name or str(path)
        self.part = path.parent / f".{path.name}.part"
        self.fault: Problem | None = None
        self.whole = 0
        self.file = -1
        try:
            if os.path.lexists(path):
                check(path, "recording", "file", "give the name of a file")
                refuse(path, self.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = self.claim()
        except Problem as problem:
            self.fault = problem
        except (OSError, ValueError) as error:
            self.fault = self.unwritable(error)

    def claim(self) -> int:
        """Open what is being written, which is ours alone. Raises `Problem` where another search writes it."""
        for _ in range(TRIES):
            with suppress(BlockingIOError):
                return self.open()
            # A look at the folder may hold it for a moment, or have taken it for a killed search's.
            time.sleep(PAUSE)
        raise Problem(f"recording {shown(self.name)} is being written by another search")

    def open(self) -> int:
        """Open what is being written. A killed search's is begun anew. Raises `BlockingIOError` where it is taken."""
        file = os.open(self.part, os.O_CREAT | OURS, 0o666)
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise Problem(f"recording {shown(self.name)} cannot be written: {shown(self.part.name)} is in the way")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file).st_nlink == 0:
                raise BlockingIOError  # adopted by somebody who took it for a killed search's
            if not BEGIN.startswith(os.pread(file, len(BEGIN), 0)):
                raise Problem(f"recording {shown(self.name)} cannot be written: {shown(self.part.name)} is in the way")
            os.truncate(file, 0)
        except BaseException:
            os.close(file)
            raise
        return file

    def check(self) -> None:
        """Raise the fault, if there is one."""
        if self.fault is not None:
            raise self.fault

    async def follow(self, events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        """Pass `events` on and write them down, as long as that goes well."""
        try:
            async with aclosing(events):
                async for event in events:
                    self.write(dumps(event))
                    yield event
        finally:
            self.close()

    def write(self, line: str) -> None:
        """Write one line."""
        if self.fault is not None:
            return
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        try:
            while data:
                data = data[os.write(self.file, data) :]
            self.whole = os.lseek(self.file, 0, os.SEEK_CUR)
        except OSError as error:
            self.fault = self.unwritable(error)

    def close(self) -> None:
        """Put the recording in its place: a whole one, or where none was before, what there is of it."""
        if self.file < 0:
            return
        try:
            if self.fault is None:
                os.replace(self.part, self.path)
            elif self.whole and not os.path.lexists(self.path):
                os.truncate(self.file, self.whole)
                os.rename(self.part, self.path)
            else:
                os.unlink(self.part)
        except OSError as error:
            self.fault = self.fault or self.unwritable(error)
        finally:
            os.close(self.file)
            self.file = -1

    def unwritable(self, error: OSError | ValueError) -> Unrecorded:
        """Return what went wrong, in a line."""
        why = (error.strerror if isinstance(error, OSError) else "") or "its name is not valid"
        how = "is incomplete" if self.whole else "cannot be written"
        return Unrecorded(f"recording {shown(self.name)} {how}: {why}; make room or name another place")


def refuse(path: Path, name: str) -> None:
    """Raise `Problem` for a file that is not a recording, whose content would be lost."""
    with path.open("rb") as file:
        found = file.read(len(BEGIN))
    if found not in (b"", BEGIN):
        raise Problem(f"recording {shown(name)} would take the place of a file that is not one, give another name")


def adopt(part: Path, path: Path) -> None:
    """Put what a killed search wrote at `path`; nothing is done while its process lives."""
    file = os.open(part, OURS)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        whole = last_line(file)
        if not whole or os.path.lexists(path):
            os.unlink(part)
            return
        os.truncate(file, whole)
        os.rename(part, path)
    finally:
        os.close(file)


def last_line(file: int) -> int:
    """Return where the last whole line of an open file ends."""
    end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - 65_536)
        found = os.pread(file, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0

"""Text of PDF, DOCX and HTML files, taken out in a process of its own with limits of time, memory and size."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from .fields import Wrong

SECONDS = 60.0
"""Seconds that a file may take."""
LONGEST = 64 << 20
"""Bytes of text that a file may have."""
ROOT = Path(__file__).parents[2]


@dataclass
class Extractor:
    """A process that takes files apart, started when it is first needed and again when it was ended."""

    seconds: float = SECONDS
    process: subprocess.Popen[bytes] | None = None
    buffer: bytearray = field(default_factory=bytearray)

    def __enter__(self) -> Extractor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def pages(self, form: str, path: Path) -> Iterator[tuple[int, str]]:
        """Yield the pages of a file with their numbers: 0 where it has none, -1 before its title. Raises `Wrong` where
        it cannot be read."""
        whole = False
        try:
            yield from self.read(form, path)
            whole = True
        finally:
            if not whole:
                self.close()

    def read(self, form: str, path: Path) -> Iterator[tuple[int, str]]:
        """Yield the pages of a file as the process gives them."""
        process, until, size = self.started(), time.monotonic() + self.seconds, 0
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps([form, os.path.abspath(path)]).encode() + b"\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise Wrong("ends the program that reads it, damaged perhaps") from None
        while True:
            kind, *parts = json.loads(self.line(process, until, size))
            if kind == "end":
                return
            if kind == "wrong":
                raise Wrong(parts[0])
            number, text = parts
            size += len(text)
            yield number, text.encode("utf-8", "replace").decode()

    def line(self, process: subprocess.Popen[bytes], until: float, size: int) -> bytes:
        """Return the next line of the process. Raises `Wrong` where there is none in time, or too much."""
        assert process.stdout is not None
        searched = 0
        while (end := self.buffer.find(b"\n", searched)) < 0:
            searched = len(self.buffer)
            if size + len(self.buffer) > LONGEST:
                raise Wrong(f"has over {LONGEST >> 20} MB of text")
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise Wrong(f"takes over {self.seconds:g} seconds to read")
            block = os.read(process.stdout.fileno(), 1 << 16)
            if not block:
                raise Wrong("ends the program that reads it, damaged perhaps")
            self.buffer += block
        found = bytes(self.buffer[:end])
        del self.buffer[: end + 1]
        return found

    def started(self) -> subprocess.Popen[bytes]:
        """Return the process, alive."""
        if self.process is None or self.process.poll() is not None:
            self.close()
            self.process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.extraction"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
            )
        return self.process

    def close(self) -> None:
        """End the process."""
        process, self.process = self.process, None
        self.buffer.clear()
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()


def environment() -> dict[str, str]:
    """Return what a process for others' content is given of our environment: nothing such as keys is its business."""
    paths = [str(ROOT), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(paths)}

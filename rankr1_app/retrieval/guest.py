"""Datasets of the Hugging Face Hub that visitors name, read in a process of its own: with limits of memory and time, in
an empty folder, and with nothing of our environment, such as a token of ours."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from ..errors import Problem, shown
from . import hub
from .extractor import environment

MEMORY = 6 << 30
"""Bytes of address space, most of which libraries ask for and never use."""
SECONDS = 600
"""Seconds of processor time."""
NETWORK = ("HF_ENDPOINT", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE")
SENTENCE = 10_000
"""Bytes that what is wrong may take."""
NAME, ROW, WRONG, END = b"n", b"r", b"w", b"e"
"""What a line holds, its first byte: the dataset's short name, a row as JSON, what is wrong, or nothing more."""


@contextmanager
def reading(wanted: hub.Dataset, longest: int) -> Iterator[Iterator[bytes]]:
    """Give the short name of a dataset, then its rows as JSON, each of at most `longest` bytes. Raises `Problem`."""
    with TemporaryDirectory(prefix="rankr1-") as folder:
        network = {name: os.environ[name] for name in NETWORK if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(wanted)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment(), **network, "HOME": folder, "HF_HOME": folder},
            cwd=folder,
        )
        assert process.stdout is not None
        try:
            yield lines(wanted, process.stdout, longest)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def lines(wanted: hub.Dataset, out: IO[bytes], longest: int) -> Iterator[bytes]:
    """Yield what the process says. Raises `Problem` where that is not all."""
    while line := out.readline(max(longest, SENTENCE) + 3):
        kind, said = line[:1], line[1:-1]
        if kind == END:
            return
        if kind == WRONG:
            raise Problem(json.loads(said))
        if len(said) > longest:
            raise Problem(
                f"dataset {shown(wanted.name, 100)} has a row of more than {longest:,} bytes, which is too long"
            )
        if not line.endswith(b"\n"):
            break
        yield said
    raise Problem(
        f"dataset {shown(wanted.name, 100)} cannot be read: the program that reads it ended, perhaps it takes too much "
        "memory or time"
    )


def main() -> None:
    """Write what is in the dataset that is named on the command line."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer

    def say(kind: bytes, said: str = "") -> None:
        out.write(kind + said.encode("utf-8", "replace") + b"\n")

    try:
        wanted = hub.dataset(Path(sys.argv[1]))
        assert wanted is not None
        pinned = hub.pin(wanted, token=False)
        say(NAME, pinned.short)
        for row in hub.rows(pinned, token=False):
            # What is no text, a picture for example, is left out.
            say(ROW, json.dumps(row, ensure_ascii=False, default=lambda _: None))
        say(END)
    except Problem as problem:
        say(WRONG, json.dumps(str(problem)))
    out.flush()
    # Threads of libraries may still wait for the network.
    os._exit(0)


if __name__ == "__main__":
    main()

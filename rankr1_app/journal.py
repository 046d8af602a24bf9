"""What a batch has finished, on disk, so that a killed one goes on where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from .errors import Problem, shown


class Journal:
    """`<output>.unfinished`: a line that says what is asked, then a line for each topic done. In memory is only
    where a topic's line begins. A line that a kill cut short does not count."""

    def __init__(self, output: Path, asked: Mapping[str, Any]) -> None:
        self.path = output.with_name(output.name + ".unfinished")
        self.places: dict[str, int] = {}
        head = json.dumps(asked, sort_keys=True).encode() + b"\n"
        try:
            self.file: BinaryIO = self.path.open("a+b")
            whole = self.load(head)
            self.file.truncate(whole)
            if not whole:
                self.file.write(head)
                self.file.flush()
        except OSError as error:
            raise self.unwritable(error) from None
        except Problem:
            self.file.close()
            raise

    def load(self, head: bytes) -> int:
        """Find the topics done before; the number of bytes that hold. Raises `Problem` if something else was
        asked then, and some of it done."""
        self.file.seek(0)
        first = self.file.readline()
        if not first.endswith(b"\n"):
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
            self.places[json.loads(line)["topic"]] = whole
            whole += len(line)
        return whole

    def add(self, topic: str, ranking: Sequence[str]) -> None:
        """A topic is done."""
        try:
            self.places[topic] = self.file.seek(0, os.SEEK_END)
            self.file.write(json.dumps({"topic": topic, "ranking": ranking}).encode() + b"\n")
            self.file.flush()
        except OSError as error:
            raise self.unwritable(error) from None

    def rankings(self, topics: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        """The rankings of `topics`, which must be done, read one by one."""
        for topic in topics:
            self.file.seek(self.places[topic])
            yield topic, json.loads(self.file.readline())["ranking"]

    def close(self, *, finished: bool) -> None:
        """Let go of the file, for good if all is `finished`."""
        self.file.close()
        if finished:
            self.path.unlink(missing_ok=True)

    def unwritable(self, error: OSError) -> Problem:
        """What went wrong, in a line."""
        return Problem(f"run {shown(str(self.path))} cannot be written: {error.strerror}; make room, then go on")


def differences(before: bytes, now: bytes) -> str:
    """Which settings differ."""
    try:
        old, new = json.loads(before), json.loads(now)
        return ", ".join(f"{name} ({old.get(name)}, not {new[name]})" for name in new if old.get(name) != new[name])
    except (ValueError, AttributeError):
        return "contents"

"""What readers voted who compared rankings without knowing whose they were: a line each, in one file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from .errors import Problem, shown
from .writing import append

MOST = 16_000_000
"""Bytes of votes that are kept."""


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One vote: when (UTC in ISO 8601), the recordings that stood side by side, from the left, the query, whose
    rankings they are, and the recording that was chosen; empty where none is better."""

    at: str
    query: str
    runs: tuple[str, ...]
    rankers: Mapping[str, str]
    choice: str


@dataclass(frozen=True)
class Votes:
    """The votes in a file, which is made when first needed."""

    path: Path

    def add(self, vote: Vote) -> None:
        """Keep a vote. Raises `Problem` where that cannot be."""
        line = msgspec.json.encode(vote) + b"\n"
        try:
            room = append(self.path, line, MOST)
        except OSError as error:
            raise Problem(f"vote cannot be written: {error.strerror}; make room") from None
        if not room:
            raise Problem(f"no more votes fit: at most {MOST:,} bytes are kept, move {shown(self.path.name)}")

    def all(self) -> Iterator[Vote]:
        """Yield every vote, oldest first. A line that is broken is left out."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                yield msgspec.json.decode(line, type=Vote)
            except msgspec.DecodeError:
                continue

    def of(self, runs: tuple[str, ...]) -> list[Vote]:
        """Return the votes on these recordings, in whichever order they stood."""
        return [vote for vote in self.all() if sorted(vote.runs) == sorted(runs)]

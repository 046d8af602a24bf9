"""Recorded searches as one HTML file that opens anywhere; those of several rankers are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from .contrast import Recorded, recorded, section
from .events import Event
from .pipeline import with_end
from .store import read
from .web.download import pages
from .writing import check_apart, checked_file, replacing


def report(recordings: Sequence[Path], output: Path) -> None:
    """Write the recordings to `output`, in their order. Raises `Problem` for a file that is not a recording, or a
    place that cannot be written."""
    checked_file(output, "report")
    for path in recordings:
        check_apart(output, "report", {"recording": path})
    found: list[Recorded] = []
    html = pages(noted(recordings, found), lambda: section(found))
    with replacing(output, "report") as file:
        file.write(html.decode("utf-8"))


def noted(recordings: Sequence[Path], found: list[Recorded]) -> Iterator[tuple[str, Sequence[Event]]]:
    """Yield the recordings one by one with their names, and note in `found` what a comparison needs of each."""
    for name, path in zip(names(recordings), recordings, strict=True):
        events = list(with_end(read(path)))
        found.append(recorded(name, events))
        yield name, events


def names(recordings: Sequence[Path]) -> Iterator[str]:
    """Yield a name for each recording, another one for each: its file's, numbered where files share one."""
    seen: Counter[str] = Counter()
    for path in recordings:
        name = path.name.removesuffix(".gz").removesuffix(".jsonl")
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}"

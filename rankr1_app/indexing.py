"""The commands around indexes: what they say while they work."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

from .retrieval import indexes
from .retrieval.corpus import Report


def build(corpus: Path, name: str, folder: Path | None, language: str, strict: bool) -> None:
    """Build with progress on standard error, then say what was skipped and where."""
    from tqdm import tqdm

    with tqdm(unit=" documents", disable=None) as bar:

        def progress(report: Report) -> None:
            bar.update(report.documents - bar.n)
            bar.set_postfix(megabytes=round(report.bytes / 1e6), skipped=report.skipped.total())

        info, report = indexes.build(corpus, name, folder, language=language, strict=strict, progress=progress)
    for note in report.notes:
        print(note, file=sys.stderr)
    for kind, count in report.skipped.items():
        print(f"skipped {count}: {kind}, first at {'; '.join(report.examples[kind])}", file=sys.stderr)
    print(f"{info.name}\t{info.documents} documents")


def shown_index(name: str) -> dict[str, Any]:
    """What an index is, for printing."""
    return dataclasses.asdict(indexes.show(name))

"""The commands around indexes: what they say while they work."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import Problem
from .retrieval import indexes
from .retrieval.corpus import Report

if TYPE_CHECKING:
    from .retrieval.encoders import Encoder


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


def same_text(corpus: Path, place: str, language: str) -> bool:
    """Return whether the index is there and of the same file."""
    if not corpus.is_file():
        return False
    try:
        info = indexes.show(place)
    except Problem:
        return False
    same = (info.fingerprint, info.language) == (indexes.fingerprint(corpus), language)
    if same:
        print(f"index {info.name} is of this very file and is kept", file=sys.stderr)
    return same


def add_vectors(place: str, encoder: Encoder) -> None:
    """Give an index vectors, with progress and time left on standard error."""
    from tqdm import tqdm

    from .retrieval import vectors

    info = indexes.show(place)
    print(f"encoding with {encoder.entry.name} on {encoder.place}", file=sys.stderr)
    with tqdm(total=info.documents, unit=" documents", disable=None) as bar:

        def tell(progress: vectors.Progress) -> None:
            if not bar.n:
                bar.initial = progress.done
            bar.update(progress.done - bar.n)
            bar.set_postfix(cut=progress.cut)

        made = vectors.build(info, encoder, tell).vectors
    assert made is not None
    if made.cut:
        print(
            f"{made.cut} documents are longer than the {encoder.entry.tokens} tokens encoded of them", file=sys.stderr
        )
    how = f"{made.lists} lists, of which {made.probes} are searched" if made.lists else "all of which are searched"
    print(f"{info.name}\t{info.documents} vectors by {encoder.entry.name}, {how}")


def shown_index(name: str) -> dict[str, Any]:
    """Return what an index is, for printing."""
    return dataclasses.asdict(indexes.show(name))

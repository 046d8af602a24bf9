"""The commands around indexes: what they say while they work."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import Problem, shown
from .printing import plain
from .retrieval import hub, indexes
from .retrieval.fields import How, choice
from .retrieval.report import Report

if TYPE_CHECKING:
    from .retrieval.encoders import Encoder


def build(corpus: Path, name: str, folder: Path | None, language: str, strict: bool, columns: str) -> None:
    """Build with progress on standard error, then say what was skipped and where."""
    from tqdm import tqdm

    with tqdm(unit=" documents", disable=None) as bar:

        def progress(report: Report) -> None:
            bar.update(report.documents - bar.n)
            bar.set_postfix(megabytes=round(report.bytes / 1e6), skipped=report.skipped.total())

        how = how_of(columns)
        info, report = indexes.build(corpus, name, folder, language=language, strict=strict, how=how, progress=progress)
    tell(report)
    print(f"{info.name}\t{info.documents} documents")


def how_of(columns: str) -> How:
    """Return how a corpus is read whose columns are chosen so. Raises `Problem`."""
    return How({"": choice(columns)} if columns else {})


def tell(report: Report) -> None:
    """Say on standard error how a corpus was understood and what was left out."""
    for note in report.notes:
        print(plain(note), file=sys.stderr)
    for kind, count in report.skipped.items():
        print(plain(f"skipped {count}: {kind}, first at {'; '.join(report.examples[kind])}"), file=sys.stderr)


def preview(corpus: Path, columns: str) -> None:
    """Print what would be read: every file with its columns, the first documents, and how many there are. Raises
    `Problem` where nothing could be built."""
    from .retrieval.preview import preview as look

    found = look(corpus, how_of(columns))
    for part in found.report.parts:
        parts = [part.what, f"{part.documents} documents", part.wrong]
        if part.columns:
            parts += [f"columns {', '.join(part.columns[:20])}", understood(part.chosen) if part.chosen else ""]
        print(shown(part.name, 200).strip("'\""), *map(plain, filter(None, parts)), sep="\t")
    for document in found.documents:
        where = f"page {document.place.page}" if document.place and document.place.page else ""
        print(*map(plain, (document.id, where, document.title[:80], " ".join(document.text.split())[:160])), sep="\t")
    tell(found.report)
    if found.wrong:
        raise Problem(found.wrong)
    print(f"{'' if found.whole else 'at least '}{found.report.documents} documents")


def understood(chosen: dict[str, str]) -> str:
    """Return what columns are taken for."""
    return ", ".join(
        f"{part} from {column or 'the number of the line'}" for part, column in chosen.items() if column or part == "id"
    )


def same_text(corpus: Path, place: str, language: str) -> bool:
    """Return whether the index is there and of the same file, or of the same pinned dataset."""
    if not corpus.is_file() and not hub.dataset(corpus):
        return False
    try:
        info = indexes.show(place)
    except Problem:
        return False
    same = (info.fingerprint, info.language) == (indexes.fingerprint(corpus), language)
    if same:
        print(f"index {info.name} is of this very corpus and is kept", file=sys.stderr)
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


def push(name: str, place: str) -> None:
    """Bring an index into Milvus, with progress and time left on standard error."""
    from tqdm import tqdm

    from .retrieval import cluster
    from .retrieval.push import push as bring

    milvus = cluster.connect(place, make=True)
    with tqdm(total=indexes.show(name).documents, unit=" documents", disable=None) as bar:

        def tell(what: str, done: int) -> None:
            if what == "terms":
                bar.set_postfix(terms=done)
                return
            if not bar.n:
                bar.initial = done
            bar.update(done - bar.n)

        done = bring(name, milvus, tell)
    info = done.info
    parts = [f"{info.documents} documents", f"{done.terms} terms"]
    if info.vectors:
        parts.append(f"vectors by {info.vectors.encoder['name']}")
    if done.unchanged:
        parts.append("there already")
    if done.start:
        parts.append(f"gone on from document {done.start}")
    if done.replaced:
        parts.append("in place of an older one")
    print(f"{info.name}\t{', '.join(parts)}")


def shown_index(name: str) -> dict[str, Any]:
    """Return what an index is, for printing."""
    return dataclasses.asdict(indexes.show(name))


def fetch(name: str) -> None:
    """Fetch a known index, with progress on standard error."""
    from tqdm import tqdm

    from .retrieval import fetch as fetching
    from .retrieval.known import entry

    found = entry(name)
    print(f"{found.about}: {found.documents} documents, {found.bytes / 1e6:.0f} MB, {found.licence}", file=sys.stderr)
    with tqdm(total=found.bytes, unit="B", unit_scale=True, disable=None) as bar:

        def tell(what: str, done: int) -> None:
            bar.set_description(what, refresh=False)
            if not bar.n:
                bar.initial = done
            bar.update(done - bar.n)

        info = fetching.fetch(found, tell)
    print(f"{info.name}\t{info.documents} documents")


def known_indexes() -> None:
    """Print the indexes that can be fetched."""
    from .retrieval.known import entries

    for found in entries().values():
        print(found.name, f"{found.documents} documents", f"{found.bytes / 1e6:.0f} MB", found.licence, sep="\t")

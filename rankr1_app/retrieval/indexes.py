"""Indexes by name or by folder: Lucene's files and `meta.json` each, built aside and put in place whole."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from .. import paths
from ..errors import Problem, shown
from . import corpus as corpora
from . import hub, lucene
from .fields import How
from .folder import META, Folder, is_index, settle_all
from .languages import ENGLISH, LANGUAGES
from .lucene import Progress

DEMO = "demo"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
OWN = re.compile(r"own-[0-9a-f]{32}")
"""Names of indexes that belong to a visitor of the page: they are not listed."""
VERSION = 2
"""Of `meta.json`; version 1 said neither its version nor parts nor language."""


@dataclass(frozen=True)
class VectorsInfo:
    """The vectors of an index: the `encoder` that made them, their `folder`, and the number of `lists` they are sorted
    into, of which `probes` are searched (0: all vectors are). `cut` documents were longer than what was encoded."""

    encoder: dict[str, Any]
    folder: str
    lists: int
    probes: int
    cut: int


@dataclass(frozen=True, kw_only=True)
class IndexInfo:
    """What an index is. `parts` are what it can be searched by, `language` is that of Lucene's analyser; `skipped`
    counts lines of the corpus that could not be used, by what was wrong."""

    name: str
    documents: int
    bytes: int
    created: str
    source: str
    fingerprint: str
    version: int = 1
    parts: tuple[str, ...] = ("lucene",)
    language: str = ENGLISH
    k1: float = 0.9
    b: float = 0.4
    skipped: dict[str, int] = field(default_factory=dict)
    vectors: VectorsInfo | None = None
    folder: str = ""

    @property
    def lucene(self) -> Path:
        """Lucene's own folder."""
        return Path(self.folder) / "lucene"

    def sound(self) -> bool:
        """Return whether a search can be made by what is said."""
        return self.language in LANGUAGES and 0 <= self.k1 < 1000 and 0 <= self.b <= 1

    def stamp(self) -> tuple[int, ...] | None:
        """Return what changes when the index is replaced; None when it is gone."""
        return stamp_of(Path(self.folder) / META)


def stamp_of(path: Path) -> tuple[int, ...] | None:
    """Return what tells a file from one that took its place; None when there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def root() -> Path:
    """Return where indexes are built that are given no folder."""
    return paths.indexes()


def checked_name(name: str) -> str:
    """Return the name. Raises `Problem` for one that could leave the folder or confuse a shell."""
    if not NAME.fullmatch(name) or ".." in name:
        raise Problem(f"index name {shown(name)} is not valid, use up to 64 letters, digits, '.', '_' and '-'")
    return name


def build(
    corpus: Path,
    name: str,
    folder: Path | None = None,
    *,
    language: str = ENGLISH,
    strict: bool = False,
    how: How = How(),  # noqa: B008
    progress: Progress = lambda _: None,
) -> tuple[IndexInfo, corpora.Report]:
    """Index `corpus` under `name`. The old index stays in force until the new one is whole: a killed build
    leaves it as it was, and what the killed build left is swept by the next one."""
    if checked_name(name) == DEMO:
        raise Problem("index name 'demo' is the bundled collection's, choose another name")
    if language not in LANGUAGES:
        raise Problem(f"language {shown(language)} is unknown, known are {', '.join(LANGUAGES)}")
    return build_at(corpus, (folder or root()) / name, language, corpora.Report(strict=strict), progress, how)


def build_at(
    corpus: Path,
    place: Path,
    language: str,
    report: corpora.Report,
    progress: Progress,
    how: How = How(),  # noqa: B008
) -> tuple[IndexInfo, corpora.Report]:
    """Index `corpus`, read as `how` says, in the folder `place`."""
    corpus = hub.pinned(corpus)
    if not hub.dataset(corpus) and not os.path.exists(corpus):
        raise Problem(f"corpus {shown(str(corpus))} does not exist, {corpora.READ}")
    if os.path.lexists(place.parent) and not place.parent.is_dir():
        raise Problem(f"{shown(str(place.parent), 200)} is not a folder, give one with --dir")
    try:
        with Folder(place).replaced() as fresh:
            documents = corpora.read(corpus, report, how)
            info = fill(fresh, corpus, documents, place.name, language, report, progress)
    except OSError as error:
        raise Problem(
            f"index {shown(place.name)} cannot be written to {shown(str(place), 200)}: {error.strerror}; "
            "make room, or name another folder with --dir"
        ) from error
    return replace(info, folder=str(place)), report


def fill(
    fresh: Path,
    corpus: Path,
    documents: Iterator[corpora.Document],
    name: str,
    language: str,
    report: corpora.Report,
    progress: Progress,
) -> IndexInfo:
    """Write the documents of a corpus and their index into `fresh`."""
    chunks = fresh / "chunks"
    chunks.mkdir()
    lucene.write_chunks(chunks, documents, language, report, progress)
    if not report.documents:
        what = ", ".join(f"{count} times {kind}" for kind, count in report.skipped.items()) or "it is empty"
        raise Problem(f"corpus {shown(str(corpus))} has no document that can be indexed: {what}")
    lucene.index(chunks, fresh / "lucene", report.documents, language)
    shutil.rmtree(chunks)
    info = IndexInfo(
        name=name,
        documents=report.documents,
        bytes=report.bytes,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        source=str(corpus) if hub.dataset(corpus) else corpus.name,
        fingerprint=fingerprint(corpus),
        version=VERSION,
        language=language,
        skipped=dict(report.skipped),
    )
    write_meta(fresh / META, info)
    return info


def listed() -> list[IndexInfo]:
    """Return all indexes known by name; the demo first, built or not."""
    settle_all(root())
    found = {DEMO: demo_info()}
    for meta in sorted(root().glob(f"*/{META}")):
        name = meta.parent.name
        if NAME.fullmatch(name) and not OWN.fullmatch(name) and meta.is_file():
            with contextlib.suppress(Problem):
                found.setdefault(meta.parent.name, read_meta(meta.parent))
    return list(found.values())


def show(name: str) -> IndexInfo:
    """Return the index of that name or in that folder; the demo is built when first asked for."""
    if name == DEMO:
        return ensure_demo()
    places = [root() / name] if NAME.fullmatch(name) else []
    for place in [*places, Path(name)] if name else []:
        Folder(place).settle()
        if os.path.isfile(place / META):
            return read_meta(place)
    names = ", ".join(info.name for info in listed())
    raise Problem(f"index {shown(name)} does not exist, known are {names}; rankr1 index build makes one")


def check(name: str) -> None:
    """Raise `Problem` unless there is an index of that name or in that folder. Nothing is built or opened."""
    if name != DEMO:
        show(name)


def present(name: str) -> IndexInfo | None:
    """Return what an index is without building it; None for one that is not there, or not as it should be."""
    places = [root() / name] if NAME.fullmatch(name) else []
    for place in [*places, Path(name)] if name else []:
        if os.path.isfile(place / META):
            with contextlib.suppress(Problem):
                info = read_meta(place)
                return info if name != DEMO or info.fingerprint == demo_fingerprint() else None
    return None


@functools.cache
def demo_fingerprint() -> str:
    """Return the digest of the bundled texts."""
    return fingerprint(paths.DEMO / "corpus.jsonl")


def delete(name: str) -> None:
    """Delete a built index."""
    place = Folder(root() / checked_name(name))
    place.settle()
    if not os.path.lexists(place.path):
        raise Problem(f"index {shown(name)} was not built here, rankr1 index list names those that were")
    try:
        place.delete()
    except OSError as error:
        raise Problem(f"index {shown(name)} cannot be deleted: {error.strerror}") from error


def read_meta(place: Path) -> IndexInfo:
    """Return what `meta.json` in that folder says, under the folder's own name."""
    where = shown(str(place), 200)
    try:
        data = json.loads((place / META).read_bytes())
        own = {"name": Path(os.path.abspath(place)).name, "folder": str(place)}
        info = msgspec.convert({**data, **own}, IndexInfo)
        if info.version <= VERSION and not info.sound():
            raise ValueError
    except OSError as error:
        raise Problem(f"index {where} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, RecursionError) as error:
        advice = "build it again" if is_index(place) else "move its folder away"
        raise Problem(f"index {where} has a broken meta.json, {advice}") from error
    if info.version > VERSION:
        raise Problem(f"index {where} was built by a newer version of this product, update it or build the index again")
    return info


def write_meta(path: Path, info: IndexInfo) -> None:
    """Write the description, down to the disk before anything is renamed."""
    about = {name: value for name, value in asdict(info).items() if name != "folder"}
    with path.open("w", encoding="utf-8") as file:
        json.dump(about, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())


def demo_info() -> IndexInfo:
    """Return the demo's description without building it."""
    source = paths.DEMO / "corpus.jsonl"
    with source.open("rb") as lines:
        documents = sum(1 for line in lines if line.strip())
    return IndexInfo(
        name=DEMO, documents=documents, bytes=source.stat().st_size, created="", source=source.name, fingerprint=""
    )


def ensure_demo() -> IndexInfo:
    """Return the demo index, built from the bundled texts when they are new."""
    place, source = root() / DEMO, paths.DEMO / "corpus.jsonl"
    Folder(place).settle()
    with contextlib.suppress(Problem):
        info = read_meta(place)
        if info.fingerprint == fingerprint(source) and info.lucene.is_dir():
            return info
    return build_at(source, place, ENGLISH, corpora.Report(), lambda _: None)[0]


def fingerprint(corpus: Path) -> str:
    """Return a digest of a file's content; of a folder's names and sizes; of a pinned dataset's name."""
    digest = hashlib.blake2b(digest_size=16)
    if hub.dataset(corpus):
        digest.update(str(corpus).encode())
    if corpus.is_file():
        with corpus.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()
    for path in sorted(corpus.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(corpus)}\t{path.stat().st_size}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()

"""Indexes on disk: one folder each, with Lucene's files and `meta.json`, built aside and renamed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from .. import paths
from ..errors import Problem, shown
from . import corpus as corpora
from . import java

DEMO = "demo"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
CHUNK = 20_000
"""Documents in one file handed to Lucene, which reads several at once."""
Progress = Callable[[corpora.Report], None]


@dataclass(frozen=True, kw_only=True)
class IndexInfo:
    """What an index is. `skipped` counts lines of the corpus that could not be used, by what was wrong."""

    name: str
    documents: int
    bytes: int
    created: str
    source: str
    fingerprint: str
    k1: float = 0.9
    b: float = 0.4
    skipped: dict[str, int] = field(default_factory=dict)
    folder: str = ""

    @property
    def lucene(self) -> Path:
        """Lucene's own folder."""
        return Path(self.folder) / "lucene"


def root() -> Path:
    """Where indexes are built."""
    return paths.indexes()


def checked_name(name: str) -> str:
    """The name. Raises `Problem` for one that could leave the folder or confuse a shell."""
    if not NAME.fullmatch(name) or ".." in name:
        raise Problem(f"index name {shown(name)} cannot be, use up to 64 letters, digits, '.', '_' and '-'")
    return name


def build(
    corpus: Path, name: str, folder: Path | None = None, *, strict: bool = False, progress: Progress = lambda _: None
) -> tuple[IndexInfo, corpora.Report]:
    """Index `corpus` under `name`. The old index stays in force until the new one is whole: a killed build
    leaves it as it was, and what the killed build left is swept by the next one."""
    place = (folder or root()) / checked_name(name)
    if not corpus.exists():
        raise Problem(f"corpus {shown(str(corpus))} does not exist, give JSON lines, a TSV file or a folder of texts")
    report = corpora.Report(strict=strict)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with locked(place):
            for left in place.parent.glob(f".{name}.*.new"):
                shutil.rmtree(left, ignore_errors=True)
            fresh = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".new", dir=place.parent))
            try:
                info = fill(fresh, corpus, name, report, progress)
                replace(fresh, place)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise Problem(f"index {shown(name)} cannot be written to {shown(str(place))}: {error.strerror}") from None
    return info, report


@contextlib.contextmanager
def locked(place: Path) -> Iterator[None]:
    """One build of an index at a time; the lock falls with its process."""
    with (place.parent / f".{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def fill(fresh: Path, corpus: Path, name: str, report: corpora.Report, progress: Progress) -> IndexInfo:
    """Write corpus and index into `fresh`."""
    chunks = fresh / "chunks"
    chunks.mkdir()
    write_chunks(chunks, corpora.read(corpus, report), report, progress)
    if not report.documents:
        what = ", ".join(f"{count} times {kind}" for kind, count in report.skipped.items()) or "it is empty"
        raise Problem(f"corpus {shown(str(corpus))} has no document that can be indexed: {what}")
    lucene(chunks, fresh / "lucene", report.documents)
    shutil.rmtree(chunks)
    info = IndexInfo(
        name=name,
        documents=report.documents,
        bytes=report.bytes,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        source=corpus.name,
        fingerprint=fingerprint(corpus),
        skipped=dict(report.skipped),
    )
    (fresh / "meta.json").write_text(json.dumps(asdict(info), indent=2, ensure_ascii=False), "utf-8")
    return info


def write_chunks(
    chunks: Path, documents: Iterator[corpora.Document], report: corpora.Report, progress: Progress
) -> None:
    """The corpus in Lucene's terms: `contents` is title, blank, text; the parts are kept beside it."""
    number = 0
    while True:
        with (chunks / f"{number:06}.jsonl").open("w", encoding="utf-8") as file:
            for written, document in enumerate(documents, 1):
                contents = f"{document.title} {document.text}".strip()
                row = {"id": document.id, "contents": contents, "title": document.title}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                if written % 1000 == 0:
                    progress(report)
                if written == CHUNK:
                    break
            else:
                progress(report)
                return
        number += 1


def lucene(chunks: Path, target: Path, documents: int) -> None:
    """Let Anserini index the chunks. Raises `Problem` unless every document arrived."""
    options = {
        "-collection": "JsonCollection",
        "-input": str(chunks),
        "-index": str(target),
        "-generator": "DefaultLuceneDocumentGenerator",
        "-threads": str(os.cpu_count() or 1),
        "-memoryBuffer": "512",
    }
    arguments = [part for option in options.items() for part in option]
    index = java.classes("io.anserini.index.IndexCollection")
    try:
        with java.LOCK:
            index.main([*arguments, "-storeRaw", "-optimize", "-quiet"])
    except Exception as error:
        raise Problem(f"Lucene could not build the index: {str(error).splitlines()[0]}") from error
    found = count(target)
    if found != documents:
        raise Problem(f"Lucene indexed {found} of {documents} documents, the disk may be full")


def count(folder: Path) -> int:
    """Documents in a Lucene folder. Raises `Problem` for what is none."""
    try:
        with java.LOCK:
            searcher = java.classes("io.anserini.search.SimpleSearcher")(str(folder))
            documents = int(searcher.get_total_num_docs())
            searcher.close()
    except Exception as error:
        if isinstance(error, Problem):
            raise
        raise Problem(f"index {shown(str(folder))} cannot be opened: {str(error).splitlines()[0][:200]}") from error
    return documents


def replace(fresh: Path, place: Path) -> None:
    """Put `fresh` where `place` was."""
    if not place.exists():
        os.rename(fresh, place)
        return
    old = place.with_name(f".{place.name}.old.new")
    shutil.rmtree(old, ignore_errors=True)
    os.rename(place, old)
    os.rename(fresh, place)
    shutil.rmtree(old, ignore_errors=True)


def listed() -> list[IndexInfo]:
    """All indexes known by name; the demo first, built or not."""
    found = {DEMO: demo_info()} if (paths.DEMO / "corpus.jsonl").is_file() else {}
    for meta in sorted(root().glob("*/meta.json")):
        with contextlib.suppress(Problem):
            found.setdefault(meta.parent.name, read_meta(meta.parent))
    return list(found.values())


def show(name: str) -> IndexInfo:
    """The index of that name or in that folder; the demo is built when first asked for."""
    if name == DEMO and (paths.DEMO / "corpus.jsonl").is_file():
        return ensure_demo()
    if NAME.fullmatch(name) and (root() / name / "meta.json").is_file():
        return read_meta(root() / name)
    if name and (Path(name) / "meta.json").is_file():
        return read_meta(Path(name))
    known = ", ".join(info.name for info in listed()) or "none"
    raise Problem(f"index {shown(name)} does not exist, known are {known}; rankr1 index build makes one")


def delete(name: str) -> None:
    """Delete a built index."""
    place = root() / checked_name(name)
    if not (place / "meta.json").is_file():
        raise Problem(f"index {shown(name)} was not built here, rankr1 index list names those that were")
    try:
        shutil.rmtree(place)
    except OSError as error:
        raise Problem(f"index {shown(name)} cannot be deleted: {error.strerror}") from None


def read_meta(place: Path) -> IndexInfo:
    """What `meta.json` in that folder says."""
    try:
        data: dict[str, Any] = json.loads((place / "meta.json").read_text("utf-8"))
        return msgspec.convert({**data, "folder": str(place)}, IndexInfo)
    except (OSError, ValueError) as error:
        raise Problem(f"index {shown(str(place))} has a broken meta.json: {error}; build it again") from None


def demo_info() -> IndexInfo:
    """The demo's description without building it."""
    source = paths.DEMO / "corpus.jsonl"
    with source.open("rb") as lines:
        documents = sum(1 for line in lines if line.strip())
    return IndexInfo(
        name=DEMO, documents=documents, bytes=source.stat().st_size, created="", source=source.name, fingerprint=""
    )


def ensure_demo() -> IndexInfo:
    """The demo index, built from the bundled texts when they are new; two processes may ask at once."""
    place, source = root() / DEMO, paths.DEMO / "corpus.jsonl"
    current = fingerprint(source)
    for _ in range(2):
        with contextlib.suppress(Problem):
            info = read_meta(place)
            if info.fingerprint == current and info.lucene.is_dir():
                return info
        build(source, DEMO)
    return read_meta(place)


def fingerprint(corpus: Path) -> str:
    """A digest of a file's content; of a folder's names and sizes."""
    digest = hashlib.blake2b(digest_size=16)
    if corpus.is_file():
        with corpus.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    else:
        for file_path in sorted(corpus.rglob("*")):
            digest.update(f"{file_path.relative_to(corpus)}\t{file_path.stat().st_size}\n".encode())
    return digest.hexdigest()

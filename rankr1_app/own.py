"""Documents that visitors of the page bring: each browser session has one collection, which nobody else can search and
which is gone when it is deleted or was not used for a while.

A session's id is a secret that is not kept here: folder and index are named by its digest. Below the folder lie
`files`, what is being uploaded, and `runs`, the searches made in it, whose recordings go with it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import Problem, in_words, shown
from .retrieval import guest, hub, indexes
from .retrieval.fields import Choice, How
from .retrieval.languages import ENGLISH
from .retrieval.preview import Preview, preview
from .retrieval.report import Report

SESSION = re.compile(r"[\w-]{32,64}", re.ASCII)
ROOM = 500_000_000
"""Bytes of the disk that uploads leave free."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What visitors may bring: bytes of a file and of a collection, files of it, collections at once, and the hours
    after its last use when one is deleted."""

    file: int = 50_000_000
    bytes: int = 200_000_000
    files: int = 200
    collections: int = 100
    hours: float = 24.0


@dataclass
class Building:
    """A build under way, or how it ended: its `stage`, what is `done` of all `documents`, and what went wrong."""

    stage: str = "waiting"
    done: int = 0
    documents: int = 0
    wrong: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def tell(self, stage: str, done: int, documents: int) -> None:
        """Note how far it is. Raises `Problem` where it was stopped."""
        if self.stop.is_set():
            raise Problem("the build was stopped")
        self.stage, self.done, self.documents = stage, done, documents


@dataclass(frozen=True)
class Collection:
    """The files of one session, and their index."""

    folder: Path
    limits: Limits

    @property
    def index(self) -> str:
        """The name of its index."""
        return f"own-{self.folder.name}"

    @property
    def corpus(self) -> Path:
        """The folder with its files."""
        return self.folder / "files"

    def files(self) -> dict[str, int]:
        """Return the bytes of each file by its name."""
        return {path.name: path.stat().st_size for path in sorted(self.corpus.iterdir())}

    def used(self) -> None:
        """Note that it is used now."""
        os.utime(self.folder)

    def place(self, name: str) -> Path:
        """Return where the file of that name lies. Raises `Problem` for a name that is none."""
        if not name or name.startswith(".") or not name.isprintable() or set(name) & {"/", "\\"}:
            raise Problem(f"file name {shown(name)} is not valid, it must not begin with a dot or hold a slash")
        if len(os.fsencode(name)) > 200:
            raise Problem(f"file name {shown(name)} is too long, it may have 200 bytes")
        return self.corpus / name

    def part(self, name: str) -> Path:
        """Return where a file is written while it arrives. Raises `Problem` where there is no room for it."""
        self.place(name)
        files = self.files()
        if name not in files and len(files) >= self.limits.files:
            raise Problem(f"there are {len(files)} files, which is the most; put them into one zip archive")
        if shutil.disk_usage(self.folder).free < ROOM:
            raise Problem("the disk of the server is nearly full, try again later")
        for old in self.folder.glob("*.part"):
            if old.stat().st_mtime < time.time() - 3600:
                old.unlink(missing_ok=True)
        return self.folder / f"{secrets.token_hex(8)}.part"

    def left(self, name: str) -> int:
        """Return how many bytes a file of that name may have."""
        others = sum(size for each, size in self.files().items() if each != name)
        return min(self.limits.file, self.limits.bytes - others)

    def searched(self, run: str) -> None:
        """Note a search made in it."""
        with (self.folder / "runs").open("a") as file:
            file.write(f"{run}\n")

    def runs(self) -> list[str]:
        """Return the searches made in it."""
        with contextlib.suppress(OSError):
            return (self.folder / "runs").read_text().split()
        return []


Forget = Callable[[str, list[str]], None]
"""Lets go of an index and deletes recordings of searches."""


@dataclass
class Shelf:
    """The collections of all sessions, under `root`. `forget` is told of each that is deleted."""

    root: Path
    limits: Limits = Limits()
    encoder_url: str = ""
    forget: Forget = lambda index, runs: None
    builds: dict[str, Building] = field(default_factory=dict)
    lane: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> str:
        """Return the id of a new session, which nobody can guess. Raises `Problem` where there are too many."""
        self.root.mkdir(parents=True, exist_ok=True)
        if len(list(self.root.iterdir())) >= self.limits.collections:
            raise Problem(f"{self.limits.collections} visitors have documents here, which is the most; try again later")
        session = secrets.token_urlsafe(32)
        (self.root / digest(session) / "files").mkdir(parents=True)
        return session

    def collection(self, session: str) -> Collection | None:
        """Return a session's collection, None where there is none."""
        if not SESSION.fullmatch(session):
            return None
        found = Collection(self.root / digest(session), self.limits)
        if not found.corpus.is_dir():
            return None
        found.used()
        return found

    def preview(self, collection: Collection, choices: Mapping[str, Choice]) -> Preview:
        """Return what will be read of a collection. Blocks."""
        return preview(collection.corpus, How(choices, apart=True))

    def build(self, collection: Collection, choices: Mapping[str, Choice]) -> None:
        """Begin to index a collection by its words, then by its meaning. Raises `Problem` where something is under way,
        or there is nothing."""
        if not collection.files():
            raise Problem("there is no file yet, add one")
        self.begin(collection, lambda building: self.make(collection, choices, building))

    def begin(self, collection: Collection, work: Callable[[Building], None]) -> None:
        """Begin to work on a collection. Raises `Problem` where something is under way."""
        before = self.builds.get(collection.index)
        if before and not before.over.is_set():
            raise Problem("these documents are being read already, wait or delete them")
        building = self.builds[collection.index] = Building()
        threading.Thread(target=self.work, args=(work, building), daemon=True).start()

    def changed(self, collection: Collection) -> None:
        """Forget how the last work on a collection ended: its files are others now."""
        building = self.builds.get(collection.index)
        if building and building.over.is_set():
            del self.builds[collection.index]

    def work(self, work: Callable[[Building], None], building: Building) -> None:
        """Do the work on one collection at a time, and say how it ended."""
        try:
            with self.lane:
                work(building)
            building.stage = "ready"
        except Exception as error:
            building.wrong = in_words(error)
        finally:
            building.over.set()

    def fetch(self, collection: Collection, name: str) -> None:
        """Begin to add a dataset of the Hugging Face Hub as a file. Raises `Problem` for a name that is not valid, and
        where something is under way."""
        wanted = hub.dataset(Path(hub.PREFIX + name.strip().removeprefix(hub.PREFIX)))
        assert wanted
        self.begin(collection, lambda building: self.bring(collection, wanted, building))

    def bring(self, collection: Collection, wanted: hub.Dataset, building: Building) -> None:
        """Write the rows of a dataset to a file of the collection, as anybody without an account sees them. Raises
        `Problem`."""
        building.tell("fetching", 0, 0)
        with guest.reading(wanted, self.limits.file) as said:
            name = f"{next(said).decode()}.jsonl"
            part, left = collection.part(name), collection.left(name)
            try:
                with part.open("xb") as file:
                    for number, row in enumerate(said, 1):
                        left -= file.write(row + b"\n")
                        if left < 0:
                            raise Problem(
                                f"dataset {shown(wanted.name, 100)} has more than the {collection.left(name):,} bytes "
                                f"that are left; make an index of it with rankr1 index build {hub.PREFIX}{wanted.name}"
                            )
                        building.tell("fetching", number, 0)
                os.replace(part, collection.place(name))
            except OSError as error:
                raise Problem(f"file {shown(name)} cannot be kept: {error.strerror}") from error
            finally:
                part.unlink(missing_ok=True)

    def make(self, collection: Collection, choices: Mapping[str, Choice], building: Building) -> None:
        """Index a collection. Raises `Problem`."""
        from .retrieval import encoders, vectors

        def read(report: Report) -> None:
            building.tell("reading", report.documents, 0)

        building.tell("reading", 0, 0)
        place, how = indexes.root() / collection.index, How(choices, apart=True)
        info, _ = indexes.build_at(collection.corpus, place, ENGLISH, Report(), read, how)
        encoder = encoders.encoder(encoders.entry(encoders.DEFAULT), self.encoder_url)
        building.tell("encoding", 0, info.documents)
        vectors.build(info, encoder, lambda found: building.tell("encoding", found.done, found.documents))

    def delete(self, collection: Collection) -> None:
        """Delete a collection with its index and its recordings. Blocks until a build of it has ended."""
        building = self.builds.pop(collection.index, None)
        if building:
            building.stop.set()
            building.over.wait(60)
        self.forget(collection.index, collection.runs())
        if indexes.present(collection.index):
            indexes.delete(collection.index)
        shutil.rmtree(collection.folder, ignore_errors=True)

    def sweep(self) -> None:
        """Delete every collection that was not used for too long. Blocks."""
        if not self.root.is_dir():
            return
        for folder in self.root.iterdir():
            with contextlib.suppress(OSError, Problem):
                if folder.stat().st_mtime < time.time() - 3600 * self.limits.hours:
                    self.delete(Collection(folder, self.limits))


def digest(session: str) -> str:
    """Return by what a session's folder and index are named."""
    return hashlib.sha256(session.encode()).hexdigest()[:32]

"""Known indexes, fetched: an archive that goes on where it was left, is checked, unpacked and put in place whole."""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from filelock import FileLock

from ..errors import Problem, shown
from . import indexes, lucene
from .folder import FILES, META, Folder
from .indexes import IndexInfo
from .known import Known

UNPACKED = 2.5
"""How many times its size an archive may take when it is unpacked."""
SILENCE = 60.0
"""Seconds without a byte after which a server is given up."""
TRIES = 5
"""Times that a broken connection is taken up again without a byte between."""
BLOCK = 1 << 20

Tell = Callable[[str, int], None]
"""What is done, and how many bytes of the archive it was done to."""


def fetch(known: Known, tell: Tell = lambda what, done: None) -> IndexInfo:
    """Return the index of a catalogue's entry, fetched unless it is here. What a killed fetch left is gone on from.
    Raises `Problem`."""
    place = Folder(indexes.root() / indexes.checked_name(known.name))
    place.path.parent.mkdir(parents=True, exist_ok=True)
    part = place.beside("part")
    try:
        with FileLock(place.beside("fetch")):
            here = indexes.present(known.name)
            if here and here.fingerprint == known.md5:
                return here
            place.check()
            room(known, part)
            download(known, part, tell)
            check(known, part, tell)
            with place.replaced() as fresh:
                unpack(known, part, fresh / "lucene", tell)
                indexes.write_meta(fresh / META, described(known, fresh))
            part.unlink()
            return indexes.show(known.name)
    except OSError as error:
        raise Problem(
            f"index {shown(known.name)} cannot be kept in {shown(str(place.path.parent), 200)}: {error.strerror}; "
            "make room and run it again, it goes on where it was"
        ) from error


def room(known: Known, part: Path) -> None:
    """Raise `Problem` unless the disk has room for the archive and what is in it."""
    wanted = int(known.bytes * (1 + UNPACKED)) - size(part)
    free = shutil.disk_usage(part.parent).free
    if free < wanted:
        raise Problem(
            f"index {shown(known.name)} needs {wanted / 1e9:.1f} GB in {shown(str(part.parent), 200)}, which has "
            f"{free / 1e9:.1f}; make room, or set RANKR1_HOME to a folder on another disk"
        )


def size(part: Path) -> int:
    """Return the bytes of a file, 0 where there is none."""
    return part.stat().st_size if part.is_file() else 0


def download(known: Known, part: Path, tell: Tell) -> None:
    """Write the archive to `part`, from where it ends. Raises `Problem`."""
    import httpx

    tries = 0
    host = urlsplit(known.url).hostname or ""
    with httpx.Client(follow_redirects=True, timeout=SILENCE) as client:
        while (before := size(part)) < known.bytes:
            try:
                follow(client, known, part, tell)
            except httpx.HTTPError as error:
                tries = 0 if size(part) > before else tries + 1
                if tries < TRIES and not isinstance(error, httpx.ConnectError):
                    continue
                raise Problem(
                    f"index {shown(known.name)} could not be fetched, {host} cannot be reached or breaks off; run it "
                    f"again when this machine is online, it goes on at {100 * size(part) // known.bytes} %"
                ) from error
            if size(part) < known.bytes and (tries := tries + 1) >= TRIES:
                raise Problem(f"index {shown(known.name)} could not be fetched, {host} gives no more than a part of it")


def follow(client: object, known: Known, part: Path, tell: Tell) -> None:
    """Append what a server gives to `part`. Raises `Problem` where it gives something else."""
    import httpx

    assert isinstance(client, httpx.Client)
    start = size(part)
    headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={start}-"} if start else {})}
    with client.stream("GET", known.url, headers=headers) as answer:
        if answer.status_code == 206:
            begin = re.match(r"bytes (\d+)-", answer.headers.get("content-range", ""))
            start = start if begin and int(begin[1]) == start else -1
        elif answer.status_code == 200:
            start = 0
        else:
            raise Problem(
                f"index {shown(known.name)} could not be fetched, {answer.url.host} answered {answer.status_code}; "
                "the catalogue's address may be out of date"
            )
        if start < 0:
            raise httpx.RemoteProtocolError("another range than asked for")
        with part.open("r+b" if part.is_file() else "xb") as file:
            file.truncate(start)
            file.seek(start)
            for block in answer.iter_raw():
                file.write(block)
                file.flush()
                start += len(block)
                if start > known.bytes:
                    break
                tell("fetching", start)


def check(known: Known, part: Path, tell: Tell) -> None:
    """Raise `Problem` unless the archive is the catalogue's. Another one is deleted."""
    digest, done = hashlib.md5(usedforsecurity=False), 0
    with part.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            done += len(block)
            tell("checking", done)
    if (done, digest.hexdigest()) != (known.bytes, known.md5):
        part.unlink()
        raise Problem(
            f"index {shown(known.name)} is not what the catalogue says, its checksum is {digest.hexdigest()} and must "
            f"be {known.md5}; it was deleted, run it again"
        )


def unpack(known: Known, part: Path, target: Path, tell: Tell) -> None:
    """Write the files of a Lucene folder that the archive holds. Raises `Problem` for anything else in it."""
    target.mkdir()
    left = int(known.bytes * 20) + BLOCK
    try:
        with part.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as archive:
            for member in archive:
                name = PurePosixPath(member.name).name
                if member.isdir() or name.startswith("."):
                    continue
                if not member.isreg() or not FILES.fullmatch(f"lucene/{name}"):
                    raise Problem(f"index {shown(known.name)} holds {shown(member.name, 100)}, which no index does")
                left -= member.size
                source = archive.extractfile(member)
                if left < 0 or source is None:
                    raise Problem(f"index {shown(known.name)} unpacks to over 20 times its size, which no index does")
                with (target / name).open("xb") as file:
                    shutil.copyfileobj(source, file, BLOCK)
                tell("unpacking", raw.tell())
    except FileExistsError as error:
        raise Problem(f"index {shown(known.name)} holds a file twice, which no index does") from error
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise Problem(f"index {shown(known.name)} is not a gzipped tar archive") from error


def described(known: Known, fresh: Path) -> IndexInfo:
    """Return what a fetched index is. Raises `Problem` unless it has the documents that the catalogue says."""
    found = lucene.count(fresh / "lucene")
    if found != known.documents:
        raise Problem(f"index {shown(known.name)} has {found} documents, the catalogue says {known.documents}")
    return IndexInfo(
        name=known.name,
        documents=found,
        bytes=known.bytes,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        source=known.url,
        fingerprint=known.md5,
        version=indexes.VERSION,
    )

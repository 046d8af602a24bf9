"""Zip archives: unpacked into a folder that is gone afterwards, within limits, and nowhere else."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .fields import Wrong

MEMBERS = 10_000
BYTES = 200 << 20
"""Bytes of an archive when it is unpacked."""
RATIO, SMALL = 200, 10 << 20
"""How many times its packed size a member of over so many bytes may have."""
BLOCK = 1 << 18
DRIVE = re.compile(r"^[A-Za-z]:")

Skip = Callable[[str, str], None]


@contextmanager
def unpacked(path: Path, skip: Skip) -> Iterator[Path]:
    """Give a folder with the files of an archive. What is left out of it is told to `skip`. Raises `Wrong` for an
    archive that is damaged or over the limits."""
    with tempfile.TemporaryDirectory(prefix="rankr1-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                unpack(archive, Path(folder), skip)
        except OSError as error:
            raise Wrong("an archive that cannot be unpacked here", error.strerror or "") from None
        except (ValueError, zipfile.BadZipFile, zlib.error, EOFError):
            raise Wrong("a damaged zip archive, make it anew") from None
        yield Path(folder)


def unpack(archive: zipfile.ZipFile, folder: Path, skip: Skip) -> None:
    """Write the members of an archive below a folder."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > MEMBERS:
        raise Wrong(f"a zip archive of over {MEMBERS:,} files, unpack it and give the folder")
    left = BYTES
    for member in members:
        if fault := refused(member):
            skip(fault, member.filename[:200])
            continue
        place = folder / member.filename
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            left -= write(archive, member, place, left)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            skip("a name that is in the archive twice", member.filename[:200])
        except (NotImplementedError, RuntimeError):
            skip("packed in a way that is not known here", member.filename[:200])


def refused(member: zipfile.ZipInfo) -> str:
    """Return why a member is not unpacked, empty if it is."""
    name = member.filename
    parts = name.replace("\\", "/").split("/")
    if (
        name.startswith(("/", "\\"))
        or DRIVE.match(name)
        or ".." in parts
        or any(len(os.fsencode(p)) > 250 for p in parts)
    ):
        return "a path that leads out of the archive, or is too long"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link in an archive"
    if member.flag_bits & 1:
        return "encrypted in its archive, unpack it"
    if member.file_size > SMALL and member.file_size > RATIO * max(1, member.compress_size):
        return f"packed over {RATIO} times, which no text is"
    return ""


def write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path, left: int) -> int:
    """Write a member to a new file and return its size. Raises `Wrong` where that is over what is left."""
    size = 0
    with archive.open(member) as source, place.open("xb") as target:
        while block := source.read(BLOCK):
            size += len(block)
            if size > left:
                raise Wrong(f"a zip archive of over {BYTES >> 20} MB, unpack it and give the folder")
            target.write(block)
    return size

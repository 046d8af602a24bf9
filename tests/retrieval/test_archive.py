"""Zip archives: what is written of one, what is left out, and what refuses the whole of it."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from rankr1_app.retrieval import archive
from rankr1_app.retrieval.archive import unpacked
from rankr1_app.retrieval.fields import Wrong

from .papers import flagged, linked, put, zipped


def opened(folder: Path, content: bytes) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """Return the files that an archive was unpacked to, and what was left out of it."""
    put(folder, {"a.zip": content})
    skipped: list[tuple[str, str]] = []
    with unpacked(folder / "a.zip", lambda what, name: skipped.append((what, name))) as place:
        files = {each.relative_to(place).as_posix(): each.read_bytes() for each in place.rglob("*") if each.is_file()}
    assert not place.exists()
    return files, skipped


def test_files_are_written_below_a_folder_that_is_gone_afterwards(tmp_path: Path) -> None:
    members: dict[str, str | bytes] = {"a.txt": b"one", "deep/er/b": b"\0\xff", "empty": b"", "folder/": b""}
    assert opened(tmp_path, zipped(members)) == ({"a.txt": b"one", "deep/er/b": b"\0\xff", "empty": b""}, [])


def test_the_folder_is_gone_where_its_reader_fails(tmp_path: Path) -> None:
    put(tmp_path, {"a.zip": zipped({"a": "x"})})
    with pytest.raises(KeyError), unpacked(tmp_path / "a.zip", lambda *_: None) as place:
        raise KeyError
    assert not place.exists()


OUT = "a path that leads out of the archive, or is too long"


@pytest.mark.parametrize(
    ("content", "what", "name"),
    [
        (zipped({"../evil": "x", "a.txt": "copper"}), OUT, "../evil"),
        (zipped({"x/../../evil": "x", "a.txt": "copper"}), OUT, "x/../../evil"),
        (zipped({"/evil": "x", "a.txt": "copper"}), OUT, "/evil"),
        (zipped({"\\evil": "x", "a.txt": "copper"}), OUT, "\\evil"),
        (zipped({"C:evil": "x", "a.txt": "copper"}), OUT, "C:evil"),
        (zipped({"..\\evil": "x", "a.txt": "copper"}), OUT, "..\\evil"),
        (zipped({"x" * 251: "x", "a.txt": "copper"}), OUT, "x" * 200),
        (linked("evil", "/etc/passwd"), "a link in an archive", "evil"),
        (flagged(zipped({"a.txt": "copper", "evil": "x"})), "encrypted in its archive, unpack it", "evil"),
        (flagged(zipped({"a.txt": "copper", "evil": "x"}), 97, 8), "packed in a way that is not known here", "evil"),
        (zipped({"a.txt": "copper", "a.txt/evil": "x"}), "a name that is in the archive twice", "a.txt/evil"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_member_that_is_not_to_be_written_is_left_out_and_named(
    content: bytes, what: str, name: str, tmp_path: Path
) -> None:
    assert opened(tmp_path, content) == ({"a.txt": b"copper"}, [(what, name)])
    assert not list(tmp_path.parent.glob("**/*evil*"))


def test_the_second_of_two_files_of_one_name_is_left_out(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("a", "first")
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("a", "second")
    skipped = [("a name that is in the archive twice", "a")]
    assert opened(tmp_path, (tmp_path / "a.zip").read_bytes()) == ({"a": b"first"}, skipped)


def test_a_member_packed_as_no_text_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "SMALL", 100_000)
    zeros, some = bytes(100_001), os.urandom(100_001)
    files, skipped = opened(tmp_path, zipped({"zeros": zeros, "small": zeros[1:], "some": some}))
    assert files == {"small": zeros[1:], "some": some}
    assert skipped == [("packed over 200 times, which no text is", "zeros")]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04 and no more", "a damaged zip archive, make it anew"),
        (zipped({"a": "copper"})[:-30], "a damaged zip archive, make it anew"),
        (zipped({str(n): "" for n in range(4)}), "a zip archive of over 3 files, unpack it and give the folder"),
        (zipped({"a": os.urandom(2 << 20)}), "a zip archive of over 1 MB, unpack it and give the folder"),
        (zipped({"a": os.urandom(600_000), "b": os.urandom(600_000)}), "a zip archive of over 1 MB"),
    ],
    ids=["noise", "cut", "files", "one too large", "together too large"],
)
def test_an_archive_that_is_damaged_or_over_a_limit_is_refused(
    content: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MEMBERS", 3)
    monkeypatch.setattr(archive, "BYTES", 1 << 20)
    with pytest.raises(Wrong, match=f"^{says}"):
        opened(tmp_path, content)
    assert not list(tmp_path.glob("rankr1-*"))


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "write", full)
    with pytest.raises(Wrong, match="^an archive that cannot be unpacked here$") as raised:
        opened(tmp_path, zipped({"a": "x"}))
    assert raised.value.detail == "No space left on device"

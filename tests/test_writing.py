"""Files that a command writes: never over what is no file, never half, and never over its own input."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.writing import append, check_apart, checked_file, checked_folder, replacing


def said(refused: pytest.ExceptionInfo[Problem], path: Path) -> str:
    """Return what was said, with the path as P."""
    return str(refused.value).replace(str(path), "P")


def test_a_file_may_be_new_or_there_in_a_folder_that_is(tmp_path: Path) -> None:
    assert checked_file(tmp_path / "new", "output") == tmp_path / "new"
    (tmp_path / "old").write_text("x")
    assert checked_file(tmp_path / "old", "output") == tmp_path / "old"
    with pytest.raises(Problem) as refused:
        checked_file(tmp_path / "no" / "file", "output")
    assert said(refused, tmp_path) == "output 'P/no/file' has no folder 'P/no', make it first"


def test_what_is_no_file_or_folder_is_refused_by_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    for name, says in (
        ("link", f"is a link to '{tmp_path}/file', name the place itself".replace(str(tmp_path), "P")),
        ("pipe", "is a pipe, give the name of a file"),
        (".", "is a folder, give the name of a file"),
    ):
        with pytest.raises(Problem) as refused:
            checked_file(tmp_path / name, "report")
        assert said(refused, tmp_path).endswith(says)
    with pytest.raises(Problem) as refused:
        checked_folder(tmp_path / "file", "record")
    assert said(refused, tmp_path) == "record 'P/file' is a file, give the name of a folder"
    assert checked_folder(tmp_path, "record") == tmp_path
    assert checked_folder(tmp_path / "a" / "b", "record") == tmp_path / "a" / "b"


@pytest.mark.parametrize("path", ["a\0b", "x" * 300])
def test_a_path_that_cannot_be_is_said_in_words(path: str, tmp_path: Path) -> None:
    for check in (checked_file, checked_folder):
        with pytest.raises(
            Problem, match="^output '.* cannot be written: (its path or text is not valid|File name too long)"
        ):
            check(tmp_path / path, "output")


def test_an_output_is_not_written_over_an_input_or_into_one(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "topics.tsv")
    inputs = {"topics": tmp_path / "topics.tsv", "corpus": tmp_path / "folder", "run": None}
    check_apart(tmp_path / "out.run", "output", inputs)
    check_apart(tmp_path / "folder2", "output", inputs)
    for path, what in (
        (tmp_path / "topics.tsv", "topics"),
        (tmp_path / "link", "topics"),
        (tmp_path / "folder" / ".." / "topics.tsv", "topics"),
        (tmp_path / "folder", "corpus"),
        (tmp_path / "folder" / "deep" / "out.run", "corpus"),
    ):
        with pytest.raises(Problem, match=f"would be written over the {what}, give another place"):
            check_apart(path, "output", inputs)


def test_a_file_is_replaced_once_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o640)
    with replacing(path, "output") as file:
        file.write("new é")
        assert path.read_text() == "old"
    assert path.read_text("utf-8") == "new é"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640, "who may read it stays"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_new_file_has_the_permissions_that_new_files_have(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    with replacing(tmp_path / "new", "output") as file:
        file.write("x")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with suppress(KeyError), replacing(path, "output") as file:
        file.write("half")
        raise KeyError
    with pytest.raises(Problem) as refused, replacing(path, "output") as file:
        file.write("\ud800")
    assert said(refused, tmp_path) == "output 'P/a.txt' cannot be written: its path or text is not valid"
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["a.txt"])
    with pytest.raises(Problem) as refused, replacing(tmp_path / "no" / "a", "output"):
        pass
    assert said(refused, tmp_path) == "output 'P/no/a' cannot be written: No such file or directory"


def test_a_line_that_a_kill_cut_short_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.jsonl"
    assert append(path, b"one\n")
    with path.open("ab") as file:
        file.write(b"tor")
    assert append(path, b"two\n")
    assert path.read_bytes() == b"one\ntor\ntwo\n"


def test_a_file_grows_to_its_limit_and_no_further(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    assert append(path, b"12345\n", most=8)
    assert not append(path, b"67\n", most=8)
    assert path.read_bytes() == b"12345\n"

"""Text files as people have them: encodings, line ends, gzip, lines that are too long, and what is no text at all."""

from __future__ import annotations

import codecs
import gzip
import os
import socket
from pathlib import Path

import pytest

from rankr1_app import text
from rankr1_app.errors import Problem
from rankr1_app.text import BLOCK, Line, Source, guess, kind, line_end, replaced, split


def source(folder: Path, content: bytes, name: str = "t.tsv", limit: int = 1 << 20) -> Source:
    (folder / name).write_bytes(content)
    return Source(folder / name, "topics", limit)


def texts(found: Source) -> list[str]:
    return [text for _, text in found.texts()]


def refusal(found: Source) -> str:
    with pytest.raises(Problem) as refused:
        list(found.texts())
    return str(refused.value)


WORDS = "1\tétude\n2\t東京 😀\n"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_unicode_is_read_with_and_without_gzip(mark: bytes, encoding: str, packed: bool, tmp_path: Path) -> None:
    content = mark + WORDS.encode(encoding)
    assert texts(source(tmp_path, gzip.compress(content) if packed else content)) == WORDS.splitlines()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_without_a_mark(encoding: str, tmp_path: Path) -> None:
    assert texts(source(tmp_path, "1\ttea\n2\tmilk\n".encode(encoding))) == ["1\ttea", "2\tmilk"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_end_as_other_systems_end_them(end: str, tmp_path: Path) -> None:
    found = source(tmp_path, f"1\ttea{end}2\tmilk{end}".encode())
    assert list(found.lines()) == [Line(1, b"1\ttea"), Line(2, b"2\tmilk")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
@pytest.mark.parametrize("block", [12, 13, 14])
def test_lines_do_not_depend_on_where_a_block_ends(
    end: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "BLOCK", block)
    whole = [f"{number}\tt" for number in range(50)]
    assert texts(source(tmp_path, end.join(whole).encode())) == whole


def test_a_line_separator_inside_of_a_text_is_none() -> None:
    assert line_end("1\tone\u2028still one\n2\ttwo\n".encode()) == b"\n"
    assert line_end('{"text": "a\u2028\tb"}'.encode()) == b"\n"
    assert line_end("words\u2028words".encode()) == b"\n"
    assert line_end(b'[1,\r"a"]') == b"\r"


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_separator_of_several_bytes_may_be_cut_between_blocks(size: int) -> None:
    whole, end = "a\u2028b\u2028\u2028c\u2029".encode(), "\u2028".encode()
    blocks = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert b"".join(replaced(blocks, end)) == whole.replace(end, b"\n")


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_a_line_over_the_limit_is_left_out_and_the_next_ones_are_read(size: int) -> None:
    whole = b"ab\n" + b"x" * 9 + b"\ncd\n" + b"y" * 4 + b"\nlast"
    blocks = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert list(split(blocks, b"\n", 4)) == [b"ab", None, b"cd", b"yyyy", b"last"]


def test_a_line_over_the_limit_is_named(tmp_path: Path) -> None:
    found = source(tmp_path, b"1\tok\n" + b"x" * (1 << 21), limit=1 << 20)
    assert refusal(found) == "topics t.tsv line 2 is longer than 1 MB"


def test_blank_lines_are_passed_over_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    found = source(tmp_path, b"\n  \n1\ta\n\n2\tb\n")
    assert list(found.texts()) == [(3, "1\ta"), (5, "2\tb")]
    assert list(found.strings())[1] == ("topics t.tsv line 5", "2\tb")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (codecs.BOM_UTF8, "is empty"),
        (b"a\0b is a line of words\n", "line 1 holds a NUL character, save the file as plain text"),
        (b"1\ta\n2\tb\rc\n", "line 2 holds a carriage return amid the line, save the file as plain text"),
        (b"\x00\x01\x02" * 100, "is not a text file, 100 of its first bytes are NUL"),
        (b"%PDF-1.4", "is a PDF, give its text"),
        (b"PK\x03\x04", "is a zip archive or an Office file, unpack it or save it as text"),
        (b"x" * 257 + b"ustar", "is a tar archive, unpack it and give the file or the folder"),
        (gzip.compress(gzip.compress(b"a")), "is gzipped twice, unpack it once"),
        (gzip.compress(b"1\ta\n" * 99)[:-9], "cannot be read: its gzip data ends too early, copy it again"),
        (gzip.compress(b"abc")[:-8] + b"\0" * 8, "cannot be read: its gzip data is broken, copy it again"),
        (codecs.BOM_UTF16_LE + b"a\0\0\xd8a\0", "is not valid utf-16-le, save it as UTF-8"),
    ],
    # Bytes of gzip hold the time: names of tests must be the same in every process.
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_is_no_text_is_refused_by_what_it_is(content: bytes, says: str, tmp_path: Path) -> None:
    said = refusal(source(tmp_path, content))
    assert said.startswith(("topics '", "topics t.tsv line"))
    assert said.endswith(says)


def test_other_encodings_are_named_with_the_command_that_helps(tmp_path: Path) -> None:
    said = refusal(source(tmp_path, "1\tLa crème brûlée à l'été\n".encode("cp1252")))
    assert said.startswith("topics t.tsv line 1 is not UTF-8 but perhaps cp1252")
    assert said.endswith("save the file as UTF-8 (iconv -f cp1252 -t utf-8)")
    assert guess(b"\xff").endswith("-t utf-8)")


def test_places_that_are_no_file_are_refused_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "linked").symlink_to(tmp_path / "file")
    (tmp_path / "file").write_text("x")
    kinds = {"pipe": "pipe", "dangling": "dangling link", "linked": "file", ".": "folder", "none": "missing"}
    assert {name: kind(tmp_path / name) for name in kinds} == kinds
    assert kind(Path("/dev/null")) == "device"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        assert kind(tmp_path / "s") == "socket"
    for name, says in (("pipe", "is a pipe"), ("none", "does not exist"), (".", "is a folder")):
        path = tmp_path / name
        assert refusal(Source(path, "run")) == f"run '{path}' {says}, give a text file"


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000])
def test_a_path_that_cannot_be_is_said_in_words(path: str) -> None:
    said = refusal(Source(Path(path), "run"))
    assert said.startswith("run '")
    assert "cannot be read: " in said
    assert len(said) < 300


def test_the_head_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    assert source(tmp_path, codecs.BOM_UTF8 + b"id,text\r\n\r\n1,a\r\n").head() == ["id,text", "1,a"]
    long = b"id\ttext\n" + b"".join(b"%d\tword\n" % n for n in range(BLOCK // 8))
    head = source(tmp_path, long).head()
    assert head[0] == "id\ttext"
    assert head[-1].endswith("\tword"), "a line that is cut is left out"
    assert source(tmp_path, b"a\xffb\n").head() == ["a\ufffdb"]

"""Corpora of every kind: files, folders, archives, and what cannot be read at all."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.corpus import Document, Report, read

from .papers import pdf, put, zipped

GOOD = b'{"id": "a", "title": "T", "text": "x"}\n'


def of(path: Path, content: bytes | str, strict: bool = False) -> tuple[list[Document], Report]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = Report(strict=strict)
    return list(read(path, report)), report


def test_a_folder_of_texts(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("one\ntwo")
    (folder / "deep" / "b.txt").write_text("three")
    (folder / ".hidden").write_text("no")
    found = [(each.id, each.title, each.text) for each in read(folder)]
    assert found == [("a.txt", "", "one\ntwo"), ("deep/b.txt", "", "three")]


def test_gzip_and_byte_order_mark(tmp_path: Path) -> None:
    assert of(tmp_path / "c.jsonl.gz", gzip.compress(b"\xef\xbb\xbf" + GOOD))[0] == [Document("a", "T", "x")]


def test_text_that_nothing_can_carry_is_mended(tmp_path: Path) -> None:
    documents, _ = of(tmp_path / "c.jsonl", '{"id": "a", "text": "x\\ud800y\\u0000z"}')
    assert documents == [Document("a", "", "x?y\ufffdz")]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("c.pdf", b"x", "no known kind"),
        ("c.jsonl.gz", b"not gzip", "has no document that can be indexed: 1 times not JSON"),
        ("c.jsonl.gz", gzip.compress(GOOD * 1000, mtime=0)[:50], "cannot be read"),
    ],
)
def test_files_that_cannot_be_read(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=says):
        of(tmp_path / name, content)
    with pytest.raises(Problem, match="does not exist"):
        list(read(tmp_path / "missing"))


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    path = tmp_path / "c.tsv"
    path.write_text("".join(f"{n}\t{'word ' * 100}\n" for n in range(20_000)))
    tracemalloc.start()
    assert sum(1 for _ in read(path)) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.6 * path.stat().st_size


def test_a_zip_is_read_as_a_folder(tmp_path: Path) -> None:
    inner: dict[str, str | bytes] = {
        "deep/a.txt": "copper",
        "b.pdf": pdf("tin"),
        "__MACOSX/._a.txt": "no",
        ".DS_Store": "no",
    }
    put(tmp_path, {"c.zip": zipped(inner), "d/c.zip": zipped(inner), "d/e.txt": "zinc"})
    assert [each.id for each in read(tmp_path / "c.zip")] == ["b.pdf#p1", "deep/a.txt"]
    assert [each.id for each in read(tmp_path / "d")] == ["c.zip/b.pdf#p1", "c.zip/deep/a.txt", "e.txt"]


def test_a_line_without_an_end_is_not_held(tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("wb") as file:
        file.truncate(1 << 30)
        file.seek(0)
        file.write(b'{"id": "a", "text": "copper"}\n{"id": "b", "text": "')
        file.seek(1 << 20)
        file.write(b"x" * 1000)
    report = Report()
    with pytest.raises(Problem, match="not a text file"):
        list(read(tmp_path / "a.jsonl", report))


def test_a_folder_of_beir_is_its_corpus_alone(tmp_path: Path) -> None:
    row = '{"_id": "a", "text": "copper"}\n'
    put(tmp_path / "c", {"corpus.jsonl": row, "queries.jsonl": '{"_id": "q", "text": "tin"}', "README.md": "# no"})
    report = Report()
    assert [each.id for each in read(tmp_path / "c", report)] == ["a"]
    assert report.notes == ["the folder is laid out as BEIR's, only corpus.jsonl is read"]


def test_texts_beside_a_collection_are_left_out_and_counted(tmp_path: Path) -> None:
    put(tmp_path / "c", {"a.jsonl": GOOD + b'{"id": "b", "text": "y"}', "README.md": "about it"})
    report = Report()
    assert [each.id for each in read(tmp_path / "c", report)] == ["a", "b"]
    assert dict(report.skipped) == {"not a collection as the files beside it": 1}

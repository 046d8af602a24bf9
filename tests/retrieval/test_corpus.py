"""Corpora of every kind, and every way a line can be wrong."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.corpus import Document, Report, read

GOOD = b'{"id": "a", "title": "T", "text": "x"}\n'


def of(path: Path, content: bytes | str, strict: bool = False) -> tuple[list[Document], Report]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = Report(strict=strict)
    return list(read(path, report)), report


def test_json_lines_under_every_name(tmp_path: Path) -> None:
    lines = [
        {"id": "a", "title": "T", "text": "x"},
        {"_id": "b", "text": "y"},
        {"docid": 7, "contents": "z", "other": [1]},
    ]
    documents, report = of(tmp_path / "c.jsonl", "\n\n".join(map(json.dumps, lines)))
    assert documents == [Document("a", "T", "x"), Document("b", "", "y"), Document("7", "", "z")]
    assert (report.documents, report.skipped.total()) == (3, 0)


def test_tsv_of_two_and_three_columns(tmp_path: Path) -> None:
    documents, _ = of(tmp_path / "c.tsv", "a\tx y\r\nb\tx\tz\r\nc\tz\r\n")
    assert documents == [Document("a", "", "x y"), Document("b", "", "x\tz"), Document("c", "", "z")]
    documents, _ = of(tmp_path / "c.tsv", "a\tS\tx y\nb\tT\tz\tw\n")
    assert documents == [Document("a", "S", "x y"), Document("b", "T", "z\tw")]


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


WRONG = [
    (b"nonsense\n", "not JSON"),
    (b"[1]\n", "not a JSON object"),
    (b'{"text": "x"}\n', "no id"),
    (b'{"id": "", "text": "x"}\n', "no id"),
    (b'{"id": null, "text": "x"}\n', "id must be a string"),
    (b'{"id": true, "text": "x"}\n', "id must be a string"),
    (b'{"id": "a b", "text": "x"}\n', "id with blanks"),
    (b'{"id": "b"}\n', "no text"),
    (b'{"id": "b", "text": 5}\n', "text must be a string"),
    (b'{"id": "b", "text": "  "}\n', "empty text"),
    (b'{"id": "b", "title": [1], "text": "x"}\n', "title must be a string"),
    (b'{"id": "a", "text": "again"}\n', "duplicate id"),
    (b'{"id": "b", "text": "\xff"}\n', "not UTF-8"),
    (b"[" * 100_000 + b"\n", "not JSON"),
]


@pytest.mark.parametrize(("line", "kind"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_wrong_lines_are_counted_and_named(line: bytes, kind: str, tmp_path: Path) -> None:
    documents, report = of(tmp_path / "c.jsonl", GOOD + line + b'{"id": "z", "text": "last"}\n')
    assert [d.id for d in documents] == ["a", "z"]
    ((found, where),) = report.examples.items()
    assert kind in found
    assert where[0].startswith("c.jsonl line 2")
    with pytest.raises(Problem, match="c.jsonl line 2") as caught:
        of(tmp_path / "c.jsonl", GOOD + line, strict=True)
    assert "\n" not in str(caught.value)


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


def test_lines_of_ten_megabytes(tmp_path: Path) -> None:
    documents, _ = of(tmp_path / "c.jsonl", json.dumps({"id": "a", "text": "x" * 10_000_000}))
    assert len(documents[0].text) == 10_000_000


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    path = tmp_path / "c.tsv"
    path.write_text("".join(f"{n}\t{'word ' * 100}\n" for n in range(20_000)))
    tracemalloc.start()
    assert sum(1 for _ in read(path)) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.6 * path.stat().st_size

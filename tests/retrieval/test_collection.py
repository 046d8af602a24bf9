"""Collections in one file: what their first lines say they are, and every way a line can be wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.corpus import Document, How, Report, read
from rankr1_app.retrieval.fields import Choice, choice

from .papers import ODD, put

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


def test_columns_are_chosen(tmp_path: Path) -> None:
    put(tmp_path, {"odd.csv": ODD, "j.jsonl": '{"Key": "a", "Body Text": "copper", "more": "tin"}\n'})
    how = How({"": choice("id=Ref No,title=headline,text=what it says")})
    assert list(read(tmp_path / "odd.csv", how=how))[1] == Document("A-2", "Tin", "Tin is soft.")
    how = How({"": choice("text=Headline+What it says")})
    assert list(read(tmp_path / "odd.csv", how=how))[1] == Document("odd.csv#3", "", "Tin\nTin is soft.")
    how = How({"j.jsonl": Choice(("body_text", "more"), "Key")})
    assert list(read(tmp_path / "j.jsonl", how=how)) == [Document("a", "", "copper\ntin")]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ("text=nothing", "has no nothing among its columns"),
        ("id=Price,text=Body", "has no Body among its columns"),
        ("id=Price", "are not valid"),
        ("text", "are not valid"),
        ("text=,id=Price", "are not valid"),
        ("body=Headline", "are not valid"),
        ("text=Headline,text2=Price", "are not valid"),
    ],
)
def test_columns_that_are_not_there(columns: str, says: str, tmp_path: Path) -> None:
    put(tmp_path, {"odd.csv": ODD})
    with pytest.raises(Problem, match=says):
        list(read(tmp_path / "odd.csv", how=How({"": choice(columns)})))


def test_lines_of_ten_megabytes(tmp_path: Path) -> None:
    documents, _ = of(tmp_path / "c.jsonl", json.dumps({"id": "a", "text": "x" * 10_000_000}))
    assert len(documents[0].text) == 10_000_000


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("a.json", '[{"id": "x", "text": "t"}]', "JSON"),
        ("a.json", '{"id": "x",\n "text": "t"}\n', "JSON"),
        ("a.txt", '{"id": "x", "text": "t"}\n', "JSON lines"),
        ("a.txt", "x\tt\n", "table"),
        ("a.csv", "id,text\nx,t\n", "table"),
        ("a", "<DOC>\n<DOCNO>x</DOCNO>\nt\n</DOC>\n", "TREC"),
    ],
)
def test_a_file_is_what_its_first_lines_are(name: str, content: str, what: str, tmp_path: Path) -> None:
    ((found,), report) = of(tmp_path / name, content)
    assert (found.id, found.text) == ("x", "t")
    assert [(part.what, part.documents) for part in report.parts] == [(what, 1)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("x\n", "is of no known kind, its lines are not JSON and have no tab; give JSON lines"),
        ("<a>x</a>\n", "is of no known kind, it looks like XML, HTML or SGML; give JSON lines"),
        ("a\tb\tc\td\te\n", "has 5 columns and no header; name them in a first line: id, title, text, or choose with"),
        ("1\t2\n3\t4\n", "has 2 columns and none of words; give JSON lines"),
        ("a\tlong long long long words\tT\n", "seems to have its titles last; name the columns in a first line"),
    ],
)
def test_a_table_that_does_not_tell_is_refused(content: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match=says):
        of(tmp_path / "a.txt", content)


def test_ms_marco_documents_of_four_columns_are_known_by_their_addresses(tmp_path: Path) -> None:
    documents, _ = of(tmp_path / "a.tsv", "D1\thttp://x/y\tT\tbody words\nD2\thttps://z\t\tmore\n")
    assert documents == [Document("D1", "T", "body words"), Document("D2", "", "more")]


def test_unusual_columns_are_noted_once(tmp_path: Path) -> None:
    _, report = of(tmp_path / "a.jsonl", '{"docno": "a", "headline": "T", "body": "x"}\n' * 2)
    assert report.notes == ["id from docno, title from headline, text from body"]


def test_headings_stand_before_the_text_they_head(tmp_path: Path) -> None:
    documents, _ = of(tmp_path / "a.jsonl", '{"docid": "a", "headings": "H", "segment": "s"}\n')
    assert documents == [Document("a", "", "H\ns")]

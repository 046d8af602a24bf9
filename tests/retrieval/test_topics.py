"""Topics in every form that tools write them, and what is refused of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import topics
from rankr1_app.retrieval.topics import read_topics

FORMS = {
    "tabs": ("t.tsv", "1\tsalt  water\n2\ttea\n"),
    "tabs with a header": ("t.tsv", "query\tqid\tmore\nsalt water\t1\tx\ntea\t2\tx\n"),
    "commas": ("t.csv", 'qid,query\n1,"salt\nwater"\n2,tea\n'),
    "JSON lines": ("t.jsonl", '{"_id": "1", "text": "salt water"}\n{"_id": 2, "text": "tea", "title": ""}\n'),
    "a JSON array": ("t.json", '[{"number": 1, "question": "salt water"}, {"qid": "2", "query": ["tea"]}]'),
    "TREC's old form": (
        "t.txt",
        "<top>\n<num> Number: 1\n<title> Topic: salt water\n<desc> no\n</top>\n<top><num>2<title>tea</top>",
    ),
    "TREC's XML": (
        "t.xml",
        '<topics><topic number="1"><query>salt <b>water</b></query></topic><topic number="2">tea</topic></topics>',
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_topics_of_every_form(form: str, tmp_path: Path) -> None:
    name, text = FORMS[form]
    (tmp_path / name).write_text(text)
    assert read_topics(tmp_path / name) == {"1": "salt water", "2": "tea"}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("t.tsv", "1\ta\n1\tb\n", "topics t.tsv line 2: topic '1' was there before, each id stands once"),
        ("t.tsv", "1\t \n", "topics t.tsv line 1: topic '1' lacks its query"),
        ("t.tsv", "a b\tc\n", "topics t.tsv line 1: topic id 'a b' is not valid (id with blanks or over 1,000"),
        ("t.tsv", "why does bread rise\n", "line 1: 'why does bread rise' has no tab, a line is id, tab, query"),
        ("t.tsv", "1\ta\tb\n", "line 1: 3 columns and no header; keep id and query, or name all in a first line: qid"),
        ("t.tsv", "qid\tquery\n1\n", "line 2: 1 columns, the header has 2"),
        ("t.csv", 'qid,query\n1,"a\n', "line 2: a quote that is never closed"),
        ("t.tsv", "id\tanswer\n1\tx\n", "names its columns id, answer, call them qid and query"),
        ("t.jsonl", '{"id": 1, "answer": "x"}', "cannot be read: no id or no query among 'id', 'answer', call them"),
        ("t.jsonl", '{"id": 1, "title": "T", "text": "x"}', "cannot be read: objects with title and text are a corpus"),
        ("t.json", "[1]", "cannot be read: '1' is not a JSON object; topics are TSV"),
        ("t.json", '[{"id": 1, "query": "x"}, {', "cannot be read: a value is not JSON"),
        ("t.txt", "<top><num>1</top>", "topics t.txt topic 1: no <title>, a topic has <num> and <title>"),
        ("t.txt", "<top><title>x</top>", "topics t.txt topic 1: no <num>, a topic has <num> and <title>"),
        ("t.xml", "<topics><topic><query>x</query></topic></topics>", "topic 1: no number among query"),
        ("t.xml", '<topics><topic id="1"><desc>x</desc></topic></topics>', "topic 1: no <query> or <title> among id"),
        ("t.xml", "<topics></topics>", "is XML without a <topic>, topics are TSV"),
        ("t.xml", "<topics>", "is not well-formed XML, see line 1; topics are TSV"),
        ("t.xml", '<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>', "is HTML or declares entities, topics are TSV"),
        ("t.json", "[]", "is empty, topics are TSV (id, tab, query), CSV, JSON lines, or TREC"),
        ("t.tsv", "", "is empty"),
    ],
)
def test_topics_that_cannot_be_read_for_certain_are_refused(name: str, text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Problem) as raised:
        read_topics(tmp_path / name)
    assert says in str(raised.value)


def test_xml_with_a_remark_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.xml").write_text('<topics><!-- <!ENTITY --><topic number="1">tea</topic></topics>')
    assert read_topics(tmp_path / "t.xml") == {"1": "tea"}


def test_a_file_that_is_read_whole_may_not_be_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "LIMIT", 1 << 16)
    (tmp_path / "t.xml").write_text(f'<topics><topic number="1">{"tea " * (1 << 18)}</topic></topics>')
    with pytest.raises(Problem, match="is longer than 1 MB, topics are TSV"):
        read_topics(tmp_path / "t.xml")

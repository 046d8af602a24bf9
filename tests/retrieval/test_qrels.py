"""Judgements in the format of TREC, or with columns that a header names."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.qrels import read_qrels


def qrels(folder: Path, text: str) -> Path:
    (folder / "q.txt").write_text(text)
    return folder / "q.txt"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("q 0 a 1\nq 0 b 0\np 0 a -2\n", {"q": {"a": 1, "b": 0}, "p": {"a": -2}}),
        ("query-id\tcorpus-id\tscore\nq\ta\t2\n", {"q": {"a": 2}}),
        ("qid iter docno rel\nq 0 a 1\n", {"q": {"a": 1}}),
        ("Grade Document Topic\n1 a q\n", {"q": {"a": 1}}),
        ("q Q0 a 1.0\n", {"q": {"a": 1}}),
        ("# a remark\nq 0 a 1\n", {"q": {"a": 1}}),
        ("#1 0 a 1\n", {"#1": {"a": 1}}),
        ("q 0 a 10000\n", {"q": {"a": 10_000}}),
    ],
)
def test_topic_document_and_grade(text: str, found: dict[str, dict[str, int]], tmp_path: Path) -> None:
    assert read_qrels(qrels(tmp_path, text)) == found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("q 0 a 1\nq 0 a 0", "qrels q.txt line 2: document 'a' was judged before for topic 'q'"),
        ("q 0 a x", "qrels q.txt line 1: grade 'x' is not a whole number up to 10,000"),
        ("q 0 a 1.5", "qrels q.txt line 1: grade '1.5' is not a whole number up to 10,000"),
        ("q 0 a 10001", "qrels q.txt line 1: grade '10001' is not a whole number up to 10,000"),
        ("q a 1", "qrels q.txt line 1: 'q a 1' has 3 fields, a line is topic 0 document grade; other columns need a"),
        ("query-id corpus-id score\nq 0 a 1", "line 2: 'q 0 a 1' has 4 fields"),
        ("# nothing", "has no judgement"),
        ("query-id corpus-id score", "has no judgement"),
    ],
)
def test_a_line_that_is_none_of_qrels_is_named(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        read_qrels(qrels(tmp_path, text))
    assert says in str(raised.value)

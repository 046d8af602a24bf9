"""Relevance judgements in the format of TREC or BEIR; every fault is named with file and line."""

from __future__ import annotations

from pathlib import Path

from ..errors import Problem, shown
from ..text import Source
from . import datasets
from .fields import ID, QUERY_ID, first
from .runs import LIMIT, NUMBER, is_remark, read_integer

Qrels = dict[str, dict[str, int]]
"""Topic id to document id to grade."""
GRADES = ("score", "grade", "relevance", "rel", "label", "judgment", "judgement")
HIGHEST = 10_000
"""The highest grade that measures can take."""


def read_qrels(path: Path) -> Qrels:
    """Read topic, 0, document, grade; or columns that a header names, as BEIR's `query-id`, `corpus-id`, `score`."""
    if collection := datasets.named(path):
        return from_collection(collection)
    qrels: Qrels = {}
    order: tuple[int, ...] = ()
    source = Source(path, "qrels", LIMIT)
    for where, line in source.strings():
        parts = line.split()
        if is_remark(parts, (4,)):
            continue
        if not order and (named := header(parts)):
            order = (len(parts), *named)
            continue
        order = order or (4, 0, 2, 3)
        if len(parts) != order[0]:
            raise Problem(
                f"{where}: {shown(line, 40)} has {len(parts)} fields, a line is topic 0 document grade; "
                "other columns need a first line that names them, as BEIR's query-id corpus-id score"
            )
        add(qrels, where, *(parts[place] for place in order[1:]))
    if not qrels:
        raise Problem(f"{source} has no judgement")
    return qrels


def from_collection(name: str) -> Qrels:
    """Read the judgements of a known collection."""
    qrels: Qrels = {}
    for topic, document, grade in datasets.judgements(name):
        add(qrels, f"judgements of {name}", topic, document, grade)
    return qrels


def header(parts: list[str]) -> tuple[int, int, int] | None:
    """Return where topic, document and grade stand, if the line names its columns."""
    names = [part.lower() for part in parts]
    topic = first(names, (*QUERY_ID, "topic", "query"))
    document = first([name for name in names if name != topic], (*ID, "doc", "document"))
    grade = first(names, GRADES)
    if topic is None or document is None or grade is None or NUMBER.fullmatch(parts[-1]):
        return None
    return names.index(topic), names.index(document), names.index(grade)


def add(qrels: Qrels, where: str, qid: str, document: str, written: str) -> None:
    """Take one judgement in."""
    grade = read_integer(written)
    if grade is None or abs(grade) > HIGHEST:
        raise Problem(f"{where}: grade {shown(written, 40)} is not a whole number up to {HIGHEST:,}")
    topic = qrels.setdefault(qid, {})
    if document in topic:
        raise Problem(f"{where}: document {shown(document, 40)} was judged before for topic {shown(qid, 40)}")
    topic[document] = grade

"""Topics, runs and qrels in the formats of TREC; every fault is named with file and line."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..errors import Problem, shown

Run = dict[str, list[tuple[str, float]]]
"""Topic id to (document id, score), best first."""
Qrels = dict[str, dict[str, int]]
"""Topic id to document id to grade."""


def lines(path: Path, what: str) -> Iterator[tuple[str, str]]:
    """Where and what, for each line that is not blank. Raises `Problem` for an unreadable or empty file."""
    some = False
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    some = True
                    yield f"{what} {path.name} line {number}", line.rstrip("\r\n")
    except UnicodeDecodeError:
        raise Problem(f"{what} {shown(str(path))} is not UTF-8 text") from None
    except OSError as error:
        raise Problem(f"{what} {shown(str(path))} cannot be read: {error.strerror}") from None
    if not some:
        raise Problem(f"{what} {shown(str(path))} is empty")


def read_topics(path: Path) -> dict[str, str]:
    """Topics from TSV: id, tab, query."""
    topics: dict[str, str] = {}
    for where, line in lines(path, "topics"):
        qid, tab, query = (part.strip() for part in line.partition("\t"))
        if not tab and "\t" not in line:
            raise Problem(f"{where}: {shown(line, 40)} has no tab, a line is id, tab, query")
        if not qid or not query:
            raise Problem(f"{where}: {shown(line, 40)} lacks its {'query' if qid else 'id'}, a line is id, tab, query")
        if len(qid.split()) > 1:
            raise Problem(f"{where}: topic id {shown(qid, 40)} holds a blank, run files cannot carry it")
        if qid in topics:
            raise Problem(f"{where}: topic {shown(qid, 40)} was there before, each id stands once")
        topics[qid] = query
    return topics


def run_lines(path: Path) -> Iterator[tuple[str, str, str, float, int]]:
    """Where, topic, document, score and rank, for each line of a TREC run: topic, Q0, document, rank, score, tag."""
    for where, line in lines(path, "run"):
        parts = line.split()
        if len(parts) != 6:
            raise Problem(
                f"{where}: {shown(line, 40)} has {len(parts)} fields, a line is topic Q0 document rank score tag"
            )
        qid, _, document, rank, score, _ = parts
        value, place = number(score, float), number(rank, int)
        if value is None or not math.isfinite(value):
            raise Problem(f"{where}: score {shown(score, 40)} is no finite number")
        if place is None:
            raise Problem(f"{where}: rank {shown(rank, 40)} is no whole number")
        yield where, qid, document, value, int(place)


def read_run(path: Path) -> Run:
    """A TREC run. Ordered by score, ties by rank as written."""
    found: dict[str, dict[str, tuple[float, int]]] = {}
    for where, qid, document, score, rank in run_lines(path):
        topic = found.setdefault(qid, {})
        if document in topic:
            raise Problem(f"{where}: document {shown(document, 40)} was there before for topic {shown(qid, 40)}")
        topic[document] = (score, rank)
    return {
        qid: [(d, score) for d, (score, _) in sorted(topic.items(), key=lambda item: (-item[1][0], item[1][1]))]
        for qid, topic in found.items()
    }


def read_qrels(path: Path) -> Qrels:
    """TREC qrels: topic, 0, document, grade."""
    qrels: Qrels = {}
    for where, line in lines(path, "qrels"):
        parts = line.split()
        if len(parts) != 4:
            raise Problem(f"{where}: {shown(line, 40)} has {len(parts)} fields, a line is topic 0 document grade")
        qid, _, document, written = parts
        grade = number(written, int)
        if grade is None:
            raise Problem(f"{where}: grade {shown(written, 40)} is no whole number")
        topic = qrels.setdefault(qid, {})
        if document in topic:
            raise Problem(f"{where}: document {shown(document, 40)} was judged before for topic {shown(qid, 40)}")
        topic[document] = int(grade)
    return qrels


def number(text: str, kind: type[int] | type[float]) -> float | None:
    """`text` as a number of that kind, None if it is none."""
    try:
        return kind(text)
    except ValueError:
        return None


def write_run(path: Path, rankings: Iterable[tuple[str, Sequence[str]]], tag: str) -> None:
    """Write a run aside and rename it. Scores fall by one from the number of documents, so that every reader
    agrees on the order; they are places, not relevance."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            for qid, ranking in rankings:
                for rank, document in enumerate(ranking, 1):
                    file.write(f"{qid} Q0 {document} {rank} {len(ranking) - rank + 1} {tag}\n")
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Problem(f"run {shown(str(path))} cannot be written: {error.strerror}") from None

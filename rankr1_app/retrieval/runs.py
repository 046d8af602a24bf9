"""Runs in the format of TREC, and MS MARCO's of three columns; every fault is named with file and line."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import Problem, shown
from ..text import Source
from ..writing import replacing
from .fields import ID, QUERY_ID

Run = dict[str, list[tuple[str, float]]]
"""Topic id to (document id, score), best first."""
LIMIT = 1 << 16
"""Bytes of the longest line."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
LARGEST = 2**31 - 1
"""The largest whole number that all parts can carry."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a run; `scored` is false where the score was made of the rank."""

    where: str
    topic: str
    document: str
    score: float
    rank: int
    scored: bool = True


def read_run(path: Path) -> Run:
    """Read a run, ordered by score in double precision, ties by rank as written, then by id."""
    found: dict[str, dict[str, tuple[float, int]]] = {}
    for place in run_lines(path):
        topic = found.setdefault(place.topic, {})
        if place.document in topic:
            raise twice(place)
        topic[place.document] = (-place.score, place.rank)
    return {
        qid: [(document, -score) for (score, _), document in sorted((key, d) for d, key in topic.items())]
        for qid, topic in found.items()
    }


def twice(place: Place) -> Problem:
    """Return the error for a document that stands twice."""
    return Problem(
        f"{place.where}: document {shown(place.document, 40)} was there before for topic {shown(place.topic, 40)}"
    )


def run_lines(path: Path) -> Iterator[Place]:
    """Yield each line of a run, in order: topic, Q0, document, rank, score, tag; or MS MARCO's topic, document,
    rank."""
    source, ranks, width = Source(path, "run", LIMIT), Counter[str](), 0
    lines = ((where, line, line.split()) for where, line in source.strings())
    for number, (where, line, parts) in enumerate(row for row in lines if not is_remark(row[2], (3, 6))):
        if number == 0 and is_header(parts):
            continue
        width = width or len(parts)
        if len(parts) != width or width not in (3, 6) or line.lstrip()[0] in "{[":
            raise Problem(f"{where}: {shown(line, 40)} has {fields(line, parts)}")
        yield marco(where, line, parts, ranks) if width == 3 else trec(where, parts)
    if not width:
        raise Problem(f"{source} has no line of a run, one is topic Q0 document rank score tag")


def is_remark(parts: Sequence[str], widths: Sequence[int]) -> bool:
    """Return whether a line is a remark: it begins with a number sign, which is not that of a topic's id."""
    return parts[0] == "#" or (parts[0].startswith("#") and len(parts) not in widths)


def fields(line: str, parts: Sequence[str]) -> str:
    """Return what a line has instead of a run's fields."""
    if line.lstrip()[0] in "{[":
        seen = "JSON"
    else:
        commas = len(parts) == 1 and "," in line
        seen = f"{line.count(',') + 1} fields between commas" if commas else f"{len(parts)} fields"
    return f"{seen}, every line is topic Q0 document rank score tag"


def is_header(parts: Sequence[str]) -> bool:
    """Return whether the fields are names."""
    names = {part.lower().replace("_", "").replace("-", "") for part in parts}
    titles = {name.replace("_", "").replace("-", "") for name in (*QUERY_ID, *ID, "topic", "query", "doc", "document")}
    return len(names & titles) > 1 and not any(NUMBER.fullmatch(part) for part in parts[2:])


def trec(where: str, parts: Sequence[str]) -> Place:
    """Read a line of six fields."""
    topic, _, document, rank, score, _ = parts
    value = float(score) if NUMBER.fullmatch(score) else math.nan
    if not math.isfinite(value):
        raise Problem(f"{where}: score {shown(score, 40)} is not a finite number")
    place = read_integer(rank)
    if place is None:
        raise Problem(f"{where}: rank {shown(rank, 40)} is not a whole number")
    return Place(where, topic, document, value, place)


def marco(where: str, line: str, parts: Sequence[str], ranks: Counter[str]) -> Place:
    """Read a line of three fields, the last of which must count 1, 2, 3 within a topic. It has no score: that is made
    of the rank."""
    topic, document, rank = parts
    ranks[topic] += 1
    if read_integer(rank) != ranks[topic]:
        raise Problem(
            f"{where}: {shown(line, 40)} has 3 fields, the last of which does not count 1, 2, 3 as in MS MARCO's runs; "
            "a line of TREC's is topic Q0 document rank score tag"
        )
    return Place(where, topic, document, 1 / ranks[topic], ranks[topic], scored=False)


def read_integer(text: str) -> int | None:
    """Read a whole number, also one that was written as `1.0`; None if `text` is none, or too large."""
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= LARGEST else None


def write_run(path: Path, rankings: Iterable[tuple[str, Sequence[str]]], tag: str) -> None:
    """Write a run aside and rename it. Scores fall by one from the number of documents, so that every reader
    agrees on the order; they are places, not relevance."""
    with replacing(path, "run") as file:
        for qid, ranking in rankings:
            for rank, document in enumerate(ranking, 1):
                file.write(f"{qid} Q0 {document} {rank} {len(ranking) - rank + 1} {tag}\n")

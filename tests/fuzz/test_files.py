"""Any bytes at all as corpus, topics, run or qrels: read, or refused in one sentence; and what was written well is
read as it was written, in every form and encoding."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rankr1_app.errors import Problem
from rankr1_app.retrieval import corpus
from rankr1_app.retrieval.qrels import read_qrels
from rankr1_app.retrieval.runs import read_run
from rankr1_app.retrieval.topics import read_topics

thorough = settings(
    max_examples=2000,
    deadline=5000,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

NAMES = (
    "id",
    "_id",
    "docid",
    "pid",
    "text",
    "contents",
    "title",
    "body",
    "headings",
    "passage",
    "qid",
    "query",
    "score",
    "x",
)
VALUES: tuple[object, ...] = (
    *(
        None,
        True,
        0,
        -3,
        10**20,
        1.0,
        1.5,
        1e300,
        float("nan"),
        float("inf"),
        "",
        " ",
        "a",
        "d\u00e9j\u00e0",
        "a b",
        "a\tb",
        "\0",
        "\ud800",
    ),
    *([], ["x", "y"], ["x", 1], [["x"]], {}, {"en": 1}),
)
CELLS = (
    *NAMES,
    "a",
    "b",
    "q1",
    "Q0",
    "0",
    "1",
    "2.0",
    "9.5",
    "-",
    "nan",
    "tag",
    '"x"',
    '"a""b"',
    '"open',
    "",
    "http://x",
    "copper pipes",
)
MARKS = (
    "[",
    "]",
    "{",
    "}",
    ",",
    "<top>",
    "<num> 1",
    "<title> x",
    "</top>",
    "<topics>",
    '<topic number="1"><query>x</query></topic>',
    "</topics>",
    "# x",
    "sep=;",
    "\0",
    "\ufeff",
    "",
    "[1, 2]",
    "\u0669",
    "\x1b[1m",
    "\u3000",
    "\x1c",
)


def pieces(chance: random.Random) -> Iterator[str]:
    """What readers look for, in all mixtures."""
    yield from MARKS
    for _ in range(300):
        names = chance.sample(NAMES, chance.randrange(4))
        yield json.dumps({name: chance.choice(VALUES) for name in names}, ensure_ascii=chance.random() < 0.5)
        yield chance.choice("\t\t\t,; |").join(chance.choices(CELLS, k=chance.randrange(8)))
        yield f'{{"_id": "{chance.randrange(9)}", "text": "copper {chance.randrange(9)}"}}'
        yield f"q{chance.randrange(3)} Q0 d{chance.randrange(9)} {chance.randrange(9)} {chance.random()} t"
        yield f"q{chance.randrange(3)}\t0\td{chance.randrange(9)}\t{chance.randrange(-1, 3)}"
        yield f"d{chance.randrange(9)}\tcopper {chance.randrange(9)}"


PIECES = st.sampled_from(list(pieces(random.Random(929)))) | st.text(max_size=9)
ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r", "\x85", "\u2028", ""])
LINES = st.tuples(st.lists(PIECES, max_size=6), ENDS).map(
    lambda parts: parts[1].join(parts[0]).encode("utf-8", "replace").decode()
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "gb18030"])


def flipped(raw: bytes, place: int) -> bytes:
    return raw[: place % len(raw)] + bytes([raw[place % len(raw)] ^ 16]) + raw[place % len(raw) + 1 :] if raw else raw


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Bytes of a file: lines of pieces that readers look for, in some encoding; zipped, turned, cut, or all chance."""
    raw = draw(LINES).encode(draw(ENCODINGS), "replace")
    how = draw(st.integers(0, 9))
    if how == 0:
        raw = draw(st.binary(max_size=60))
    elif how == 1:
        raw = flipped(raw, draw(st.integers(0, 200)))
    elif how in (2, 3):
        raw = gzip.compress(raw, mtime=0)
        raw = flipped(raw, draw(st.integers(0, 200))) if how == 3 else raw
    elif how == 4:
        raw = raw[: draw(st.integers(0, len(raw)))]
    return raw


SUFFIXES = st.sampled_from([".jsonl", ".json", ".tsv", ".csv", ".txt", ".jsonl.gz", ""])


def outcome(read: Callable[[Path], Any], folder: Path, raw: bytes, suffix: str) -> Any:
    """What is read, None where it is refused as it should be."""
    path = folder / f"file{suffix}"
    path.write_bytes(raw)
    try:
        return read(path)
    except Problem as problem:
        text = str(problem)
        assert path.name in text
        assert len(text) < 900
        assert "\n" not in text
        text.encode()
        return None


@thorough
@given(contents(), SUFFIXES)
def test_corpora(tmp_path: Path, raw: bytes, suffix: str) -> None:
    found = outcome(lambda path: list(corpus.read(path)), tmp_path, raw, suffix)
    for document in found or ():
        assert document.id.split() == [document.id]
        assert (document.title + document.text).strip()
        (document.id + document.title + document.text).encode()
    assert len({document.id for document in found or ()}) == len(found or ())


@thorough
@given(contents(), SUFFIXES)
def test_topics(tmp_path: Path, raw: bytes, suffix: str) -> None:
    found = outcome(read_topics, tmp_path, raw, suffix)
    assert found != {}
    for topic, query in (found or {}).items():
        assert topic.split() == [topic]
        assert query == " ".join(query.split()) != ""
        query.encode()


@thorough
@given(contents())
def test_runs(tmp_path: Path, raw: bytes) -> None:
    found = outcome(read_run, tmp_path, raw, ".run")
    assert found != {}
    for ranked in (found or {}).values():
        assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)


@thorough
@given(contents())
def test_qrels(tmp_path: Path, raw: bytes) -> None:
    found = outcome(read_qrels, tmp_path, raw, ".txt")
    assert found != {}
    assert all(type(grade) is int for topic in (found or {}).values() for grade in topic.values())


WORD = st.text(st.characters(categories=["L", "N"], include_characters="-_.:/#"), min_size=1, max_size=8)
IDS = WORD.filter(lambda word: word.strip("#") and not word.startswith("#")).map(lambda word: f"d{word}")
PROSE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=30
)
DOCUMENTS = st.dictionaries(IDS, st.tuples(PROSE, PROSE.map(lambda text: f"word {text}")), min_size=1, max_size=5)


def separated(mark: str, documents: dict[str, tuple[str, str]]) -> str:
    """As the standard library writes a table."""
    memory = io.StringIO()
    writer = csv.writer(memory, delimiter=mark, quoting=csv.QUOTE_ALL if mark == "\t" else csv.QUOTE_MINIMAL)
    writer.writerows([("id", "title", "text"), *((key, *parts) for key, parts in documents.items())])
    return memory.getvalue()


def objects(documents: dict[str, tuple[str, str]]) -> list[dict[str, str]]:
    return [{"id": key, "title": title, "text": text} for key, (title, text) in documents.items()]


FORMS: dict[str, tuple[str, Callable[[dict[str, tuple[str, str]]], str]]] = {
    "lines": (".jsonl", lambda d: "\n".join(json.dumps(each, ensure_ascii=False) for each in objects(d))),
    "array": (".json", lambda d: json.dumps(objects(d), ensure_ascii=False)),
    "pretty": (".json", lambda d: json.dumps(objects(d), indent=1)),
    "commas": (".csv", lambda d: separated(",", d)),
    "semicolons": (".csv", lambda d: separated(";", d)),
    "tabs": (".tsv", lambda d: separated("\t", d)),
    "plain tabs": (".tsv", lambda d: "id\ttitle\ttext\n" + "".join(f"{k}\t{t}\t{x}\n" for k, (t, x) in d.items())),
}


@pytest.mark.parametrize("form", FORMS)
@settings(thorough, max_examples=150)
@given(DOCUMENTS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]), st.booleans())
def test_what_was_written_is_read(
    form: str, tmp_path: Path, documents: dict[str, tuple[str, str]], encoding: str, zipped: bool
) -> None:
    suffix, write = FORMS[form]
    path = tmp_path / f"c{suffix}"
    raw = write(documents).encode(encoding)
    path.write_bytes(gzip.compress(raw) if zipped else raw)
    assert {each.id: (each.title, each.text) for each in corpus.read(path)} == documents


@settings(thorough, max_examples=150)
@given(
    st.dictionaries(IDS, PROSE.map(lambda text: f"word {text}"), min_size=1, max_size=5),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_topics_that_were_written_are_read(tmp_path: Path, topics: dict[str, str], end: str) -> None:
    (tmp_path / "t.tsv").write_bytes("".join(f"{topic}\t{query}{end}" for topic, query in topics.items()).encode())
    assert read_topics(tmp_path / "t.tsv") == {topic: " ".join(query.split()) for topic, query in topics.items()}


SCORES = st.floats(-1e6, 1e6, allow_nan=False)


@settings(thorough, max_examples=300)
@given(st.dictionaries(IDS, st.tuples(SCORES, st.integers(0, 5)), min_size=1, max_size=8))
def test_runs_are_ordered_by_the_rule(tmp_path: Path, places: dict[str, tuple[float, int]]) -> None:
    lines = [f"q Q0 {document} {rank} {score!r} t\n" for document, (score, rank) in places.items()]
    (tmp_path / "r.run").write_text("".join(lines))
    wanted = sorted(places, key=lambda document: (-places[document][0], places[document][1], document))
    assert [document for document, _ in read_run(tmp_path / "r.run")["q"]] == wanted

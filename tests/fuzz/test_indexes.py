"""Any description of an index, any folder in its place, and any query: an answer or one sentence, and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rankr1_app.errors import Problem
from rankr1_app.retrieval import indexes
from rankr1_app.retrieval.bm25 import BM25, open_index
from rankr1_app.retrieval.folder import Folder, is_index

META: dict[str, Any] = {"documents": 1, "bytes": 1, "created": "", "source": "c", "fingerprint": "", "version": 2}
thorough = settings(
    max_examples=400,
    deadline=5000,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from([*META, "name", "parts", "language", "k1", "b", "skipped", "vectors", "folder"])
DESCRIPTIONS = st.one_of(
    st.binary(max_size=60),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(FIELDS, JSON, max_size=3).map(lambda change: json.dumps({**META, **change}).encode()),
)


@thorough
@given(DESCRIPTIONS)
def test_any_description_is_read_or_refused_in_a_sentence(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "meta.json").write_bytes(text)
    is_index(tmp_path)
    said = refusal(tmp_path)
    if said:
        assert "\n" not in said
        assert "broken meta.json" in said or "newer version" in said
    else:
        info = indexes.read_meta(tmp_path)
        assert (info.name, info.folder) == (tmp_path.name, str(tmp_path))


def refusal(place: Path) -> str:
    """Why an index is not read, empty if it is."""
    try:
        indexes.read_meta(place)
    except Problem as problem:
        return str(problem)
    return ""


NAMES = st.sampled_from(
    [
        "meta.json",
        "lucene",
        "chunks",
        "notes.txt",
        "_0.cfs",
        "segments_1",
        "write.lock",
        "000000.jsonl",
        "a.pdf",
        "_x y",
    ]
)
TREES = st.lists(st.lists(NAMES, min_size=1, max_size=3), max_size=6)


@thorough
@given(TREES, st.booleans())
def test_whatever_is_in_the_way_stays(
    tmp_path_factory: pytest.TempPathFactory, tree: list[list[str]], own: bool
) -> None:
    home = tmp_path_factory.mktemp("way")
    place = home / "x"
    place.mkdir()
    for parts in tree:
        path = place.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("mine")
        except OSError:
            continue
    if own and not (place / "meta.json").exists():
        (place / "meta.json").write_text(json.dumps({**META, "name": "x"}))
    before = sorted(path.relative_to(place).as_posix() for path in place.rglob("*"))
    try:
        with Folder(place).replaced() as fresh:
            (fresh / "meta.json").write_text(json.dumps({**META, "name": "new"}))
    except Problem:
        assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*")) == before
    else:
        assert "meta.json" in before
        assert not {"notes.txt", "a.pdf", "_x y"} & {name.split("/")[-1] for name in before}
        assert json.loads((place / "meta.json").read_text())["name"] == "new"


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> BM25:
    folder = tmp_path_factory.mktemp("queries")
    texts = ["bread rises", "กาแฟเย็น", "咖啡很热", "القهوة ساخنة", "😀 naïve café"]
    rows = [json.dumps({"id": f"d{n}", "title": "", "text": text}) for n, text in enumerate(texts)]
    (folder / "c.jsonl").write_text("\n".join(rows))
    indexes.build(folder / "c.jsonl", "queries", folder)
    return open_index(str(folder / "queries"))


@thorough
@given(st.text(max_size=80) | st.text(alphabet="AND OR()\"*:~^[]{}+-!?\\/'&|bread", max_size=60), st.integers(-3, 2000))
def test_any_query_is_answered_or_says_why_nothing_is_found(searcher: BM25, query: str, depth: int) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in query):
        return
    found = searcher.search(query, depth)
    note = searcher.note(query)
    assert (note == "") or not found
    assert "\n" not in note
    if found:
        assert sum(term.weight for term in searcher.terms(query, found[0].id)) == pytest.approx(
            found[0].score, abs=1e-3
        )

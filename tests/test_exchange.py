"""Requests of RankLLM and of Rankify, in and out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app import engines
from rankr1_app.errors import Problem
from rankr1_app.exchange import read_requests, request, rerank_requests, run_of
from rankr1_app.settings import Settings

RANKLLM = {
    "query": {"text": "why does bread rise", "qid": 7},
    "candidates": [
        {"docid": "d1", "score": 9.5, "doc": {"title": "Granite", "contents": "Granite is hard."}},
        {"docid": "d2", "score": 3.25, "doc": {"segment": "Yeast makes bread rise."}, "kept": True},
    ],
}
RANKIFY = {
    "question": "why does bread rise",
    "answers": ["yeast"],
    "ctxs": [
        {"id": "1", "title": "Granite", "text": "Granite is hard.", "score": 1.0, "has_answer": False},
        {"id": "2", "title": "Bread", "text": "Yeast makes bread rise.", "score": 2.0, "has_answer": True},
    ],
}
WORDS = Settings(reranker="minilm-cosine")


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engines.SCORERS, "encoder", engines.Kind("tests.test_compare:words", concurrency=1))


def reranked(tmp_path: Path, text: str) -> str:
    (tmp_path / "in.json").write_text(text, "utf-8")
    rerank_requests(WORDS, tmp_path / "in.json", tmp_path / "out.json", None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.json", "out.json"]
    return (tmp_path / "out.json").read_text("utf-8")


def test_rankllm_comes_back_as_it_was_in_another_order(tmp_path: Path) -> None:
    (found,) = [json.loads(line) for line in reranked(tmp_path, json.dumps(RANKLLM) + "\n").splitlines()]
    first, second = RANKLLM["candidates"]
    assert found["query"] == RANKLLM["query"]
    assert found["candidates"] == [{**second, "score": 1.0}, {**first, "score": 0.5}]  # type: ignore[dict-item]


def test_rankify_comes_back_as_it_was_in_another_order(tmp_path: Path) -> None:
    (found,) = json.loads(reranked(tmp_path, json.dumps([RANKIFY])))
    assert found["answers"] == ["yeast"]
    assert [(each["id"], each["score"], each["has_answer"]) for each in found["ctxs"]] == [
        ("2", 1.0, True),
        ("1", 0.5, False),
    ]


def test_scores_of_the_first_stage_are_kept_where_they_fall() -> None:
    assert run_of(request(RANKLLM, 1, "f")) == "7 Q0 d1 1 9.5 given\n7 Q0 d2 2 3.25 given\n"
    assert run_of(request(RANKIFY, 4, "f")) == "4 Q0 1 1 2.0 given\n4 Q0 2 2 1.0 given\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[1]", "in.json: request 1 is not an object"),
        ("[]", "hold none"),
        ("{", "are not JSON or JSON lines"),
        ('[{"query": "q"}]', "request 1 must have query and candidates as RankLLM has them, or question and ctxs"),
        (json.dumps([RANKIFY | {"ctxs": [{"id": "1"}]}]), "candidate 1 has no text, it must have one of text, segment"),
        (json.dumps([RANKIFY | {"ctxs": [{"id": "a b", "text": "x"}]}]), "id 'a b' is not valid, it must be a word"),
        (json.dumps([RANKIFY | {"ctxs": [{"id": "1", "text": "x"}] * 2}]), "has a candidate twice"),
        (json.dumps([RANKIFY | {"id": "x"}, RANKIFY | {"id": "x"}]), "name a topic twice"),
        (
            json.dumps([RANKIFY, RANKIFY | {"ctxs": [{"id": "1", "text": "x"}]}]),
            "requests give document '1' two texts, it must have one",
        ),
    ],
)
def test_what_is_no_request(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(Problem, match=why):
        reranked(tmp_path, text)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["query", "candidates", "ctxs", "doc", "text", "id", "docid"]), inner),
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    try:
        found = request(value, 1, "f")
    except Problem:
        return
    assert len(found.reordered(found.ids[::-1])[found.listed]) == len(found.ids)
    assert run_of(found).count("\n") == len(found.ids)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(Problem, match="requests 'nowhere' cannot be read"):
        read_requests(Path("nowhere"))

"""Every setting: its range and choices, what fits together, and changes from outside with their types checked."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as thorough
from hypothesis import strategies as st

from rankr1_app.errors import Problem
from rankr1_app.settings import Settings

URL = "http://127.0.0.1:9/v1"
RETRIEVERS = "bm25, dense, hybrid, bm25+rm3, bm25+rocchio, dense+rocchio, dense+average, dense+borda, exact, milvus, "


def test_the_defaults_are_valid() -> None:
    assert Settings().checked() == Settings()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"depth": 0}, "depth 0 is out of range, it must be 1 to 1000"),
        ({"depth": 1001}, "depth 1001 is out of range, it must be 1 to 1000"),
        ({"k": -1}, "k -1 is out of range, it must be 1 to 1000"),
        ({"seed": 2**31}, "seed 2147483648 is out of range, it must be 0 to 2147483647"),
        ({"concurrency": 1025}, "concurrency 1025 is out of range, it must be 0 to 1024"),
        ({"speculation": 3}, "speculation 3 is out of range, it must be 0 to 2"),
        ({"docs_per_call": 1}, "docs-per-call 1 is out of range, it must be 2 to 20"),
        ({"max_tokens": 7}, "max-tokens 7 is out of range, it must be 8 to 32768"),
        ({"timeout": 0.0}, "timeout 0.0 is out of range, it must be above 0 and at most 86400 seconds"),
        ({"timeout": float("nan")}, "timeout nan is out of range, it must be above 0 and at most 86400 seconds"),
        ({"dense_weight": 1.1}, "dense-weight 1.1 is out of range, it must be 0 to 1"),
        ({"first_stage_weight": float("nan")}, "first-stage-weight nan is out of range, it must be 0 to 1"),
        ({"retriever": "x"}, f"retriever 'x' is unknown, known are {RETRIEVERS}milvus-dense, milvus-hybrid"),
        ({"fusion": "x"}, "fusion 'x' is unknown, known are min-max, rrf"),
        ({"interpolation": "x"}, "interpolation 'x' is unknown, known are min-max, z-score, rrf"),
        ({"order": "x"}, "order 'x' is unknown, known are shuffled, kept, first-stage, reversed"),
        ({"engine": "x"}, "engine 'x' is unknown, known are transformers, openai, vllm"),
        ({"retriever": "milvus"}, "retriever 'milvus' needs an address, give --milvus http://HOST:19530"),
        ({"engine": "openai"}, "engine 'openai' needs the server's address, give --base-url http://HOST:PORT/v1"),
    ],
)
def test_a_value_out_of_range_is_named_with_what_would_be_right(given: dict[str, Any], says: str) -> None:
    with pytest.raises(Problem) as refused:
        Settings(**given).checked()
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {"reranker": "minilm-cosine", "engine": "vllm"},
            "engine 'vllm' writes and scores nothing: for minilm-cosine start a server, and give --base-url",
        ),
        (
            {"reranker": "gliclass-base", "base_url": URL},
            "reranker 'gliclass-base' runs in this process, leave --base-url out",
        ),
        (
            {"reranker": "rank-r1-nano", "interpolation": "min-max"},
            "interpolation 'min-max' needs scores, and rank-r1-nano gives none; give 'rrf'",
        ),
        (
            {"reranker": "rerank-endpoint"},
            "reranker 'rerank-endpoint' is whatever a server runs, give its address with --base-url",
        ),
        (
            {"reranker": "none", "rewrite": "hyde"},
            "rewrite 'hyde' needs a model that writes, reranker 'none' is none",
        ),
        (
            {"rewrite": "hyde"},
            "rewrite 'hyde' needs a model that writes, and rank-r1-nano has only learnt to compare: choose another "
            "one, or give --base-url",
        ),
    ],
)
def test_what_does_not_fit_together_says_what_would(given: dict[str, Any], says: str) -> None:
    with pytest.raises(Problem) as refused:
        Settings(**given).checked()
    assert str(refused.value) == says


@pytest.mark.parametrize(
    "given",
    [
        {"reranker": "none", "engine": "openai"},
        {"reranker": "rank-r1-nano", "interpolation": "rrf"},
        {"reranker": "minilm-cosine", "interpolation": "min-max"},
        {"rewrite": "hyde", "base_url": URL},
        {"reranker": "rerank-endpoint", "base_url": URL},
        {"docs_per_call": 0, "max_tokens": 0, "speculation": -1, "concurrency": 0},
        {"retriever": "milvus", "milvus": "http://127.0.0.1:19530"},
    ],
)
def test_what_fits_together_is_accepted(given: dict[str, Any]) -> None:
    assert Settings(**given).checked() == Settings(**given)


def test_the_engine_is_a_server_where_an_address_is_given() -> None:
    assert Settings().engine_kind == "transformers"
    assert Settings(base_url=URL).engine_kind == "openai"
    assert Settings(base_url=URL, engine="vllm").engine_kind == "vllm"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"depth": "20"}, "depth '20' must be an integer"),
        ({"depth": True}, "depth True must be an integer"),
        ({"depth": 2.0}, "depth 2.0 must be an integer"),
        ({"cache": 1}, "cache 1 must be true or false"),
        ({"reranker": None}, "reranker None must be a string"),
        ({"timeout": 5}, "timeout 5 must be a number"),
        ({"k": 0}, "k 0 is out of range, it must be 1 to 1000"),
    ],
)
def test_a_change_of_another_type_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(Problem) as refused:
        Settings().changed(changes)
    assert str(refused.value) == says


def test_an_unknown_setting_is_refused_with_those_there_are() -> None:
    with pytest.raises(Problem) as refused:
        Settings().changed({"colour\n": "red"})
    assert str(refused.value).startswith("setting 'colour\\n' is unknown, known are index, retriever, reranker, depth")


def test_changes_leave_the_rest_as_it_was() -> None:
    mine = Settings(base_url=URL, model="m")
    found = mine.changed({"k": 3, "reranker": "rankgpt"})
    assert (found.k, found.reranker, found.base_url, found.model) == (3, "rankgpt", URL, "m")
    assert mine.k == 10
    assert mine.changed({}) == mine


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text("a\n\ud800é", max_size=9)
    | st.lists(st.integers())
)


@thorough(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([field.name for field in fields(Settings)]), VALUES, max_size=4))
def test_any_changes_are_taken_or_refused_in_one_line(changes: dict[str, object]) -> None:
    words = ""
    try:
        assert Settings().changed(changes).checked()
    except Problem as problem:
        words = str(problem)
    assert words.isprintable()

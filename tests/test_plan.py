"""What a search uses, with every default: engine, first stage and sort of each family, and what is recorded of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rankr1_app import calibration
from rankr1_app.catalogue import entry
from rankr1_app.plan import best_retriever, public, resolve, sort
from rankr1_app.retrieval import indexes
from rankr1_app.settings import Settings

URL = "http://user:secret@10.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No index and no measured costs but those of the test."""
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))


def test_what_is_left_open_is_as_the_model_was_trained() -> None:
    model = entry("rank-r1-32b-v0.2")
    plan = resolve(Settings(reranker=model.name))
    assert (plan.docs_per_call, plan.max_tokens, plan.order) == (10, model.max_tokens, model.order)
    chosen = resolve(Settings(reranker=model.name, docs_per_call=4, max_tokens=99, order="kept"))
    assert (chosen.docs_per_call, chosen.max_tokens, chosen.order) == (4, 99, "kept")
    assert resolve(Settings(reranker="rank-r1-nano-pairwise", docs_per_call=9)).docs_per_call == 2, "it has no choice"
    assert plan.speculation is None
    assert resolve(Settings(speculation=0)).speculation == 0


def test_only_the_model_itself_is_known_to_weigh_documents_in_its_answers() -> None:
    assert resolve(Settings()).weighs
    assert resolve(Settings(engine="vllm")).weighs
    assert not resolve(Settings(base_url="http://127.0.0.1:9/v1", model="another")).weighs, "asked in its way alone"
    assert not resolve(Settings(reranker="rank-r1-3b-v0.1", engine="vllm")).weighs
    assert not resolve(Settings(reranker="none")).weighs


def test_the_first_stage_alone_needs_no_engine() -> None:
    plan = resolve(Settings(reranker="none"))
    assert (plan.entry, plan.engine, plan.docs_per_call, plan.max_tokens, plan.order) == (None, None, 0, 0, "")


@pytest.mark.parametrize(
    ("given", "kind", "model", "adapter"),
    [
        ({"reranker": "rank-r1-7b-v0.1"}, "transformers", "base", "adapter"),
        ({"reranker": "rank-r1-7b-v0.1", "base_url": URL}, "openai", "", ""),
        ({"reranker": "rank-r1-7b-v0.1", "base_url": URL, "model": "seven"}, "openai", "seven", ""),
        ({"reranker": "rank-r1-7b-v0.1", "engine": "vllm"}, "vllm", "base", "adapter"),
        ({"reranker": "ms-marco-minilm-l6"}, "cross-encoder", "base", ""),
        ({"reranker": "ms-marco-minilm-l6", "base_url": URL}, "rerank", "", ""),
        ({"reranker": "minilm-cosine"}, "encoder", "base", ""),
        ({"reranker": "gliclass-base"}, "query-label", "base", ""),
        ({"reranker": "gliclass-base-list"}, "document-labels", "base", ""),
    ],
)
def test_each_family_runs_on_its_engine(given: dict[str, Any], kind: str, model: str, adapter: str) -> None:
    known = entry(given["reranker"])
    spec = resolve(Settings(**given)).engine
    assert spec is not None
    assert (spec.kind, spec.base_url) == (kind, given.get("base_url", ""))
    assert spec.model == {"base": known.weights}.get(model, model)
    assert spec.adapter == {"adapter": known.adapter}.get(adapter, adapter)


def test_answers_of_models_that_score_are_not_kept_on_disk() -> None:
    kept = {name: resolve(Settings(reranker=name)).engine for name in ("rank-r1-nano", "minilm-cosine")}
    assert {name: spec.cache for name, spec in kept.items() if spec} == {"rank-r1-nano": True, "minilm-cosine": False}
    written = resolve(Settings(cache=False)).engine
    assert written is not None
    assert not written.cache


def test_an_encoder_has_a_server_of_its_own() -> None:
    spec = resolve(Settings(reranker="minilm-cosine", base_url=URL, encoder_url="http://e:1/v1")).engine
    assert spec is not None
    assert spec.base_url == "http://e:1/v1"


def test_an_index_with_vectors_is_searched_by_words_and_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"both": SimpleNamespace(vectors=object()), "words": SimpleNamespace(vectors=None)}
    monkeypatch.setattr(indexes, "present", found.get)
    assert best_retriever("both") == ("hybrid", "")
    assert best_retriever("words") == ("bm25", "found by words alone (BM25), since index 'words' has no vectors yet")
    own = f"own-{'0' * 32}"
    assert best_retriever(own)[1] == "found by words alone (BM25), since your documents have no vectors yet"
    assert (resolve(Settings(index="both")).retriever, resolve(Settings(index="both", retriever="bm25")).note) == (
        "hybrid",
        "",
    )


def test_the_sort_that_is_taken_is_the_quickest_by_what_was_measured() -> None:
    server = Settings(base_url=URL, reranker="rank-r1-7b-v0.1")
    spec = resolve(server).engine
    assert spec is not None
    before = resolve(server).sort
    slow_to_read = replace(calibration.costs(spec), alone=0.0, beside=0.0, token=1.0, room=False)
    calibration.keep(spec, slow_to_read)
    assert resolve(server).sort != before
    assert resolve(replace(server, sort="chain")).sort == "chain"
    assert sort(Settings(), None) == sort(Settings(), entry("rankgpt")) == "tournament", "these have one way only"


def test_a_recording_says_what_was_used_and_no_address() -> None:
    settings = Settings(base_url=URL, encoder_url="http://enc:1", milvus="http://m:2", reranker="rank-r1-7b-v0.1")
    found = public(settings)
    assert (found["engine"], found["retriever"], found["reranker"]) == ("openai", "bm25", "rank-r1-7b-v0.1")
    assert found["sort"] == resolve(settings).sort != "auto"
    assert found["order"] == resolve(settings).order != ""
    text = json.dumps(found)
    for private in ("secret", "10.0.0.1", "enc:1", "m:2"):
        assert private not in text
    assert public(Settings(reranker="minilm-cosine"))["engine"] == "encoder"
    assert public(Settings(reranker="none"))["engine"] == "transformers"

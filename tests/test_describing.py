"""What a model of the catalogue is, in lines: every model has its method, its prompt, and the calls of a search."""

from __future__ import annotations

from typing import Any

import pytest

from rankr1_app.catalogue import entries
from rankr1_app.describing import METHODS, description
from rankr1_app.errors import Problem
from rankr1_app.reranking import FAMILIES
from rankr1_app.settings import Settings


def described(name: str, **settings: Any) -> dict[str, str]:
    """Return the lines of a model that have a key."""
    lines = description(name, Settings(**settings))
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def test_every_family_has_words() -> None:
    assert set(METHODS) == set(FAMILIES)


@pytest.mark.parametrize("name", list(entries()))
def test_every_model_can_be_described(name: str) -> None:
    found = described(name)
    assert found["name"] == name
    assert ": " in found["method"]
    assert found["top 10 of 20"].split()[0].isdigit()
    assert "0" not in found.values(), "what a model does not have is left out"


@pytest.mark.parametrize(
    ("name", "settings", "calls"),
    [
        ("reasonrank-7b", {}, ("1 call in 1 round", "9 calls in 9 rounds")),
        ("minilm-cosine", {}, ("1 call in 1 round", "4 calls in 1 round")),
        ("qwen3-reranker-8b", {}, ("20 calls in 1 round", "100 calls in 1 round")),
        ("rank-r1-32b-v0.2", {"docs_per_call": 20, "sort": "heapsort"}, ("10 calls", "20 calls")),
    ],
)
def test_calls_of_a_search_are_those_of_its_settings(
    name: str, settings: dict[str, Any], calls: tuple[str, str]
) -> None:
    found = described(name, **settings)
    assert found["top 10 of 20"].startswith(calls[0])
    assert found["top 10 of 100"].startswith(calls[1])
    assert set(described(name, k=3, **settings)) >= {"top 3 of 20", "top 3 of 100"}


def test_the_prompt_is_shown_with_stand_ins() -> None:
    text = "\n".join(description("rank-r1-nano", Settings()))
    assert "\nsystem:\n" in text
    assert "\nuser:\n" in text
    assert "(query)" in text
    assert "(document 1)" in text
    assert "(document 2)" in text
    alone = "\n".join(description("qwen3-reranker-8b", Settings()))
    assert "(document 1)" in alone
    assert "(document 2)" not in alone, "this one reads documents one by one"
    assert "user:" not in "\n".join(description("minilm-cosine", Settings())), "a model that scores has no prompt"


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(Problem, match="reranker 'rank-r9' is unknown, known are rank-r1-nano"):
        list(description("rank-r9", Settings()))

"""A reranker's ranking and the first stage's, made into one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app import reranking
from rankr1_app.errors import Problem
from rankr1_app.events import Planned, RankSettled
from rankr1_app.plan import resolve
from rankr1_app.reranking.interpolation import interpolated
from rankr1_app.settings import Settings

from ..doubles import candidates
from .lists import Lists
from .test_scoring import Numbers

FIRST = [("a", 10.0), ("b", 5.0), ("c", 0.0)]
SECOND = [("c", 0.9), ("b", 0.8), ("a", 0.1)]


def test_by_scores_from_0_to_1() -> None:
    found = dict(interpolated(FIRST, SECOND, "min-max", 0.5))
    assert found == pytest.approx({"a": 0.5, "b": 0.25 + 0.4375, "c": 0.5})
    assert [document for document, _ in interpolated(FIRST, SECOND, "min-max", 0.5)] == ["b", "c", "a"]


def test_by_standard_scores() -> None:
    found = dict(interpolated([("a", 3.0), ("b", 1.0)], [("b", 8.0), ("a", 4.0)], "z-score", 0.25))
    assert found == pytest.approx({"a": 0.25 - 0.75, "b": -0.25 + 0.75})


def test_by_ranks() -> None:
    found = dict(interpolated(FIRST, [("c", None), ("b", None), ("a", None)], "rrf", 0.5))
    assert found == pytest.approx({"a": (1 / 61 + 1 / 63) / 2, "b": 1 / 62, "c": (1 / 63 + 1 / 61) / 2})


@pytest.mark.parametrize("method", ["min-max", "z-score", "rrf"])
def test_a_weight_of_0_or_1_leaves_one_of_them(method: str) -> None:
    assert [document for document, _ in interpolated(FIRST, SECOND, method, 0.0)] == ["c", "b", "a"]
    assert [document for document, _ in interpolated(FIRST, SECOND, method, 1.0)] == ["a", "b", "c"]


@settings(max_examples=2000, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), max_size=12),
    st.randoms(use_true_random=False),
    st.sampled_from(["min-max", "z-score", "rrf"]),
    st.floats(0, 1),
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=12, max_size=12),
)
def test_no_document_is_lost(first: list[float], dice, method: str, weight: float, second: list[float | None]) -> None:  # type: ignore[no-untyped-def]
    names = [str(place) for place in range(len(first))]
    other = list(names)
    dice.shuffle(other)
    made = interpolated(list(zip(names, first, strict=True)), list(zip(other, second, strict=False)), method, weight)
    assert sorted(document for document, _ in made) == sorted(names)
    scores = [score for _, score in made]
    assert scores == sorted(scores, reverse=True)


async def test_the_weight_is_in_the_name_of_the_score() -> None:
    plan = resolve(Settings(reranker="minilm-cosine", interpolation="z-score", first_stage_weight=0.25).checked())
    made = reranking.create(plan, Numbers())
    found = [event async for event in made.rerank("q", candidates([1, 2, 3]), 2, lambda: 0.0)]
    settled = [event for event in found if isinstance(event, RankSettled)]
    assert [event.document for event in settled] == ["d3", "d2"]
    assert settled[0].score_name == "0.25 × first stage + 0.75 × number (z-score)"
    assert settled[0].calls == (1,)


async def test_a_method_without_scores_is_interpolated_by_ranks_alone() -> None:
    with pytest.raises(Problem, match="interpolation 'z-score' needs scores, and rankgpt gives none; give 'rrf'"):
        Settings(reranker="rankgpt", engine="vllm", interpolation="z-score").checked()
    chosen = Settings(reranker="rankgpt", engine="vllm", interpolation="rrf", first_stage_weight=0.4).checked()
    made = reranking.create(resolve(chosen), Lists())
    assert made.plan(30, 10) == Planned(at=0.0, calls=2, rounds=2)
    found = [event async for event in made.rerank("q", candidates([1, 2, 3]), 3, lambda: 0.0)]
    settled = [event for event in found if isinstance(event, RankSettled)]
    assert [event.document for event in settled] == ["d3", "d2", "d1"]
    assert settled[0].score_name == "0.4 × first stage + 0.6 × rank (rrf)"

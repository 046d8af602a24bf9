"""Fusion: laws that hold for any rankings, and Pyserini's own reciprocal ranks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from rankr1_app.retrieval.fusion import borda, min_max, reciprocal_ranks, scaled

some_times = settings(max_examples=50, deadline=None)
SCORES = some.floats(-1e6, 1e6, allow_subnormal=False)


@some.composite
def rankings(draw: some.DrawFn) -> list[list[tuple[str, float]]]:
    """One to four rankings of a few ids, best first."""
    one = some.dictionaries(some.sampled_from([f"d{n}" for n in range(9)]), SCORES, max_size=9)
    return [sorted(each.items(), key=lambda pair: -pair[1]) for each in draw(some.lists(one, min_size=1, max_size=4))]


@some_times
@given(rankings())
def test_every_document_once_best_first_ties_by_id(found: list[list[tuple[str, float]]]) -> None:
    for fused in (min_max(found, [1 / len(found)] * len(found)), reciprocal_ranks(found), borda(found)):
        assert {document for document, _ in fused} == {document for each in found for document, _ in each}
        assert [document for document, _ in fused] == [
            document for document, _ in sorted(dict(fused).items(), key=lambda pair: (-pair[1], pair[0]))
        ]


@some_times
@given(rankings())
def test_scores_of_min_max_are_between_0_and_the_weights(found: list[list[tuple[str, float]]]) -> None:
    assert all(0 <= score <= 1 + 1e-9 for _, score in min_max(found, [1 / len(found)] * len(found)))


@some_times
@given(rankings())
def test_a_ranking_of_weight_0_orders_nothing(found: list[list[tuple[str, float]]]) -> None:
    alone = dict(min_max(found[:1], [1.0]))
    fused = dict(min_max(found, [1.0, *[0.0] * (len(found) - 1)]))
    assert all(fused[document] == alone.get(document, 0.0) for document in fused)


@some_times
@given(rankings(), some.floats(0.1, 10), some.floats(-100, 100))
def test_min_max_does_not_see_the_scale(found: list[list[tuple[str, float]]], times: float, plus: float) -> None:
    other = [[(document, score * times + plus) for document, score in each] for each in found]
    for before, after in zip(found, other, strict=True):
        spread = {score for _, score in before}
        if len(spread) < 2 or max(spread) - min(spread) > 1e-3:
            assert scaled(after) == pytest.approx(scaled(before), abs=1e-4)


@some_times
@given(rankings())
def test_reciprocal_ranks_do_not_see_scores(found: list[list[tuple[str, float]]]) -> None:
    assert reciprocal_ranks([[(document, 0.0) for document, _ in each] for each in found]) == reciprocal_ranks(found)


def test_by_hand() -> None:
    words, meaning = [("a", 10.0), ("b", 5.0), ("c", 0.0)], [("c", 0.9), ("d", 0.1)]
    assert min_max([words, meaning], [0.5, 0.5]) == [("a", 0.5), ("c", 0.5), ("b", 0.25), ("d", 0.0)]
    assert min_max([words, meaning], [0.25, 0.75])[0] == ("c", 0.75)
    assert reciprocal_ranks([words, meaning])[0] == ("c", 1 / 63 + 1 / 61)
    assert min_max([[("b", 2.0), ("a", 2.0)]], [1.0]) == [("a", 1.0), ("b", 1.0)]
    assert reciprocal_ranks([]) == min_max([[]], [1.0]) == []


def test_one_weight_for_each_ranking() -> None:
    with pytest.raises(ValueError, match="zip"):
        min_max([[("a", 1.0)]], [0.5, 0.5])


@pytest.mark.filterwarnings("ignore:invalid escape sequence")
def test_reciprocal_ranks_are_those_of_pyserini(tmp_path: Path) -> None:
    from pyserini import fusion, trectools

    words = [(f"d{n:03}", 100.0 - n) for n in range(0, 120, 2)]
    meaning = [(f"d{n:03}", 1.0 - n / 200) for n in range(0, 180, 3)]

    def run(name: str, ranking: Sequence[tuple[str, float]]) -> object:
        lines = [f"q Q0 {document} {rank} {score} x\n" for rank, (document, score) in enumerate(ranking, 1)]
        (tmp_path / name).write_text("".join(lines))
        return trectools.TrecRun(str(tmp_path / name))

    theirs = fusion.reciprocal_rank_fusion([run("words", words), run("meaning", meaning)]).run_data
    ours = reciprocal_ranks([words, meaning])
    assert list(theirs["docid"]) == [document for document, _ in ours]
    assert list(theirs["score"]) == pytest.approx([score for _, score in ours])


def test_votes_are_places_before_the_end() -> None:
    first, second = [("a", 9.0), ("b", 8.0), ("c", 1.0)], [("c", 3.0), ("d", 2.0)]
    assert borda([first, second]) == [("a", 3.0), ("c", 3.0), ("b", 2.0), ("d", 1.0)]

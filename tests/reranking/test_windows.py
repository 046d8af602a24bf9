"""Sliding windows and permutations: nothing is lost, doubled or invented, whatever a model answers."""

from __future__ import annotations

import copy
import itertools
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.errors import Problem
from rankr1_app.reranking.windows import permutation, placed, reranked, rounds, windows

ANSWERS = st.one_of(
    st.text(max_size=80),
    st.lists(st.integers(-3, 30), max_size=40).map(lambda labels: " > ".join(f"[{label}]" for label in labels)),
    st.text(alphabet="[]0123456789> ,.<answer/think", max_size=80),
)


def test_windows_as_published() -> None:
    assert windows(100) == [(start, start + 20) for start in range(80, -1, -10)]
    assert windows(25) == [(5, 25), (0, 15)]
    assert windows(20) == [(0, 20)]
    assert windows(7) == [(0, 7)]
    assert windows(1) == [(0, 1)]
    assert windows(0) == []
    assert windows(41, 20, 20) == [(21, 41), (1, 21), (0, 1)]
    assert windows(5, 2, 1) == [(3, 5), (2, 4), (1, 3), (0, 2)]


@pytest.mark.parametrize("stride", [0, -1, 21])
def test_a_stride_that_never_ends_or_leaves_places_out_is_refused(stride: int) -> None:
    with pytest.raises(Problem, match=f"stride {stride} is out of range, it must be 1 to 20"):
        windows(100, 20, stride)


def test_windows_that_share_no_place_are_asked_at_once() -> None:
    assert rounds(40, 20, 20) == [[(20, 40), (0, 20)]]
    assert rounds(40, 20, 10) == [[(20, 40)], [(10, 30)], [(0, 20)]]
    assert rounds(0, 20, 20) == []


@settings(max_examples=2000, deadline=None)
@given(st.integers(0, 200), st.integers(1, 40), st.data())
def test_windows_reach_every_place_and_overlap_by_what_the_stride_leaves(
    documents: int, window: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(1, window))
    found = windows(documents, window, stride)
    assert {place for start, end in found for place in range(start, end)} == set(range(documents))
    assert all(0 <= start < end <= documents and end - start <= window for start, end in found)
    assert found[:1] == ([(max(0, documents - window), documents)] if documents else [])
    for (start, end), (start_above, end_above) in itertools.pairwise(found):
        assert end - end_above == stride
        assert start_above == max(0, start - stride)
        assert start > 0


@settings(max_examples=2000, deadline=None)
@given(ANSWERS, st.integers(1, 20))
def test_a_permutation_has_every_place_once(text: str, size: int) -> None:
    found = permutation(text, size)
    assert sorted(found.order) == list(range(size))
    assert list(found.order[found.named :]) == sorted(found.order[found.named :])
    whole = re.fullmatch(r"\s*\[\d+\](\s*>\s*\[\d+\])*\s*", text) and len(re.findall(r"\d+", text)) == size
    assert (found.why == "") == bool(whole and found.named == size)


def published(hits: list[str], answer: str, start: int, end: int) -> list[str]:
    """What sunnweiwei/RankGPT makes of an answer, told by its published description: only digits are kept, labels are
    taken once, those that are none are left out, the others follow."""
    numbers = [int(each) - 1 for each in "".join(c if c.isdecimal() else " " for c in answer).split()]
    once: list[int] = []
    for number in numbers:
        if number not in once:
            once.append(number)
    window = copy.deepcopy(hits[start:end])
    order = [number for number in once if number in range(len(window))]
    order += [place for place in range(len(window)) if place not in order]
    result = copy.deepcopy(hits)
    for place, number in enumerate(order):
        result[start + place] = window[number]
    return result


@settings(max_examples=2000, deadline=None)
@given(st.integers(1, 60), st.integers(0, 2**32), ANSWERS)
def test_replayed_answers_give_the_published_ranking(documents: int, seed: int, odd: str) -> None:
    dice = random.Random(seed)
    ranking = [f"d{place}" for place in range(documents)]
    answers = []
    expected = list(ranking)
    end, start = documents, 1
    while start > 0:
        start = max(end - 20, 0)
        labels = [dice.randint(1, 22) for _ in range(dice.randint(0, 22))]
        answer = odd if dice.random() < 0.2 else " > ".join(f"[{label}]" for label in labels)
        if re.search(r"\d{7}", answer):
            answer = ""
        answers.append(answer)
        expected = published(expected, answer, start, end)
        end = end - 10
    assert reranked(ranking, answers) == expected


def test_answers_and_windows_must_be_as_many() -> None:
    with pytest.raises(Problem, match="answers are 1, there must be 2: one for each window of 20 over 25 documents"):
        reranked([str(place) for place in range(25)], ["[1]"])


def test_what_is_mended_is_told() -> None:
    found = permutation("[2] > [2] > [9] > [1]", 4)
    assert found.order == (1, 0, 2, 3)
    assert found.why == (
        "1 label came again and was dropped; 1 label was out of range and dropped; "
        "2 labels were missing and put last as before"
    )
    assert permutation("[2] > [1]", 2).why == ""
    assert permutation("2, 1", 2).why == "it is not written as labels and nothing else"
    assert permutation("9" * 5000 + " 2", 2).order == (1, 0)


def test_a_window_is_put_in_its_place() -> None:
    assert placed("abcdef", 2, (2, 0, 1)) == ["a", "b", "e", "c", "d", "f"]

"""Kendall's tau and rank-biased overlap, by hand and by their bounds; the page's own are held by the same numbers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from rankr1_app.agreement import rbo, tau

RANKINGS = st.lists(st.sampled_from("abcdefghijkl"), unique=True, max_size=12)


def test_rbo_is_as_webber_et_al_have_it() -> None:
    """Equation 30 at p = 0.5, then 32 for lists of two lengths, worked out by hand."""
    assert rbo("ab", "ba", 0.5) == pytest.approx(0.25 + 0.25)
    assert rbo("a", "ab", 0.5) == pytest.approx(0.5 + 0.125 + 0.125 + 0.25)
    assert rbo("xa", "abx", 0.5) == pytest.approx(0.125 + 2 / 24 + 1 / 48 + (1 / 3 + 1 / 2) / 8)
    assert rbo("", "abc") is None


@settings(max_examples=2000)
@given(RANKINGS, RANKINGS)
def test_agreement_is_the_same_either_way_and_within_its_bounds(first: list[str], second: list[str]) -> None:
    overlap, order = rbo(first, second), tau(first, second)
    assert overlap == rbo(second, first) or overlap == pytest.approx(rbo(second, first))
    assert order == tau(second, first)
    if overlap is not None:
        assert -1e-9 <= overlap <= 1 + 1e-9
        assert overlap == pytest.approx(0) or {*first} & {*second}
    if first:
        assert rbo(first, first) == pytest.approx(1)
    shared = [each for each in first if each in second]
    if len(shared) > 1:
        expected = stats.kendalltau(range(len(shared)), [second.index(each) for each in shared]).statistic
        assert order == pytest.approx(expected)
    else:
        assert order is None

"""How sure a mean and a difference are: bootstrap intervals, and probabilities corrected for many comparisons."""

from __future__ import annotations

import pytest

from rankr1_app.significance import holm, interval


def test_correction_for_many_comparisons() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


def test_an_interval_holds_the_mean_and_narrows() -> None:
    few, many = [0.0, 1.0] * 5, [0.0, 1.0] * 200
    low, high = interval(few)
    assert low < 0.5 < high
    closer = interval(many)
    assert low < closer[0] < 0.5 < closer[1] < high
    assert interval(few) == (low, high)
    assert interval([0.3]) == pytest.approx((0.3, 0.3))

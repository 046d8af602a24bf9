"""How sure a mean over topics is, and a difference between two systems where many are compared. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

RESAMPLES = 10_000
"""Times the topics are drawn anew for an interval."""
LEVEL = 0.95
SEED = 929


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return the bounds of the mean at `LEVEL`, by drawing topics anew (percentile bootstrap); of a single topic they
    are its value."""
    import numpy

    found = numpy.asarray(values, dtype=float)
    dice = numpy.random.default_rng(SEED)
    # A few at a time: many topics would take much memory at once.
    means = numpy.concatenate(
        [found[dice.integers(0, len(found), (100, len(found)))].mean(axis=1) for _ in range(RESAMPLES // 100)]
    )
    low, high = numpy.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Return each probability as it is after correction for how many there are (Holm, 1979): the smallest counts as
    many times as there are tests, the next one time less, and none less than one before it."""
    order = sorted(range(len(probabilities)), key=probabilities.__getitem__)
    corrected, highest = [0.0] * len(probabilities), 0.0
    for place, number in enumerate(order):
        highest = max(highest, min(1.0, probabilities[number] * (len(probabilities) - place)))
        corrected[number] = highest
    return corrected

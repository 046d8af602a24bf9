"""Sliding windows over a list, from its last place to its first, and the permutations that a model gives for them.

Pure functions, as RankGPT (Sun et al., 2023) and rank_llm publish the algorithm: a window is put in the order of the
answer, then the next begins `stride` places further up. `reranked` replays whole answers without a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..errors import Problem

T = TypeVar("T")
WINDOW, STRIDE = 20, 10
"""As published."""
NUMBER = re.compile(r"\d+")
WRITTEN = re.compile(r"\s*\[\d+\](?:\s*>\s*\[\d+\])*\s*")
LONGEST = 6
"""Digits of a number that can be a label."""


@dataclass(frozen=True)
class Permutation:
    """The places of a window, from 0, in the order of an answer, each once. `named` of them were in the answer; `why`
    says in words what had to be mended, empty for nothing."""

    order: tuple[int, ...]
    named: int
    why: str = ""


def windows(documents: int, window: int = WINDOW, stride: int = STRIDE) -> list[tuple[int, int]]:
    """Return start and end of each window over so many documents, the last places first. The first places are always
    reached: the last window begins there and may be smaller than the others. Raises `Problem` for a stride that leaves
    places out, or never ends."""
    if not 1 <= stride <= window:
        raise Problem(f"stride {stride} is out of range, it must be 1 to {window}, the size of a window")
    found = []
    end = documents
    while end > 0:
        start = max(0, end - window)
        found.append((start, end))
        end = end - stride if start else 0
    return found


def rounds(documents: int, window: int, stride: int) -> list[list[tuple[int, int]]]:
    """Return the windows in groups that can be asked for at once: all of them where none shares a place with another,
    else one by one, since each begins with what the one before it moved up."""
    found = windows(documents, window, stride)
    return [found] if found and stride == window else [[each] for each in found]


def permutation(text: str, size: int) -> Permutation:
    """Read an answer such as `[2] > [3] > [1]` for a window of `size`, and mend it as published: every number in it
    counts, those that come again or are no label are dropped, and what is missing follows in the order it had."""
    labels = [int(each) if len(each) <= LONGEST else 0 for each in NUMBER.findall(text)]
    valid = [label - 1 for label in labels if 1 <= label <= size]
    named = list(dict.fromkeys(valid))
    why = "" if WRITTEN.fullmatch(text) else "it is not written as labels and nothing else"
    return mended(named, size, why, repeated=len(valid) - len(named), outside=len(labels) - len(valid))


def mended(named: Sequence[int], size: int, why: str = "", *, repeated: int = 0, outside: int = 0) -> Permutation:
    """Return places in the order they were named, then those that were not. `why`, and how many were `repeated` or
    `outside` of the window, is told."""
    missing = [place for place in range(size) if place not in set(named)]
    faults = [
        why,
        f"{counted(repeated)} came again and {was(repeated)} dropped" if repeated else "",
        f"{counted(outside)} {was(outside)} out of range and dropped" if outside else "",
        f"{counted(len(missing))} {was(len(missing))} missing and put last as before" if missing else "",
    ]
    return Permutation((*named, *missing), len(named), "; ".join(filter(None, faults)))


def counted(labels: int) -> str:
    """Return a number of labels in words."""
    return f"{labels} label{'s'[: labels > 1]}"


def was(labels: int) -> str:
    """Return the verb for a number of labels."""
    return "were" if labels > 1 else "was"


def placed(ranking: Sequence[T], start: int, order: Sequence[int]) -> list[T]:
    """Return a ranking whose places from `start` on are put in another order."""
    window = ranking[start : start + len(order)]
    return [*ranking[:start], *(window[place] for place in order), *ranking[start + len(order) :]]


def reranked(documents: Sequence[T], answers: Iterable[str], window: int = WINDOW, stride: int = STRIDE) -> list[T]:
    """Return `documents`, given best first, in the order that `answers` put them in: one raw answer for each window,
    from the last window to the first. Raises `Problem` where there are fewer answers or more than windows."""
    ranking, given = list(documents), list(answers)
    places = windows(len(ranking), window, stride)
    if len(given) != len(places):
        raise Problem(
            f"answers are {len(given)}, there must be {len(places)}: one for each window of {window} over "
            f"{len(ranking)} documents, stride {stride}"
        )
    for (start, end), answer in zip(places, given, strict=True):
        ranking = placed(ranking, start, permutation(answer, end - start).order)
    return ranking

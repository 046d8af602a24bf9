"""Quotations are found where they stand, and those that do not are said to be missing."""

from __future__ import annotations

import time

import pytest

from rankr1_app.explanation.evidence import evidence

DOCUMENT = "Bread rises: the yeast eats SUGAR, and makes a gas that cannot leave the dough — so it grows."


def found(said: str) -> list[tuple[str, str | None, bool]]:
    return [
        (said[e.start : e.end], DOCUMENT[slice(*e.found)] if e.found else None, e.exact)
        for e in evidence(said, DOCUMENT)
    ]


@pytest.mark.parametrize(
    ("said", "quoted", "there", "exact"),
    [
        ('It says "the yeast eats sugar".', "the yeast eats sugar", "the yeast eats SUGAR", True),
        ("It says “Yeast eats sugar and makes”.", "Yeast eats sugar and makes", "yeast eats SUGAR, and makes", True),
        ("«the dough so it grows»", "the dough so it grows", "the dough — so it grows", True),
        ('"makes a gas which cannot leave the dough"', "makes a gas which cannot leave the dough", None, False),
        ('"gas that cannot ever leave the dough"', "gas that cannot ever leave the dough", None, False),
        ('"the yeast eats starch"', "the yeast eats starch", None, True),
        ('"stone"', "stone", None, True),
        ("leaf is there (1)", "leaf", None, True),
        ("rise is there (1)", "rise", None, False),
        ("bread is there (1)", "bread", "Bread", True),
        ("stone is there (1)", "stone", None, True),
    ],
)
def test_a_quotation(said: str, quoted: str, there: str | None, exact: bool) -> None:
    ((words, place, exactly),) = found(said)
    assert words == quoted
    if exact:
        assert place == there
        assert exactly
    else:
        assert place is not None
        assert not exactly


def test_parts_around_an_omission_are_looked_for_alone() -> None:
    assert found('"the yeast eats ... leave the dough"') == [
        ("the yeast eats", "the yeast eats", True),
        ("leave the dough", "leave the dough", True),
    ]


@pytest.mark.parametrize("said", ["nothing quoted", "it's the baker's bread", '""', '"..."', "bread is missing,", ""])
def test_no_quotation(said: str) -> None:
    assert found(said) == []


def test_hostile_sizes_end() -> None:
    assert len(evidence('"' + "a b " * 100 + '"' * 3, "a b c " * 600)) >= 1
    assert evidence('"word here now too"', "") != []


def test_quotations_without_an_equal_are_looked_for_in_bounded_time() -> None:
    document = "a b c d e f g h " * 500
    said = f'"{"h g f e d c b a " * 7}" ' * 5
    began = time.perf_counter()
    assert [each.found for each in evidence(said, document)] == [None] * 5
    assert time.perf_counter() - began < 2

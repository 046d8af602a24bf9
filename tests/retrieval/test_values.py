"""JSON values one by one, however they are cut into blocks, and nothing held beyond one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.retrieval.fields import Wrong
from rankr1_app.retrieval.values import values


def read(text: str, size: int = 3, limit: int = 1000) -> list[Any]:
    """Return the values of a text that comes in blocks of `size` bytes."""
    raw = text.encode()
    return list(values((raw[at : at + size] for at in range(0, len(raw), size)), limit))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \n ", []),
        ("[]", []),
        ("[1, -2.5, 3.0e+2, null, true, \"x\"]", [1, -2.5, 300.0, None, True, "x"]),
        ('{"a": 1}\n{"a": 2}', [{"a": 1}, {"a": 2}]),
        ('{"a": 1},\n{"a": 2},', [{"a": 1}, {"a": 2}]),
        ('[{"a": [1, [2]]}] [3]', [{"a": [1, [2]]}, 3]),
        ("[1]\n[2]\n3", [1, 2, 3]),
        ("\ufeff[1]", [1]),
        ("[12345678, 9]", [12345678, 9]),
        ('["caf\u00e9 \U0001f600"]', ["caf\u00e9 \U0001f600"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_elements_of_arrays_and_what_stands_outside_of_them(text: str, found: list[Any], size: int) -> None:
    assert read(text, size) == found


@pytest.mark.parametrize(
    ("text", "before", "says"),
    [
        ('[1, {"a": ', [1], "a value is not JSON"),
        ("[1, 2", [1, 2], "the array is never closed"),
        ("[1, nonsense]", [1], "a value is not JSON"),
        ('["' + "x" * 2000, [], "a value is over the limit, or is not JSON"),
        ('["' + "x" * 990 + '", nonsense]', ["x" * 990], "a value is not JSON"),
        ('["' + "x" * 1100 + '"]', [], "a value is over the limit"),
        ("[" + "[" * 50_000, [], "a value is over the limit, or is not JSON"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said_after_the_values_before_it(text: str, before: list[Any], says: str) -> None:
    coming = values(iter([text.encode()]), 1000)
    assert list(islice(coming, len(before))) == before
    with pytest.raises(Wrong, match=f"^{says}$"):
        next(coming)


def test_no_more_is_read_than_the_values_taken_need() -> None:
    taken = 0

    def blocks() -> Iterator[bytes]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield b"[" * (number == 0) + b'{"n": %d},' % number

    coming = values(blocks(), 1000)
    assert [next(coming)["n"] for _ in range(100)] == list(range(100))
    assert taken < 400


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(JSON, max_size=5), st.integers(1, 40), st.sampled_from([None, 1]))
def test_an_array_that_was_written_is_read_back(written: list[Any], size: int, indent: int | None) -> None:
    assert read(json.dumps(written, indent=indent), size) == written

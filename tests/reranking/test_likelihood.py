"""How likely each label was as the answer, in vocabularies where a label is one token and where it is several."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.engines.protocol import Token
from rankr1_app.reranking.likelihood import last_place, likelihoods, uniform, weighed

from ..explanation.test_strengths import ANSWER


def logs(**shares: float) -> dict[str, float]:
    return {text: math.log(share) for text, share in shares.items()}


async def nothing(text: str) -> Mapping[str, float]:
    raise AssertionError(f"asked what follows {text!r}")


def tokens(text: str, *pieces: tuple[str, dict[str, float]]) -> list[Token]:
    """The pieces as the last tokens of `text`."""
    found, at = [], len(text) - sum(len(piece) for piece, _ in pieces)
    for piece, shares in pieces:
        found.append(Token(at, piece, logs(**shares)))
        at += len(piece)
    return found


async def test_labels_of_one_token() -> None:
    text = "<think>…</think>\n<answer>[2]</answer>"
    told = tokens(text, ("[2]", {"[2]": 0.7, "[1]": 0.2, "[3]": 0.05, "no": 0.05}), ("</answer>", {}))
    assert await likelihoods(text, told, 4, nothing) == pytest.approx((0.2, 0.7, 0.05, 0.0))


async def test_digits_within_nine() -> None:
    text = "<answer>[2]</answer>"
    told = tokens(text, (">[", {">[": 1.0}), ("2", {"2": 0.6, "9": 0.3, "x": 0.1}), ("]</answer>", {}))
    assert await likelihoods(text, told, 9, nothing) == pytest.approx((0, 0.6, 0, 0, 0, 0, 0, 0, 0.3))


async def test_two_digits_need_what_follows_the_first() -> None:
    """The path the model took is known; the other first digit that may go on is asked for."""
    text = "<answer>[12]</answer>"
    told = tokens(
        text,
        ("1", {"1": 0.5, "2": 0.3, "3": 0.2}),
        ("2", {"2": 0.6, "0": 0.1, "]": 0.3}),
        ("]</answer>", {}),
    )
    asked = []

    async def follow(before: str) -> Mapping[str, float]:
        asked.append(before)
        return logs(**{"]</": 0.9, "0": 0.1})

    found = await likelihoods(text, told, 20, follow)
    assert asked == ["<answer>[2"]
    expected = {1: 0.15, 2: 0.27, 3: 0.2, 10: 0.05, 12: 0.3, 20: 0.03}
    assert found == pytest.approx([expected.get(label, 0.0) for label in range(1, 21)])
    assert sum(found) == pytest.approx(1.0)


async def test_a_label_beyond_the_documents_counts_for_nobody() -> None:
    text = "<answer>[2]</answer>"
    told = tokens(text, ("2", {"2": 0.6, "7": 0.3, "123456789": 0.1}), ("]</answer>", {}))
    assert await likelihoods(text, told, 3, nothing) == pytest.approx((0, 0.6, 0))


async def test_no_tokens_no_likelihoods() -> None:
    assert await likelihoods("<answer>[2]</answer>", [], 3, nothing) == ()
    assert await likelihoods("no answer", [Token(0, "no answer", {})], 3, nothing) == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<answer>[2]</answer>", "2"),
        ("<ANSWER> [ 12]", "12"),
        ("<answer>7", "7"),
        ("<answer>[1]</answer> or rather <answer>[3]</answer>", "3]</answer>"),
        ("[2]", None),
        ("<answer>Document [2]", None),
    ],
)
def test_the_number_of_the_last_answer_counts(text: str, place: str | None) -> None:
    found = last_place(text)
    assert (found is None) == (place is None)
    assert text[found:].startswith(place or "")


async def test_an_engine_that_cannot_say_what_follows_leaves_it_even() -> None:
    following = await uniform("anything")
    assert sum(math.exp(score) for score in following.values()) == pytest.approx(1.0)
    told = tokens("<answer>[1]", ("1", {"1": 1.0}), ("]", {}))
    found = await likelihoods("<answer>[1]", told, 20, uniform)
    assert found[0] == pytest.approx(1 / 11)
    assert found[9:19] == pytest.approx([1 / 11] * 10)
    assert found[19] == 0.0


async def test_what_stands_before_the_digits_has_to_be_the_same() -> None:
    text = "<answer> [2]</answer>"
    told = tokens(text, (" [2", {" [2": 0.6, "[3": 0.3, " [1": 0.1}), ("]</answer>", {}))
    assert await likelihoods(text, told, 3, nothing) == pytest.approx((0.1, 0.6, 0.0))


TEXTS = st.text("0123456789[] x\n\u0663\u00b2", max_size=5)
SHARES = st.dictionaries(TEXTS, st.floats(-30, 0), max_size=8)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(SHARES, SHARES, st.integers(1, 25))
def test_whatever_is_told_a_label_has_a_share_and_nothing_breaks(
    here: dict[str, float], after: dict[str, float], labels: int
) -> None:
    text = "<answer>[2]</answer>"
    found = likelihoods(text, [Token(9, "2", here), Token(10, "]</answer>", after)], labels, answering(after))
    with pytest.raises(StopIteration) as ended:
        found.send(None)
    assert len(ended.value.value) == labels
    assert all(share >= 0 and math.isfinite(share) for share in ended.value.value)


def answering(shares: Mapping[str, float]) -> Callable[[str], Coroutine[Any, Any, Mapping[str, float]]]:
    async def follow(_: str) -> Mapping[str, float]:
        return shares

    return follow


def test_an_answer_that_weighs_its_documents_says_how_likely_each_was() -> None:
    found = weighed(ANSWER, 6)
    assert sum(found) == pytest.approx(1.0)
    assert sorted(range(6), key=lambda place: -found[place])[:3] == [1, 0, 2]
    assert found[5] == found[3] == found[4], "what is not spoken of is as weak as the weakest"


@pytest.mark.parametrize(
    ("text", "labels"), [(ANSWER, 10), ("<think> [1] is best </think><answer>[1]</answer>", 2), ("", 1)]
)
def test_an_answer_that_weighs_half_of_its_documents_at_most_says_nothing(text: str, labels: int) -> None:
    assert weighed(text, labels) == ()

"""What retrievers share: where a candidate's score comes from, and what a retriever is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from rankr1_app import retrieval
from rankr1_app.events import Source
from rankr1_app.retrieval.protocol import (
    Choices,
    Explains,
    Notes,
    Places,
    Resembles,
    Retriever,
    Rewrites,
    parts_of,
    sourced,
)

from ..doubles import Fixed, candidates


def test_a_candidate_says_which_list_it_is_of_and_how_good_the_best_was() -> None:
    (first, second) = sourced(candidates([7, 3]), "bm25", "BM25")
    assert first.sources == (Source(retriever="bm25", rank=1, score=1.0, score_name="BM25", best=1.0),)
    assert second.sources == (Source(retriever="bm25", rank=2, score=0.5, score_name="BM25", best=1.0),)
    assert replace(first, sources=()) == candidates([7, 3])[0]


def test_a_candidate_of_a_fused_list_keeps_what_it_says() -> None:
    source = Source(retriever="dense", rank=4, score=0.1, score_name="cosine", best=0.9)
    (found,) = sourced([replace(candidates([7])[0], sources=(source,))], "hybrid", "sum")
    assert found.sources == (source,)


def test_no_candidates_have_no_best() -> None:
    assert sourced([], "bm25", "BM25") == ()


@dataclass
class Made(Fixed):
    """A retriever of others."""

    parts: tuple[Retriever, ...] = ()


def test_a_retriever_that_is_not_made_of_others_is_its_own_part() -> None:
    one, other = Fixed(()), Fixed((), name="other")
    assert parts_of(one) == (one,)
    assert parts_of(Made((), parts=(one, other))) == (one, other)


def test_what_a_retriever_can_do_besides_is_told_by_its_methods() -> None:
    assert not isinstance(Fixed(()), Explains | Notes | Places | Resembles | Rewrites)

    class Telling(Fixed):
        def note(self, query: str) -> str:
            return ""

    assert isinstance(Telling(()), Notes)


def test_every_kind_of_retriever_has_a_function_that_opens_an_index_by_choices() -> None:
    from importlib import import_module
    from inspect import signature

    for name, opens in retrieval.KINDS.items():
        module, _, function = opens.partition(":")
        index, _ = signature(getattr(import_module(module), function)).parameters
        assert index == "index", name


def test_choices_are_fused_by_scores_half_and_half_in_this_process() -> None:
    with pytest.raises(AttributeError):
        Choices().fusion = "rrf"  # type: ignore[misc]
    assert Choices() == Choices(encoder_url="", fusion="min-max", dense_weight=0.5, milvus="")

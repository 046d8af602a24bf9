"""The order of documents inside a call: of seed, query, documents and attempt alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.reranking.shuffle import ORDERS, Shuffle

DOCUMENTS = tuple(f"d{n}" for n in range(12))


def shuffle(order: str = "shuffled", seed: int = 929, query: str = "q") -> Shuffle:
    return Shuffle(order, seed, query, {document: rank for rank, document in enumerate(DOCUMENTS, 1)})


def mixed(seed: int = 1) -> tuple[str, ...]:
    return tuple(random.Random(seed).sample(DOCUMENTS, len(DOCUMENTS)))


def test_first_stage_and_its_reverse() -> None:
    assert shuffle("first-stage").labels(mixed()) == DOCUMENTS
    assert shuffle("reversed").labels(mixed()) == DOCUMENTS[::-1]


def test_a_kept_order_is_one_for_the_whole_search() -> None:
    kept = shuffle("kept")
    every = kept.labels(DOCUMENTS)
    assert every != DOCUMENTS
    for some in (DOCUMENTS[3:9], mixed()[:5]):
        assert kept.labels(some) == tuple(document for document in every if document in some)


def test_a_shuffled_order_is_another_one_for_other_documents() -> None:
    here = shuffle()
    whole, without = here.labels(DOCUMENTS), here.labels(DOCUMENTS[1:])
    assert without != tuple(document for document in whole if document != "d0")


@pytest.mark.parametrize("order", ORDERS)
def test_the_same_call_has_the_same_order_in_every_run(order: str) -> None:
    assert shuffle(order).labels(mixed(), 2) == shuffle(order).labels(mixed(), 2)


@pytest.mark.parametrize("order", ["shuffled", "kept"])
def test_seed_and_query_change_the_order(order: str) -> None:
    found = {shuffle(order, seed, query).labels(DOCUMENTS) for seed, query in ((1, "q"), (2, "q"), (1, "r"))}
    assert len(found) == 3


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(ORDERS), st.integers(1, 12), st.integers(0, 99), st.integers(1, 3))
def test_a_repeated_call_gives_every_document_another_label(order: str, size: int, seed: int, attempt: int) -> None:
    here, documents = shuffle(order, seed), mixed(seed)[:size]
    first, again = here.labels(documents, 1), here.labels(documents, 2)
    assert sorted(first) == sorted(again) == sorted(here.labels(documents, attempt)) == sorted(documents)
    if size > 1:
        assert all(one != other for one, other in zip(first, again, strict=True))


def test_one_document_and_a_query_that_no_file_could_hold() -> None:
    assert shuffle(query="\ud800").labels(("d1",), 2) == ("d1",)
    assert len(shuffle(query="\ud800").labels(DOCUMENTS)) == 12

"""Calls answered together give each caller its own."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from rankr1_app.events import Candidate
from rankr1_app.retrieval import indexes
from rankr1_app.retrieval.bm25 import BM25, open_index
from rankr1_app.retrieval.together import Together


def test_callers_that_wait_are_answered_at_once_and_each_with_its_own() -> None:
    sizes = []

    def answer(requests: Sequence[int]) -> list[int | Exception]:
        sizes.append(len(requests))
        time.sleep(0.02)
        return [ValueError(str(each)) if each % 10 == 3 else each * each for each in requests]

    together = Together(threading.RLock(), answer, 4)

    def call(number: int) -> object:
        try:
            return together.call(number)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(call, range(80)))
    assert results == [str(n) if n % 10 == 3 else n * n for n in range(80)]
    assert sum(sizes) == 80
    assert max(sizes) == 4


def test_a_fault_reaches_all_who_waited_and_the_next_is_answered() -> None:
    def answer(requests: Sequence[int]) -> list[int | Exception]:
        if 0 in requests:
            raise RuntimeError("broken")
        return list(requests)

    together = Together(threading.RLock(), answer, 4)
    with pytest.raises(RuntimeError, match="broken"):
        together.call(0)
    assert together.call(1) == 1


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> BM25:
    """An index of a few thousand texts of common words."""
    folder, chance = tmp_path_factory.mktemp("stress"), random.Random(929)
    words = [f"w{number}" for number in range(300)]
    rows = [{"id": f"d{n}", "title": "", "text": " ".join(chance.choices(words, k=30))} for n in range(3_000)]
    (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    indexes.build(folder / "c.jsonl", "stress", folder)
    return open_index(str(folder / "stress"))


def test_eight_threads_of_two_hundred_searches_find_what_one_finds(searcher: BM25) -> None:
    """Beside searches, documents are fetched and terms weighed: everything that crosses into Java."""
    chance = random.Random(7)
    asked = [(" ".join(f"w{chance.randrange(310)}" for _ in range(4)), chance.choice((1, 10, 30))) for _ in range(200)]
    expected = [searcher.search(query, depth) for query, depth in asked]

    def work(seed: int) -> list[tuple[int, tuple[Candidate, ...]]]:
        order = random.Random(seed).sample(range(200), 200)
        found = []
        for turn, place in enumerate(order):
            query, depth = asked[place]
            found.append((place, searcher.search(query, depth)))
            if turn % 20 == 0 and expected[place]:
                document = searcher.document(expected[place][0].id)
                assert document is not None
                assert document.text == expected[place][0].text
                assert sum(term.weight for term in searcher.terms(query, document.id)) == pytest.approx(
                    expected[place][0].score, abs=3e-4
                )
        return found

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(work, range(8)):
            assert all(result == expected[place] for place, result in found)

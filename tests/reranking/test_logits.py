"""Order from one answer: label probabilities from tokens, and the selection that needs two rounds."""

from __future__ import annotations

import math
import random
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from rankr1_app.engines.protocol import Chunk, Fault, Token
from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, CallStarted, RankSettled
from rankr1_app.reranking.likelihood import likelihoods
from rankr1_app.reranking.sorts.protocol import Comparison, Settled

from ..doubles import Scripted, best, candidates, setwise, shown
from .sorts.test_tournament import run as selected


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


def run(documents: list[str], k: int, docs_per_call: int) -> tuple[list[Settled], list[list[Comparison]]]:
    """Ranks and rounds under a judge whose whole order is right."""
    return selected(documents, k, docs_per_call, 0, "logits")


@pytest.mark.parametrize("n", [1, 2, 9, 10, 19, 20, 21, 43, 100, 333])
@pytest.mark.parametrize("docs_per_call", [2, 3, 5, 10, 20])
@pytest.mark.parametrize("k", [1, 10, 400])
def test_every_rank_once(n: int, docs_per_call: int, k: int) -> None:
    documents = [str(v) for v in random.Random(n).sample(range(n), n)]
    settled, rounds = run(documents, k, docs_per_call)
    assert [s.rank for s in settled] == list(range(1, min(n, k) + 1))
    assert len({s.document for s in settled}) == len(settled)
    assert settled[0].document == str(n - 1), "the best is best in every order"
    calls = [frozenset(c.documents) for each in rounds for c in each]
    assert len(calls) == len(set(calls))
    assert all(2 <= len(call) <= docs_per_call for call in calls)
    for each in settled:
        assert each.through is not None
        assert set(each.through) <= set(calls)
        assert all(each.document in call for call in each.through)


def test_top_ten_of_a_hundred_in_two_rounds() -> None:
    right = 0
    for seed in range(40):
        # A first stage that is good, not perfect: the dealt groups share its best.
        noise = random.Random(seed)
        documents = sorted(range(100), key=lambda v: -v + noise.gauss(0, 25))
        settled, rounds = run([str(v) for v in documents], 10, 20)
        assert len(rounds) == 2
        assert sum(map(len, rounds)) == 6
        right += len({int(s.document) for s in settled} & set(range(90, 100)))
    assert right / 400 >= 0.95


class Likely(Scripted):
    """Tells that a label is the likelier, the larger its document's number."""

    async def generate(self, messages: Any, decoding: Any) -> AsyncGenerator[Chunk, None]:
        at = 0
        async for chunk in super().generate(messages, decoding):
            if not chunk.finish_reason:
                yield chunk
                at += len(chunk.text)
                continue
            texts = shown(messages)
            answer = self.judge(texts)
            place = answer.rindex("[")
            weights = {f"[{n}]": float(text.split()[-1]) / 4 - 25 for n, text in enumerate(texts, 1)}
            yield replace(chunk, tokens=(Token(place, answer[place : answer.index("]", place) + 1], weights),))


async def test_search_ordered_by_likelihood() -> None:
    values = random.Random(3).sample(range(100), 100)
    reranker = replace(setwise(Likely(), docs_per_call=20), sort="logits")
    events = [event async for event in reranker.rerank("largest", candidates(values), 10, lambda: 0.0)]
    settled = [e for e in events if isinstance(e, RankSettled)]
    documents = {e.call: e.documents for e in events if isinstance(e, CallStarted)}
    assert len(documents) == 6
    assert [e.rank for e in settled] == list(range(1, 11))
    assert settled[0].document == "d99"
    last = [e for e in events if isinstance(e, CallFinished)][-1]
    in_final = sorted(documents[last.call], key=lambda d: -int(d[1:]))
    assert [e.document for e in settled] == in_final[:10]
    assert len(last.scores) == 20
    assert all(e.calls[-1] == last.call for e in settled)


async def test_chain_guesses_from_the_likelihoods() -> None:
    """Ten ranks of a hundred in four rounds, the first in two; plain selection takes a round a rank."""
    values = random.Random(3).sample(range(100), 100)
    found = {}
    for speculation in (0, 1):
        reranker = replace(setwise(Likely(), docs_per_call=20), sort="chain", speculation=speculation)
        events = [event async for event in reranker.rerank("largest", candidates(values), 10, lambda: 0.0)]
        settled = [e for e in events if isinstance(e, RankSettled)]
        assert [e.document for e in settled] == [f"d{value}" for value in range(99, 89, -1)]
        rounds = {e.call: e.round for e in events if isinstance(e, CallStarted)}
        found[speculation] = max(rounds.values()), rounds[settled[0].calls[-1]], len(rounds)
    assert found[1][0] <= 4
    assert found[1][1] == 2
    assert found[0][0] > 10
    assert found[1][2] <= 1.7 * found[0][2]


async def test_chain_without_likelihoods_finds_the_same() -> None:
    values = random.Random(3).sample(range(40), 40)
    reranker = replace(setwise(Scripted(), docs_per_call=20), sort="chain", speculation=1)
    events = [event async for event in reranker.rerank("largest", candidates(values), 5, lambda: 0.0)]
    assert [e.document for e in events if isinstance(e, RankSettled)] == [f"d{value}" for value in range(39, 34, -1)]


async def test_a_label_in_another_dress_does_not_end_the_search() -> None:
    """Where the answer is read leniently, its label may not be where the probabilities are told."""

    def judge(texts: list[str]) -> str:
        return best(texts).replace("<answer>[", "<answer>Document [") if len(texts) < 6 else best(texts)

    reranker = replace(setwise(Likely(judge=judge), docs_per_call=6), sort="logits")
    events = [event async for event in reranker.rerank("largest", candidates(range(17)), 3, lambda: 0.0)]
    statuses = {e.status for e in events if isinstance(e, CallFinished)}
    assert "ok" in statuses
    assert len([e for e in events if isinstance(e, RankSettled)]) == 3


async def test_a_fault_while_probabilities_are_asked_is_a_fault_of_its_call() -> None:
    class Broken(Likely):
        async def following(self, messages: Any, text: str) -> Any:
            raise Fault("connection cut")

        async def generate(self, messages: Any, decoding: Any) -> AsyncGenerator[Chunk, None]:
            async for chunk in super().generate(messages, decoding):
                yield replace(chunk, tokens=tuple(replace(t, alternatives={"[1": -1.0}) for t in chunk.tokens))

    reranker = replace(setwise(Broken(), docs_per_call=20), sort="logits")
    events: list[object] = []

    async def follow() -> None:
        async for event in reranker.rerank("largest", candidates(range(15)), 3, lambda: 0.0):
            events.append(event)

    with pytest.raises(Problem, match="not one answer .* connection cut"):
        await follow()
    finished = [e for e in events if isinstance(e, CallFinished)]
    assert {(e.status, e.finish_reason) for e in finished} == {("retried", "error"), ("failed", "error")}


async def test_an_engine_without_probabilities_says_so() -> None:
    reranker = replace(setwise(Scripted(), docs_per_call=20), sort="logits")
    with pytest.raises(Problem, match="tells no probabilities of its answers, give another --sort than logits"):
        _ = [event async for event in reranker.rerank("largest", candidates(range(9)), 3, lambda: 0.0)]

"""The tournament: the right ranks in few rounds, and nothing asked that cannot matter."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from rankr1_app.events import CallFinished, CallStarted, RankSettled
from rankr1_app.reranking.sorts import select

from ...doubles import Scripted, best, candidates, setwise
from .judges import run


def shuffled(n: int, seed: int = 0) -> list[str]:
    values = [str(v) for v in range(n)]
    random.Random(seed).shuffle(values)
    return values


@pytest.mark.parametrize("n", [1, 2, 3, 9, 10, 19, 20, 21, 43, 100, 333])
@pytest.mark.parametrize("docs_per_call", [2, 3, 5, 10, 19, 20])
@pytest.mark.parametrize("ahead", [0, 1, 2])
def test_right_top_ten(n: int, docs_per_call: int, ahead: int) -> None:
    if ahead == 2 and n * ahead / docs_per_call > 40:
        ahead = 1
    settled, rounds = run(shuffled(n, n + docs_per_call), 10, docs_per_call, ahead)
    assert [s.document for s in settled] == [str(v) for v in range(n - 1, n - 11, -1)][:n]
    assert [s.rank for s in settled] == list(range(1, len(settled) + 1))
    calls = [frozenset(c.documents) for comparisons in rounds for c in comparisons]
    assert len(calls) == len(set(calls)), "no comparison twice"
    assert all(2 <= len(call) <= docs_per_call for call in calls)
    asked = set(calls)
    for each in settled:
        assert each.through is not None
        assert set(each.through) <= asked
        assert all(each.document in documents for documents in each.through)


@pytest.mark.parametrize("sort", ["tournament", "chain"])
def test_where_all_fit_in_one_call_each_says_which_rank_it_finds(sort: str) -> None:
    _, rounds = run(shuffled(5), 3, 5, 0, sort)
    assert [each.purpose for comparisons in rounds for each in comparisons] == [f"finding rank {n}" for n in (1, 2, 3)]
    _, rounds = run(shuffled(5), 3, 5, 1, "chain")
    assert "guessing ahead to rank 3" in {each.purpose for comparisons in rounds for each in comparisons}


@pytest.mark.parametrize("sort", ["tournament", "heapsort"])
def test_both_sorts_agree(sort: str) -> None:
    settled, _ = run(shuffled(57), 10, 7, 1, sort)
    assert [s.document for s in settled] == [str(v) for v in range(56, 46, -1)]


@pytest.mark.parametrize(("ahead", "rounds", "calls"), [(0, 11, 30), (1, 7, 55), (2, 6, 85)])
def test_rounds_and_calls(ahead: int, rounds: int, calls: int) -> None:
    """100 candidates, 20 a call, top 10; the heapsort needs 15 rounds even with a parallel build phase."""
    found = [run(shuffled(100, seed), 10, 20, ahead)[1] for seed in range(20)]
    assert sum(map(len, found)) / 20 <= rounds + 0.3
    assert sum(len(c) for each in found for c in each) / 20 <= calls


def test_the_first_rank_takes_two_rounds() -> None:
    selection = select("tournament", shuffled(100), 10, 20, 1)
    for _ in range(2):
        assert not list(selection.settled())
        for comparison in selection.wanted():
            selection.tell(comparison.documents, tuple(sorted(comparison.documents, key=int, reverse=True)))
    assert next(selection.settled()).document == "99"


def test_groups_are_even_and_share_the_first_stage() -> None:
    _, rounds = run(shuffled(43), 1, 20, 0)
    sizes = [len(c.documents) for c in rounds[0]]
    assert sizes == [11, 11, 11, 10]


def numbers(n: int) -> list[int]:
    values = list(range(n))
    random.Random(n).shuffle(values)
    return values


async def ranked(engine: Scripted, n: int, ahead: int | None = 1) -> list[object]:
    reranker = replace(setwise(engine, docs_per_call=20), sort="tournament", speculation=ahead)
    return [event async for event in reranker.rerank("largest", candidates(numbers(n)), 10, lambda: 0.0)]


async def test_obsolete_calls_are_ended_and_say_so() -> None:
    """A slow answer to a final that can no longer come about is not waited for. The first call of a round is the
    one that its rank needs; here it is the quick one."""
    engine = Scripted()
    plain = engine.generate

    async def generate(messages, decoding):  # type: ignore[no-untyped-def]
        if engine.running:
            await asyncio.sleep(0.02)
        async for chunk in plain(messages, decoding):
            yield chunk

    engine.generate = generate  # type: ignore[method-assign]
    events = await ranked(engine, 100)
    assert [e.document for e in events if isinstance(e, RankSettled)] == [f"d{v}" for v in range(99, 89, -1)]
    ended = [e for e in events if isinstance(e, CallFinished)]
    assert len(ended) == sum(isinstance(e, CallStarted) for e in events)
    cancelled = [e for e in ended if e.status == "cancelled"]
    assert cancelled
    assert all(e.winner is None and e.answer == () for e in cancelled)
    assert engine.running == 0


async def test_deciding_calls_are_ones_the_document_won() -> None:
    events = await ranked(Scripted(), 60)
    winner = {e.call: e.winner for e in events if isinstance(e, CallFinished)}
    for event in events:
        if isinstance(event, RankSettled):
            assert event.calls
            assert {winner[call] for call in event.calls} == {event.document}


async def test_the_same_calls_whatever_the_timing() -> None:
    """Which calls are asked, in which order, does not depend on which answer comes first."""

    async def asked(seed: int) -> list[tuple[str, ...]]:
        dice = random.Random(seed)
        engine = Scripted()
        plain = engine.generate

        async def generate(messages, decoding):  # type: ignore[no-untyped-def]
            await asyncio.sleep(dice.random() / 200)
            async for chunk in plain(messages, decoding):
                yield chunk

        engine.generate = generate  # type: ignore[method-assign]
        return [e.documents for e in await ranked(engine, 60) if isinstance(e, CallStarted)]

    assert await asked(1) == await asked(2) == await asked(3)


async def test_a_fifth_of_unreadable_answers_costs_little() -> None:
    dice = random.Random(4)

    def judge(texts: list[str]) -> str:
        return best(texts) if dice.random() > 0.2 else "<think> hm </think> I cannot say"

    events = await ranked(Scripted(judge=judge), 100)
    top = [e.document for e in events if isinstance(e, RankSettled)]
    assert len(set(top)) == 10
    assert len(set(top) & {f"d{v}" for v in range(90, 100)}) >= 9


def test_looking_ahead_stays_within_the_room() -> None:
    """What is needed is asked however little room there is; what may not matter only where it fits."""
    wide, narrow = (select("tournament", shuffled(100), 10, 20, 2) for _ in range(2))
    for room in (0, 3, 9):
        needed = [frozenset(c.documents) for c in narrow.wanted(0)]
        asked = narrow.wanted(room)
        assert [frozenset(c.documents) for c in asked[: len(needed)]] == needed
        assert len(asked) <= max(room, len(needed))
        assert len(wide.wanted()) >= len(asked)
        for selection in (wide, narrow):
            for comparison in selection.wanted(room):
                selection.tell(comparison.documents, tuple(sorted(comparison.documents, key=int, reverse=True)))
            list(selection.settled())


async def test_the_engine_s_room_changes_the_calls_and_not_the_ranking() -> None:
    by_room: dict[int, tuple[list[str], int]] = {}
    for room in (0, 8, 64):
        events = await ranked(Scripted(room=room), 100, None)
        ranks = [e.document for e in events if isinstance(e, RankSettled)]
        by_room[room] = ranks, max(e.round for e in events if isinstance(e, CallStarted))
    assert by_room[0][0] == by_room[8][0] == by_room[64][0] == [f"d{v}" for v in range(99, 89, -1)]
    assert by_room[0][1] > by_room[8][1] > by_room[64][1]

"""The guessed chain: few rounds, and the result of plain selection whatever is guessed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.reranking.sorts import select
from rankr1_app.reranking.sorts.chain import SHORT, Chain
from rankr1_app.reranking.sorts.protocol import Comparison, Selection, Settled

Judge = Callable[[Sequence[str]], tuple[str, Mapping[str, float]]]
"""From the documents of a call to the best of them and the shares of all."""


def softmax(strengths: Mapping[str, float]) -> dict[str, float]:
    most = max(strengths.values())
    weights = {document: math.exp(strength - most) for document, strength in strengths.items()}
    return {document: weight / sum(weights.values()) for document, weight in weights.items()}


def perfect(documents: Sequence[str]) -> tuple[str, Mapping[str, float]]:
    """Prefer the larger number, by half a unit of strength each."""
    shares = softmax({document: int(document) / 2 for document in documents})
    return max(shares, key=shares.__getitem__), shares


def flat(documents: Sequence[str]) -> tuple[str, Mapping[str, float]]:
    """Prefer the larger number, and say nothing of the others."""
    return max(documents, key=int), dict.fromkeys(documents, 1 / len(documents))


def silent(documents: Sequence[str]) -> tuple[str, Mapping[str, float]]:
    """Prefer the larger number; the engine tells no shares."""
    return max(documents, key=int), {}


def noisy(seed: int, noise: float) -> Judge:
    """Judge each set of documents in a way of its own, the same each time; shares are as wrong as choices."""

    def judge(documents: Sequence[str]) -> tuple[str, Mapping[str, float]]:
        dice = random.Random(f"{seed} {sorted(documents)}")
        shares = softmax({document: int(document) / 2 + dice.gauss(0, noise) for document in sorted(documents)})
        best = max(shares, key=shares.__getitem__)
        return best, softmax({document: dice.gauss(0, noise) for document in sorted(documents)})

    return judge


def run(selection: Selection, judge: Judge, room: int | None = None) -> tuple[list[Settled], list[list[Comparison]]]:
    """Ranks and rounds."""
    settled, rounds = list(selection.settled()), []
    while wanted := selection.wanted(room):
        rounds.append(wanted)
        for comparison in wanted:
            if selection.obsolete(comparison.documents):
                continue
            best, shares = judge(comparison.documents)
            selection.tell(comparison.documents, (best,), shares)
            settled += selection.settled()
    return settled, rounds


def first_stage(n: int, seed: int) -> list[str]:
    """Numbers in an order that is good and not perfect."""
    dice = random.Random(seed)
    return sorted(map(str, range(n)), key=lambda document: -int(document) + dice.gauss(0, n / 4))


@pytest.mark.parametrize(("n", "docs_per_call", "most"), [(20, 20, 2), (50, 20, 3), (100, 20, 3), (20, 10, 2)])
def test_good_guesses_settle_ten_ranks_in_few_rounds(n: int, docs_per_call: int, most: int) -> None:
    for seed in range(8):
        settled, rounds = run(Chain(first_stage(n, seed), 10, docs_per_call, 1), perfect)
        assert [each.document for each in settled] == [str(v) for v in range(n - 1, n - 11, -1)]
        assert len(rounds) <= most
    assert len(rounds) >= 2


def test_where_all_fit_in_one_call_the_second_round_is_the_rest_of_the_chain() -> None:
    _, rounds = run(Chain(first_stage(20, 1), 10, 20, 1), perfect)
    assert [[len(c.documents) for c in comparisons] for comparisons in rounds] == [[20], list(range(19, 10, -1))]


@pytest.mark.parametrize("judge", [flat, silent])
@pytest.mark.parametrize(("n", "mean_rounds", "mean_calls"), [(20, 4.2, 60), (50, 4.7, 66), (100, 5.0, 75)])
def test_who_won_before_is_enough_to_guess_from(judge: Judge, n: int, mean_rounds: float, mean_calls: float) -> None:
    """Without shares, or with shares that say nothing; the published code makes 10, 15 and 23 calls that wait."""
    found = []
    for seed in range(40):
        settled, rounds = run(Chain(first_stage(n, seed), 10, 20, 1), judge)
        assert [each.document for each in settled] == [str(v) for v in range(n - 1, n - 11, -1)]
        assert len(rounds) <= 8
        found.append((len(rounds), sum(map(len, rounds))))
    assert sum(rounds for rounds, _ in found) <= mean_rounds * len(found)
    assert sum(calls for _, calls in found) <= mean_calls * len(found)


@pytest.mark.parametrize("judge", [perfect, silent])
@pytest.mark.parametrize(("n", "docs_per_call"), [(20, 20), (100, 20), (20, 10)])
def test_without_room_little_is_asked_beyond_plain_selection(judge: Judge, n: int, docs_per_call: int) -> None:
    for seed in range(3):
        plain = run(Chain(first_stage(n, seed), 10, docs_per_call, 0), judge)[1]
        guessed = run(Chain(first_stage(n, seed), 10, docs_per_call, 1), judge, 0)[1]
        assert len(guessed) <= len(plain)
        assert sum(map(len, guessed)) <= 1.5 * sum(map(len, plain))


def test_short_calls_make_the_list_of_the_tournament_of_the_same_groups() -> None:
    for seed in range(3):
        settled, rounds = run(select("short-chain", first_stage(20, seed), 10, 20, 1), noisy(seed, 2.0))
        assert settled == run(select("tournament", first_stage(20, seed), 10, 20, 0), noisy(seed, 2.0))[0]
        assert max(len(c.documents) for comparisons in rounds for c in comparisons) == SHORT
    rounds = run(select("short-chain", first_stage(9, 1), 3, 2, 1), perfect)[1]
    assert {len(c.documents) for comparisons in rounds for c in comparisons} == {2}, "never more than a call may have"


def test_guesses_rest_on_nothing_that_depends_on_time() -> None:
    """A call that was cancelled and one that was answered just before it would have been lead to the same guesses."""
    found = []
    for answered in (True, False):
        chain = Chain(first_stage(20, 2), 10, 20, 1)
        first = chain.wanted()[0].documents
        chain.tell(first, (perfect(first)[0],))
        list(chain.settled())
        second = chain.wanted()[0].documents
        chain.tell(second, (perfect(second)[0],))
        ranked = {each.document for each in chain.settled()}
        late = (*sorted(ranked)[:1], *(document for document in first if int(document) % 3 == 0))
        if answered:
            chain.tell(late, (perfect(late)[0],))
        found.append(chain.wanted())
    assert found[0] == found[1]


@settings(max_examples=2000, deadline=None)
@given(
    st.integers(1, 16),
    st.integers(2, 16),
    st.integers(1, 8),
    st.integers(0, 10**6),
    st.floats(0, 20),
    st.integers(0, 99),
)
def test_a_noisy_judge_gives_the_list_of_plain_selection(
    n: int, docs_per_call: int, k: int, seed: int, noise: float, room: int
) -> None:
    """Call for call: what decided each rank is the same, and nothing plain selection asks is missing."""
    documents, judge = first_stage(n, seed), noisy(seed, noise)
    plain, plain_rounds = run(Chain(documents, k, docs_per_call, 0), judge)
    chain = Chain(documents, k, docs_per_call, 1)
    chain.guesses.drawn = 2
    guessed, rounds = run(chain, judge, room)
    assert guessed == plain
    assert [each.rank for each in plain] == list(range(1, min(n, k) + 1))
    calls = [frozenset(c.documents) for comparisons in rounds for c in comparisons]
    assert len(calls) == len(set(calls))
    assert {frozenset(c.documents) for comparisons in plain_rounds for c in comparisons} <= set(calls)
    assert len(rounds) <= len(plain_rounds)


def test_guesses_keep_to_the_room() -> None:
    chain = Chain(first_stage(100, 3), 10, 20, 1)
    assert [len(chain.wanted(room)) for room in (0, 6, 7, 99, None)] == [5, 6, 7, 7, 7]
    for comparison in chain.wanted(0):
        best, _ = silent(comparison.documents)
        chain.tell(comparison.documents, (best,))
    final = chain.wanted(0)
    assert [each.purpose for each in final] == ["finding rank 1"], "the first rank waits for nothing else"
    chain.tell(final[0].documents, (silent(final[0].documents)[0],))
    assert len(list(chain.settled())) == 1
    sure = chain.wanted(0)
    assert len(sure) <= 6, "the groups whose best will most likely leave"
    assert chain.wanted(9)[: len(sure)] == sure
    assert len(chain.wanted(9)) == 9


def test_the_first_round_compares_neighbours_across_the_groups() -> None:
    documents = first_stage(100, 3)
    *groups, top, below = Chain(documents, 10, 20, 1).wanted()
    assert [set(top.documents), set(below.documents)] == [set(documents[:20]), set(documents[20:40])]
    assert below.purpose == "comparing 21 to 40 of the first stage, to guess from"
    assert all(len(set(top.documents) & set(group.documents)) == 4 for group in groups)
    assert len(Chain(documents[:20], 10, 20, 1).wanted()) == 1, "there is nothing beside one group"
    assert len(Chain(documents[:40], 1, 20, 1).wanted()) == 2, "nor does one rank need guesses"
    assert len(Chain(documents[:40], 10, 20, 0).wanted()) == 2, "nor where nothing is guessed"


@pytest.mark.parametrize(("n", "docs_per_call"), [(9, 2), (10, 2), (16, 4), (27, 3)])
def test_neighbours_that_meet_in_a_final_stand_as_they_would_there(n: int, docs_per_call: int) -> None:
    """The order in a prompt follows from that in the call: who is compared early is compared in the same words."""
    documents = [str(each) for each in range(n)]
    *_, last = Chain(documents, n, docs_per_call, 1).wanted()
    early = {frozenset(c.documents): c.documents for c in Chain(documents, n, docs_per_call, 1).neighbours()}
    assert frozenset(last.documents) in early
    met = 0
    for seed in range(200):
        _, rounds = run(Chain(documents, n, docs_per_call, 0), noisy(seed, 9.0))
        for comparison in (comparison for comparisons in rounds for comparison in comparisons):
            if (known := early.get(frozenset(comparison.documents))) is not None:
                assert known == comparison.documents
                met += 1
    assert met


def test_without_guesses_only_what_is_needed_is_asked() -> None:
    _, rounds = run(select("chain", first_stage(20, 5), 10, 20, 0), perfect)
    assert [len(comparisons) for comparisons in rounds] == [1] * 10

"""What the bundled model learns from: true, drawn again from the same seed, and slips passed over."""

from __future__ import annotations

import dataclasses
import itertools
import re
from pathlib import Path
from random import Random

import pytest

from rankr1_app.explanation.claims import check, described, words
from rankr1_app.training import examples, pools, traces

from .tiny import write


@pytest.mark.parametrize("seed", range(30))
def test_every_example_is_true(tmp_path: Path, seed: int) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    setting = examples.Setting(documents=(1, 12), words=(5, 30), synthetic=0.5)
    example = examples.draw(pool, Random(seed), setting)
    labelled = {traces.label(place): text for place, text in enumerate(example.documents)}
    claims = check(example.trace, example.query, labelled)
    assert claims
    assert all(claim.true for claim in claims)
    assert described(example.trace) == set(labelled)
    assert examples.draw(pool, Random(seed), setting) == example


@pytest.mark.parametrize("kind", [{"synthetic": 1.0}, {"planted": 1.0}, {}], ids=str)
def test_words_that_come_again_are_named_once(tmp_path: Path, kind: dict[str, float]) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    setting = examples.Setting(documents=(1, 2), words=(5, 9), repeats=1.0, **kind)  # type: ignore[arg-type]
    for seed in range(20):
        example = examples.draw(pool, Random(seed), setting)
        asked = words(example.query)
        assert len(set(asked)) < len(asked)
        named = example.trace.partition(traces.ASKS + " ")[2].partition(". A word")[0].split(", ")
        assert named == list(traces.content_words(example.query))


def test_short_queries_say_words_twice_abbreviate_or_ask_in_function_words(tmp_path: Path) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    setting = examples.Setting(documents=(1, 2), words=(5, 9), alike=1.0)
    drawn = [examples.draw(pool, Random(seed), setting) for seed in range(300)]
    asked = [words(example.query) for example in drawn]
    assert max(map(len, asked)) < 50
    assert sum(len(set(words)) < len(words) for words in asked) > 200
    assert 10 < sum(traces.FUNCTION_WORDS.issuperset(words) for words in asked) < 100
    assert sum(any(len(word) == 1 and word.isalpha() for word in words) for words in asked) > 20
    assert sum(any(word[0].isalpha() and any(map(str.isdigit, word)) for word in words) for words in asked) > 20
    for example in drawn:
        labelled = {traces.label(place): text for place, text in enumerate(example.documents)}
        assert all(claim.true for claim in check(example.trace, example.query, labelled))


def test_words_with_most_of_their_letters_in_common_stand_together(tmp_path: Path) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    setting = examples.Setting(documents=(1, 2), words=(5, 9), query=(4, 9))

    def together(kin: float) -> int:
        drawn = [examples.draw(pool, Random(seed), dataclasses.replace(setting, kin=kin)) for seed in range(200)]
        for example in drawn:
            labelled = {traces.label(place): text for place, text in enumerate(example.documents)}
            assert all(claim.true for claim in check(example.trace, example.query, labelled))
        asked = [traces.content_words(example.query, 50) for example in drawn]
        return sum(
            any(len(one) > 4 and one[1:-1] in other for one, other in itertools.permutations(words, 2))
            for words in asked
        )

    assert together(1.0) > 100 > 3 * together(0.0)


MISNAMED = examples.Setting(
    documents=(1, 4), words=(5, 30), planted=0.5, query=(4, 9), repeats=1.0, run=3, misnamed=1.0
)


@pytest.mark.parametrize("more", [{}, {"loops": True}, {"kin": 0.5}], ids=str)
@pytest.mark.parametrize("seed", range(20))
def test_a_trace_about_other_words_than_those_asked_is_as_true(
    tmp_path: Path, seed: int, more: dict[str, float]
) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    example = examples.draw(pool, Random(seed), dataclasses.replace(MISNAMED, **more))  # type: ignore[arg-type]
    labelled = {traces.label(place): text for place, text in enumerate(example.documents)}
    claims = check(example.trace, example.query, labelled)
    assert all(claim.true for claim in claims if claim.kind != "asked")
    named = example.trace.partition(traces.ASKS + " ")[2].partition(". A word")[0].split(", ")
    for name in labelled:
        assert [claim.word for claim in claims if claim.label == name and claim.word] == list(traces.distinct(named))


def test_names_that_go_round_are_passed_over_and_lines_say_each_once(tmp_path: Path) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    setting = examples.Setting(documents=(1, 3), words=(5, 30), query=(4, 9), alike=0.5, circles=1.0)
    ended = 0
    for seed in range(100):
        example = examples.draw(pool, Random(seed), setting)
        asked = traces.content_words(example.query)
        named = example.trace.partition(traces.ASKS + " ")[2].partition(". A word")[0].split(", ")
        assert example.wrong
        assert all(named[place] in named[:place] for place in example.wrong)
        kept = [name for place, name in enumerate(named) if place not in example.wrong]
        assert kept == list(asked)[: len(kept)]
        ended += len(kept) < len(asked)
        labelled = {traces.label(place): text for place, text in enumerate(example.documents)}
        claims = check(example.trace, example.query, labelled)
        assert all(claim.true for claim in claims if claim.kind != "asked")
        for name in labelled:
            assert [claim.word for claim in claims if claim.label == name and claim.word] == list(
                traces.distinct(named)
            )
    assert 20 < ended < 80


def test_names_go_on_and_on_only_where_that_is_asked_for(tmp_path: Path) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    looped = {True: 0, False: 0}
    for loops in looped:
        for seed in range(200):
            example = examples.draw(pool, Random(seed), dataclasses.replace(MISNAMED, loops=loops))
            named = example.trace.partition(traces.ASKS + " ")[2].partition(". A word")[0].split(", ")
            last = list(range(traces.MOST_WORDS - 3, traces.MOST_WORDS))
            looped[loops] += len(named) == traces.MOST_WORDS and list(example.wrong[-3:]) == last
    assert looped[True] > 10 * max(1, looped[False])


def test_words_whose_letters_go_round_are_passed_over_and_the_next_one_is_named(tmp_path: Path) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    setting = examples.Setting(documents=(1, 2), words=(5, 9), query=(4, 9), kin=0.01, misnamed=1.0)
    met = 0
    for seed in range(200):
        example = examples.draw(pool, Random(seed), setting)
        asked = traces.content_words(example.query, 50)
        named = example.trace.partition(traces.ASKS + " ")[2].partition(". A word")[0].split(", ")
        for place, name in enumerate(named):
            round_ = place in example.wrong and re.search(r"(.{1,4})\1\1\1", name)
            if round_ and place + 1 < len(named) and place + 1 not in example.wrong:
                assert named[place + 1] in asked
                met += 1
    assert met > 10


def test_the_winner_is_the_first_unless_a_later_one_has_much_more() -> None:
    late = "there are more than eight words before what matters: "
    assert examples.winner(("common", "rare"), ("nothing", "rare common")) == 1
    assert examples.winner(("common", "rare"), ("common", "rare common")) == 1
    assert examples.winner(("common", "rare"), ("common", late + "rare common")) == 0
    assert examples.winner(("common", "rare"), ("common", *["nothing"] * 6, "rare common")) == 0
    assert examples.winner(("common",), ("nothing", "nothing")) == 0
    assert examples.winner(("common",), ("nothing", "nothing", "common")) == 2
    assert examples.winner(("common",), (late + "common", "nothing", "common")) == 0


def test_questions_that_no_document_matches_and_words_that_say_a_syllable_twice(tmp_path: Path) -> None:
    write(tmp_path, 10)
    pool = pools.gather(tmp_path, ["tiny/corpus.jsonl"], ["tiny/topics.tsv"])
    setting = examples.Setting(documents=(4, 6), words=(5, 30), unmatched=1.0, doubled=1.0)
    for seed in range(30):
        example = examples.draw(pool, Random(seed), setting, is_weighed=True)
        assert all(each.words is None and each.meaning is not None for each in example.scores)
        labelled = {traces.label(place): text for place, text in enumerate(example.documents)}
        scores = {traces.label(place): (each.words, each.meaning) for place, each in enumerate(example.scores)}
        assert all(claim.true for claim in check(example.trace, example.query, labelled, scores))
        assert any(re.search(r"(\w{1,3})\1", word) for word in words(example.query))

"""Queries that look real, and what makes them hard: words that come again, names that no text has."""

from __future__ import annotations

import re
from random import Random

import pytest

from rankr1_app.explanation.claims import words
from rankr1_app.training import queries, traces
from rankr1_app.training.pools import Pool


def test_a_word_whose_letters_go_round_begins_as_the_word_does() -> None:
    said = {queries.stutter(Random(seed), "mercaptopurine") for seed in range(300)}
    assert len(said) > 200
    assert all(word[0] == "m" for word in said)
    assert max(map(len, said)) > 30
    assert sum(word.endswith("purine") for word in said) > 50


def many(draw, count: int = 200) -> list[str]:  # type: ignore[no-untyped-def]
    """Return what is drawn with so many seeds."""
    return [draw(Random(seed)) for seed in range(count)]


def test_a_query_and_its_document_have_to_do_with_each_other(pool: Pool) -> None:
    drawn = [queries.around_text(pool, Random(seed), 20, (2, 6)) for seed in range(200)]
    assert all(words(query) for query, _ in drawn)
    assert all(len(document.split()) <= 20 for _, document in drawn)
    shared = sum(bool({*words(query)} & {*words(document)}) for query, document in drawn)
    assert shared > 120
    assert {query for query, _ in drawn} & {*pool.topics}, "real topics among them"


def test_the_same_state_of_chance_draws_the_same_query(pool: Pool) -> None:
    def drawn(seed: int) -> tuple[str, ...]:
        rng = Random(seed)
        return (
            *queries.around_text(pool, rng, 9, (2, 6)),
            queries.alike(pool, rng),
            queries.with_kin(pool, rng, "stone"),
        )

    assert drawn(1) == drawn(1) != drawn(2)


def test_a_repeating_query_has_all_of_its_words_and_some_once_more(pool: Pool) -> None:
    for run in (1, 3):
        for said in many(lambda rng, run=run: queries.repeating(pool, rng, ["stone", "grams", "falls"], run)):
            found = said.split()
            assert {"stone", "grams", "falls"} <= {*found}
            assert len(found) > len({*found}) or run > 1
            assert run > 1 or {*found} == {"stone", "grams", "falls"}


def test_a_query_about_two_things_alike_is_short(pool: Pool) -> None:
    drawn = many(lambda rng: queries.alike(pool, rng))
    assert max(len(query.split()) for query in drawn) < 60
    assert sum(len({*words(query)}) < len(words(query)) for query in drawn) > 100


def test_with_kin_keeps_the_words_of_the_query(pool: Pool) -> None:
    for said in many(lambda rng: queries.with_kin(pool, rng, "mercaptopurine in stones")):
        assert [word for word in said.split() if word in ("mercaptopurine", "in", "stones")] == said.split() or (
            len(said.split()) > 3 and {"mercaptopurine", "in", "stones"} <= {*said.split()}
        )


def test_kin_have_most_of_their_letters_in_common(pool: Pool) -> None:
    drawn = many(lambda rng: queries.kin(pool, rng, "mercaptopurine"), 300)
    assert sum("mercapt" in word or "purine" in word for word in drawn) == 300
    assert "mercaptopurine" not in drawn or drawn.count("mercaptopurine") < 30
    assert max(map(len, drawn)) <= 2 * queries.LONG
    assert all(queries.kin(pool, Random(seed), "a") for seed in range(50)), "a word of one letter has kin too"


def test_a_made_up_word_is_of_letters_and_sometimes_a_number(pool: Pool) -> None:
    drawn = many(lambda rng: queries.made_up(pool, rng))
    assert all(len(words(word)) == 1 for word in drawn if word.isalnum())
    assert 10 < sum(any(map(str.isdigit, word)) for word in drawn) < 120
    beside = many(lambda rng: queries.made_up(pool, rng, ["xylophone"]))
    assert sum(word.startswith("x") for word in beside) > 40


@pytest.mark.parametrize("seed", range(20))
def test_abbreviations_and_codes_are_of_few_letters(pool: Pool, seed: int) -> None:
    said = queries.abbreviation(Random(seed))
    assert 2 <= sum(map(str.isalpha, said)) <= 4
    assert queries.code(pool, Random(seed)).strip() == queries.code(pool, Random(seed)) != ""


def test_keywords_are_content_words_of_the_document(pool: Pool) -> None:
    document = "why does the stone fall and roll on"
    content = {*words(document)} - traces.FUNCTION_WORDS
    for said in many(lambda rng: queries.keywords(pool, rng, document)):
        others = [word for word in words(said) if word not in content and word != "and"]
        assert all(word in pool.vocabulary for word in others)
        assert len(others) <= 1, "at most one from elsewhere"
        assert {*words(said)} & content


def test_a_word_that_says_a_syllable_twice(pool: Pool) -> None:
    said = many(lambda rng: queries.doubled(pool, rng))
    assert len(set(said)) > 50
    assert all(re.search(r"(\w{1,3})\1", word) for word in said)

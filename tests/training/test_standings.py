"""Scores that a first stage could have given: their spread, their order, and how often one is lacking."""

from __future__ import annotations

from random import Random

from rankr1_app.reranking.scores import STEP, UNKNOWN, Scores
from rankr1_app.training import standings

TEXTS = ("bread dough rises with yeast and warmth", "tea is a drink of leaves", "cats sleep", "why prices rise")


def test_scores_are_lacking_now_and_then() -> None:
    rng = Random(5)
    drawn = [standings.draw(rng, ("bread",), TEXTS)[1] for _ in range(200)]
    assert 5 < sum(all(each.meaning is None for each in scores) for scores in drawn) < 80
    assert 5 < sum(all(each.words is None for each in scores) for scores in drawn) < 80
    assert sum(all(each == UNKNOWN for each in scores) for scores in drawn) > 1


def drawn(seed: int) -> tuple[list[str], list[Scores]]:
    return standings.draw(Random(seed), ("bread", "rises"), TEXTS)


def test_every_document_is_there_once_with_scores_of_its_own() -> None:
    for seed in range(100):
        texts, scores = drawn(seed)
        assert sorted(texts) == sorted(TEXTS)
        assert len(scores) == len(texts)


def test_scores_are_hundredths_and_those_of_words_in_steps() -> None:
    every = [each for seed in range(200) for each in drawn(seed)[1]]
    assert all(each.words is None or (0 <= each.words <= 100 and each.words % STEP == 0) for each in every)
    assert all(each.meaning is None or 0 <= each.meaning <= 100 for each in every)
    assert len({each.meaning for each in every}) > 50


def test_documents_stand_about_in_the_order_of_their_scores() -> None:
    ordered = sum(drawn(seed)[0][0] == TEXTS[0] for seed in range(300))
    assert 120 < ordered < 280, "the one with the words first, most of the time"


def test_the_same_chance_draws_the_same() -> None:
    assert drawn(7) == drawn(7) != drawn(8)


def test_without_words_to_look_up_nothing_breaks() -> None:
    assert standings.draw(Random(1), (), ()) == ([], [])
    assert sorted(standings.draw(Random(1), (), TEXTS)[0]) == sorted(TEXTS)


def test_where_bm25_matched_nothing_closeness_in_meaning_is_all_that_is_known() -> None:
    every = [standings.draw(Random(seed), ("zinc",), TEXTS, matched=False) for seed in range(100)]
    for texts, scores in every:
        assert sorted(texts) == sorted(TEXTS)
        assert all(each.words is None and each.meaning is not None for each in scores)
    nearness = [[each.meaning or 0 for each in scores] for _, scores in every]
    assert 60 < sum(found == sorted(found, reverse=True) for found in nearness) < 90
    assert sum(max(found) - min(found) <= 3 for found in nearness) > 15, "often near to each other"


def test_documents_of_a_close_question_are_about_equally_near() -> None:
    def spread(close: float) -> float:
        every = [standings.draw(Random(seed), ("bread",), TEXTS, close=close)[1] for seed in range(300)]
        near = [[each.meaning for each in scores if each.meaning is not None] for scores in every]
        return sum(max(some) - min(some) for some in near if some)

    assert spread(1.0) < 0.8 * spread(0.0)

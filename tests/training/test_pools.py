"""Texts to learn from: where each word is, how rare it is, and windows around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from rankr1_app.errors import Problem
from rankr1_app.training.pools import Pool, gather, read_texts, read_topics, reference_texts

TEXTS = [text.split() for text in ("Stones fall. Stones roll on,", "tea and stones", "a cup of tea " + "x " * 50)]


def pool(topics: Sequence[str] = (), vocabulary: Sequence[str] = ()) -> Pool:
    return Pool(TEXTS, [*topics], [*vocabulary])


def test_a_word_is_found_at_its_first_place_in_every_text() -> None:
    assert list(pool().places["stones"]) == [0, 0, 1, 2]
    assert list(pool().places["tea"]) == [1, 0, 2, 3]
    assert "Stones" not in pool().places


def test_rare_words_weigh_more_and_unknown_ones_most() -> None:
    made = pool()
    assert made.weight("stones") == pytest.approx(math.log(1 + 3 / 2))
    assert made.weight("roll") == made.weight("never seen") == pytest.approx(math.log(1 + 3))


def test_the_vocabulary_is_of_words_in_several_texts_and_those_given() -> None:
    assert pool(vocabulary=["xylophone"]).vocabulary == ["stones", "tea", "xylophone"]


def test_topics_without_a_word_that_is_known_are_left_out() -> None:
    assert pool(topics=["why do stones fall?", "zeppelins", "of the"]).topics == ["why do stones fall?"]


@pytest.mark.parametrize("seed", range(30))
def test_a_window_holds_the_place_it_is_near(seed: int) -> None:
    made = pool()
    assert len(made.window(Random(seed), 2, 30, 5).split()) == 5
    assert "cup" in made.window(Random(seed), 2, 1, 8).split()
    assert made.window(Random(seed), 1, 2, 50) == "tea and stones", "a short text whole"


@pytest.mark.parametrize("seed", range(10))
def test_around_a_word_is_a_window_of_a_text_that_has_it(seed: int) -> None:
    assert "tea" in pool().around(Random(seed), "tea", 6).split()
    assert pool().around(Random(seed), "zeppelin", 6), "any window where no text has it"


def test_texts_and_topics_are_read_from_files(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text('{"title": "T", "text": "x"}\n{"text": "y"}\n')
    (tmp_path / "t.tsv").write_text("1\twhy? \nno tab\n2\tb\tc\n")
    assert list(read_texts(tmp_path / "c.jsonl")) == ["T x", "y"]
    assert read_topics(tmp_path / "t.tsv") == ["why?", "b\tc"]


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        list(read_texts(tmp_path / "c.jsonl"))
    assert str(raised.value) == (
        f"cannot read corpus '{tmp_path}/c.jsonl': No such file or directory; give a corpus.jsonl"
    )
    with pytest.raises(Problem, match=r"cannot read topics '.*t\.tsv': No such file or directory; give a topics\.tsv"):
        read_topics(tmp_path / "t.tsv")


def test_prose_that_every_machine_has_is_in_every_pool(tmp_path: Path) -> None:
    paragraphs = list(reference_texts())
    assert len(paragraphs) > 300
    assert all(len(text.split()) >= 20 and "\n" not in text for text in paragraphs)
    assert len(gather(tmp_path, [], [], ["given"]).texts) == len(paragraphs)

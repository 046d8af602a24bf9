"""Texts cut to a number of tokens: by the rule of thumb, and where a tokenizer cut."""

from __future__ import annotations

import pytest

from rankr1_app.engines.length import cut_words, start_like

THAI = "ภาษาไทยเขียนติดกันโดยไม่มีช่องว่างระหว่างคำ"
CHINESE = "中文句子之间没有空格，因此不能按词计算长度。"


@pytest.mark.parametrize(
    ("text", "decoded", "start"),
    [
        ("Bread and dough", "Bread and", "Bread and"),
        ("Bread  and\nDOUGH rise", "bread and dough", "Bread  and\nDOUGH"),
        ("(Bread), and dough", "( bread ) ,", "(Bread),"),
        ("naïve 😀 end", "naïve \ufffd", "naïve"),
        ("two", "two three", "two"),
        ("two", "", ""),
    ],
)
def test_the_start_of_a_text_is_its_own(text: str, decoded: str, start: str) -> None:
    assert start_like(text, decoded) == start


@pytest.mark.parametrize("tokens", [1, 2, 4, 7, 100, 512])
def test_english_words_are_four_thirds_of_a_token(tokens: int) -> None:
    words = ["word", "another", "and", "again,"] * 300
    assert cut_words(" ".join(words), tokens).split() == words[: max(1, tokens * 3 // 4)]


@pytest.mark.parametrize("sentence", [CHINESE, THAI, "日本語の文章です。", "가나다라마바사", "မြန်မာစာ", "हिन्दीवाक्य"])
def test_scripts_without_blanks_are_cut_by_characters(sentence: str) -> None:
    cut = cut_words(sentence * 500, 100)
    assert 60 <= len(cut) <= 100
    assert (sentence * 500).startswith(cut)
    mixed = cut_words("An introduction of some words, then " + sentence * 500, 100)
    assert 60 <= len(mixed) <= 140


def test_other_alphabets_and_long_words_are_bounded() -> None:
    assert len(cut_words("Достопримечательность " * 1000, 100)) < 400
    assert len(cut_words("A" * 10_000, 100)) < 450
    assert cut_words("An image follows data:" + "A" * 10_000, 100) == "An image follows"
    assert len(cut_words("https://example.com/a/rather/long/path?with=parameters " * 100, 100)) < 700


def test_something_is_left_of_every_text() -> None:
    for text in ("Word " * 9, CHINESE, "A" * 99, "  Indented words " * 9, "é" * 99):
        assert cut_words(text, 1).strip()
    assert cut_words("", 5) == ""
    assert cut_words("  short\n text ", 50) == "  short\n text "

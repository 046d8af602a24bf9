"""A query that finds nothing says why, word by word."""

from __future__ import annotations

import pytest

from rankr1_app.retrieval.protocol import Word
from rankr1_app.retrieval.words import nothing_found, pieces, surface


def test_words_as_a_person_sees_them() -> None:
    assert pieces("“Bread's”, (why?) bread's – ??? 😀 C++") == ["Bread's", "why", "bread's", "😀", "C"]
    assert pieces("กาแฟ, หนี้!") == ["กาแฟ", "หนี้"]
    assert surface("bread's well-known หนี้สิน U.S.A.") == ["bread's", "well", "known", "หนี้สิน", "U.S.A"]
    assert pieces("?! …") == []


def stop(*words: str) -> tuple[Word, ...]:
    return tuple(Word(word, (), ()) for word in words)


def absent(*words: str) -> tuple[Word, ...]:
    return tuple(Word(word, (word,), (0,)) for word in words)


@pytest.mark.parametrize(
    ("words", "language", "sentence"),
    [
        ((), "en", "Nothing was found: the query holds no word"),
        (
            stop("to", "be", "or", "not"),
            "en",
            "Nothing was found: the English analyser drops “to”, “be”, “or” and “not” as stop words",
        ),
        (
            (*stop("the"), *absent("xyzzy")),
            "en",
            "Nothing was found: the English analyser drops “the” as a stop word; "
            "no document holds “xyzzy” as the English analyser divides and stems words",
        ),
        (
            absent("กาแฟ"),
            "en",
            "Nothing was found: no document holds “กาแฟ” as the English analyser divides and stems words. "
            "For Thai, build the index with --language th",
        ),
        (
            absent("ชา"),
            "th",
            "Nothing was found: no document holds “ชา” as the Thai analyser divides and stems words",
        ),
    ],
)
def test_what_is_said(words: tuple[Word, ...], language: str, sentence: str) -> None:
    assert nothing_found(words, language) == sentence


def test_a_word_that_is_there_leaves_nothing_to_say() -> None:
    assert nothing_found((*stop("the"), *absent("xyzzy"), Word("bread", ("bread",), (3,))), "en") == ""


def test_many_and_long_words_stay_a_sentence() -> None:
    said = nothing_found(absent(*(f"w{n}" * 30 for n in range(500))), "en")
    assert "or 492 more" in said
    assert len(said) < 600


def test_a_language_that_shares_the_script_is_not_advised() -> None:
    for word, language in (("漢字", "ja"), ("漢字", "ko"), ("слово", "uk"), ("کتاب", "fa")):
        assert "--language" not in nothing_found(absent(word), language)
    assert "--language zh" in nothing_found(absent("漢字"), "de")

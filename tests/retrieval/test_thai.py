"""Thai is written without blanks: its words are found, and the words that words are made of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app.retrieval.thai import divided, halves


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("ฉันชอบดื่มกาแฟ", "ฉัน ชอบ ดื่ม กาแฟ"),
        ("กาแฟเย็น", "กาแฟเย็น กาแฟ เย็น"),
        ("แมว  กิน\nปลา", "แมว กิน ปลา"),
        ("copper 12", "copper 12"),
    ],
)
def test_a_text_has_blanks_between_its_words(text: str, words: str) -> None:
    assert divided(text).split() == words.split()


def test_a_word_is_made_of_two_of_the_dictionary_or_of_none() -> None:
    assert halves("กาแฟเย็น") == ("กาแฟ", "เย็น")
    assert halves("กาแฟ") == halves("") == halves("xy") == halves("copper") == ()


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.text(st.sampled_from("กาแฟเย็นดำหนี้ a1\n!😀"), max_size=20))
def test_no_sign_is_lost_and_none_is_made_up(text: str) -> None:
    signs = {*"".join(text.split())}
    assert {*"".join(divided(text).split())} == signs

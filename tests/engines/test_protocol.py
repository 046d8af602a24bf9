from __future__ import annotations

import pytest

from rankr1_app.engines.protocol import start_like


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

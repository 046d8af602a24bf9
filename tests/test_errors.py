"""The one error meant for a person: always one line, whatever it quotes, and no Python error text in it."""

from __future__ import annotations

import pytest

from rankr1_app.errors import Problem, in_words, shown


def test_a_problem_is_one_line() -> None:
    assert str(Problem("index 'a\n\n b' \t does not\r\nexist ")) == "index 'a b' does not exist"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "'plain'"),
        ("it's", '"it\'s"'),
        ("a\nb\x1b[2J", r"'a\nb\x1b[2J'"),
        ("a\ud800b", r"'a\ud800b'"),
        (5, "5"),
        (None, "None"),
        (["\ud800"], r"['\ud800']"),
        ("x" * 78, f"'{'x' * 78}'"),
        ("x" * 79, f"'{'x' * 78}…"),
    ],
)
def test_a_value_is_shown_quoted_escaped_and_cut(value: object, text: str) -> None:
    assert shown(value) == text
    shown(value).encode()
    assert len(shown(value, 5)) <= 5


def test_a_problem_says_its_own_words_and_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert in_words(Problem("depth 0 is out of range")) == "depth 0 is out of range"
    assert caplog.text == ""


def test_a_fault_of_ours_is_logged_and_its_text_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise KeyError("secret detail")
    except KeyError as error:
        said = in_words(error)
    assert said.startswith("an error inside rankr1 ended this, rankr1.log in the data folder has the details")
    assert "secret" not in said
    assert "KeyError: 'secret detail'" in caplog.text

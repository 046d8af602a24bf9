"""What training from relevance labels is told, and the questions as a model is asked them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.training.recipe import Recipe, cut, duration, read_toml, rendered

from .tiny import recipe, source

OWN = 'prompt = "setwise-r1-v0.2"\nlearning_rate = 1.0\naccumulate = 1\n'


def made(folder: Path, own: str = OWN, questions: int = 8) -> Path:
    source(folder / "data", run=True)
    return recipe(folder, questions, own)


def test_a_question_is_asked_as_the_prompt_says_with_its_right_label(tmp_path: Path) -> None:
    found = list(rendered(read_toml(made(tmp_path), Recipe), None))
    assert len(found) == 8
    for each in found:
        assert [message["role"] for message in each.messages] == ["system", "user"]
        text = each.messages[1]["content"]
        right = {"first topic": "text 3", "second topic": "text 1"}
        (topic,) = (topic for topic in right if topic in text)
        assert f"[{each.right}]: T{right[topic][-1]} {right[topic]}" in text
        assert f"[{each.labels}]: T" in text
        assert f"[{each.labels + 1}]: T" not in text
    assert {each.labels for each in found} == {2, 3}


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("seed = 929", "sead = 929", r"^config '.*\.toml' sets 'sead', which is unknown; known are base, output, "),
        ("seed = 929", 'seed = "929"', r"^config '.*\.toml' does not fit: Expected `int`, got `str`"),
        ("seed = 929", "seed = 929\nseed = 1", r"^config '.*\.toml' is not TOML: Cannot overwrite a value"),
        ("documents = [2, 3]", "documents = [2]", "does not fit: Expected `array` of length 2"),
        ('precision = "float32"', 'precision = "int8"', "does not fit: Invalid enum value 'int8'"),
    ],
)
def test_a_config_that_does_not_fit_says_where(before: str, after: str, says: str, tmp_path: Path) -> None:
    config = made(tmp_path)
    config.write_text(config.read_text().replace(before, after))
    with pytest.raises(Problem, match=says):
        read_toml(config, Recipe)


def test_a_config_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        read_toml(tmp_path / "no.toml", Recipe)
    assert str(raised.value) == (
        f"cannot read config '{tmp_path}/no.toml': No such file or directory; give a TOML file"
    )
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(Problem, match=r"bad\.toml' is not TOML"):
        read_toml(tmp_path / "bad.toml", Recipe)


def test_a_text_is_cut_to_tokens_or_about_as_many_words() -> None:
    assert cut(None, "one two  three four five", 4) == "one two three"

    def words(text: str, **_: object) -> dict[str, list[object]]:
        """Stand in for a tokenizer: every two characters are a token."""
        places = [(at, min(at + 2, len(text))) for at in range(0, len(text), 2)]
        return {"input_ids": [*range(len(places))], "offset_mapping": [*places]}

    assert cut(words, "abcdefg", 2) == "abcd"
    assert cut(words, "abcdefg", 4) == "abcdefg"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7199, "120 minutes"),
        (7200, "2 hours"),
        (2 * 86400, "2 days"),
        (1e6, "12 days"),
    ],
)
def test_a_duration_is_said_in_the_unit_that_suits_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said

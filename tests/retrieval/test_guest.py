"""Datasets that visitors name: read apart, with limits, as somebody without an account and without files of ours."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import guest, hub

from ..serving import answering
from .hub import Hub, filled


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub of datasets; one has a card that names a file of this machine, and one a row that is too long."""
    found = filled(tmp_path / "hub")
    (tmp_path / "secret.csv").write_text("id,text\n1,secret\n")
    for name, card in (("thief", f"path: {tmp_path / 'secret.csv'}"), ("climber", "path: ../../../secret.csv")):
        (found.root / "me" / name).mkdir()
        (found.root / "me" / name / "data.csv").write_text("id,text\n1,mine\n")
        text = f"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    {card}\n---\n"
        (found.root / "me" / name / "README.md").write_text(text)
    (found.root / "me" / "long").mkdir()
    (found.root / "me" / "long" / "data.jsonl").write_text(json.dumps({"id": "1", "text": "x" * 2000}) + "\n")
    with answering(found.app) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        yield found


def read(name: str, longest: int = 1000) -> list[bytes]:
    wanted = hub.dataset(Path(f"hf:{name}"))
    assert wanted is not None
    with guest.reading(wanted, longest) as said:
        return list(said)


def test_the_name_and_the_rows_are_told_and_no_token(there: Hub) -> None:
    name, *rows = read("BeIR/tiny")
    assert name == b"tiny"
    assert [json.loads(row)["_id"] for row in rows] == ["tea", "sea"]
    assert there.tokens == {""}


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("me/split", "has several splits"),
        ("me/long", "has a row of more than 1,000 bytes, which is too long"),
        ("me/thief", "cannot be read"),
        ("me/climber", "cannot be read"),
        ("me/broken", "cannot be read"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_no_file_of_ours_is_read(name: str, words: str) -> None:
    with pytest.raises(Problem, match=words) as raised:
        read(name)
    assert "secret," not in str(raised.value)


@pytest.mark.usefixtures("there")
def test_a_folder_of_ours_is_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "data.csv").write_text("id,text\n1,secret\n")
    with pytest.raises(Problem, match="cannot be read"):
        read(f"here@{'a' * 40}:default:train")


@pytest.mark.usefixtures("there")
def test_a_program_that_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/true")
    with pytest.raises(Problem, match="the program that reads it ended, perhaps it takes too much memory or time"):
        read("BeIR/tiny")

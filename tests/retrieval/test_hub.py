"""Datasets of the Hugging Face Hub, from a hub on this machine that speaks its protocol to the hub's own client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import hub

from ..serving import answering
from .hub import COMMIT, filled


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a hub, and a folder to work in."""
    with answering(filled(tmp_path_factory.mktemp("hub")).app) as address:
        yield address, tmp_path_factory.mktemp("work")


LOOK = """
import json, sys
from pathlib import Path
from rankr1_app.errors import Problem
from rankr1_app.retrieval.fields import How, choice
from rankr1_app.retrieval.preview import preview

for name, columns in json.loads(sys.argv[1]):
    found = preview(Path(name), How({"": choice(columns)} if columns else {}))
    documents = [[each.id, each.title, each.text] for each in found.documents]
    print(json.dumps([found.wrong, documents, found.report.notes, dict(found.report.skipped)]))
"""


def look(place: tuple[str, Path], *names: tuple[str, str], **more: str) -> list[Any]:
    """Return what would be read of datasets: what is wrong, the documents, notes, and what was skipped."""
    address, folder = place
    own = {"HF_ENDPOINT": address, "HF_HOME": str(folder / "hf"), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning:rankr1_app", "-c", textwrap.dedent(LOOK), json.dumps(names)],
        env={**os.environ, **own, **more},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_documents_of_a_retrieval_dataset_are_read(place: tuple[str, Path]) -> None:
    documents = [["tea", "Tea", "hot water"], ["sea", "", "salt <b>water</b>"]]
    pinned = f"hf:BeIR/tiny@{COMMIT}:corpus:corpus"
    for found in look(place, ("hf:BeIR/tiny", ""), ("hf:BeIR/tiny@main:corpus", ""), (pinned, "")):
        assert found == ["", documents, [f"reading {pinned}"], {}]


def test_rows_are_read_as_json_lines_are(place: tuple[str, Path]) -> None:
    plain, odd, chosen = look(
        place,
        ("hf:me/plain", ""),
        ("hf:me/odd", ""),
        ("hf:me/odd", "title=question,text=question+answer"),
    )
    assert plain[:2] == ["", [["7", "", "seven 7"], ["8", "", "8"]]]
    assert plain[3] == {"empty text": 1}
    assert odd[0].startswith(
        "corpus 'hf:me/odd' has no document that can be indexed: 2 times no id, first at odd row 1"
    )
    assert chosen[:2] == ["", [["odd#1", "why", "why\nbecause"], ["odd#2", "how", "how\nso"]]]


def test_what_is_not_plain_is_asked_for(place: tuple[str, Path]) -> None:
    found = look(
        place,
        ("hf:me/split", ""),
        ("hf:me/split:default:test", ""),
        ("hf:BeIR/tiny:topics", ""),
        ("hf:BeIR/tiny:corpus:train", ""),
    )
    several = "has several splits; choose one of train, test, such as hf:me/split:default:train"
    assert found[0][0] == f"dataset 'hf:me/split:default' {several}"
    assert [document[0] for document in found[1][1]] == ["2", "3"]
    wrong = "has no configuration 'topics'; choose one of corpus, queries, such as hf:BeIR/tiny:corpus"
    assert found[2][0] == f"dataset 'hf:BeIR/tiny:topics' {wrong}"
    assert found[3][0].endswith("has no split 'train'; choose one of corpus, such as hf:BeIR/tiny:corpus:corpus")


def test_what_cannot_be_had_is_said_in_a_sentence(place: tuple[str, Path]) -> None:
    (place[1] / "here").mkdir()
    (place[1] / "here" / "data.jsonl").write_text('{"id": "1", "text": "secret"}\n')
    faults = {
        "hf:no/such": "cannot be read: it is not on the Hugging Face Hub, or private, then set HF_TOKEN",
        "hf:me/plain@v9": "cannot be read: it has no revision 'v9'",
        "hf:me/closed": "its terms must be accepted at https://huggingface.co/datasets/me/closed, and HF_TOKEN set",
        "hf:me/down": "the Hugging Face Hub answered 503, try again later",
        "hf:me/script": "code of its own, which is not run, try hf:me/script@refs/convert/parquet",
        "hf:me/empty": "it has no files that are rows, try hf:me/empty@refs/convert/parquet",
        "hf:me/broken": "cannot be read",
        "hf:here": "has the name of a folder that is here, give its path without hf:",
        f"hf:here@{COMMIT}:default:train": "has the name of a folder that is here",
        "hf:json": "it is not on the Hugging Face Hub",
    }
    for (name, words), found in zip(faults.items(), look(place, *((name, "") for name in faults)), strict=True):
        assert words in found[0], (name, found[0])
        assert found[0].startswith(f"dataset '{name}")
        assert len(found[0]) < 500


def test_a_hub_that_is_away_is_named(place: tuple[str, Path]) -> None:
    (away,) = look(("http://127.0.0.1:9", place[1]), ("hf:me/plain", ""))
    assert away[0].endswith(
        "the Hugging Face Hub cannot be reached or breaks off, try again when this machine is online"
    )
    (offline,) = look(place, ("hf:me/plain", ""), HF_HUB_OFFLINE="1")
    assert offline[0].endswith("HF_HUB_OFFLINE is set, unset it, or give a file")


@pytest.mark.slow
def test_an_index_says_what_it_was_made_of(place: tuple[str, Path], tmp_path: Path) -> None:
    address, folder = place
    own = {"HF_ENDPOINT": address, "HF_HOME": str(folder / "hf"), "RANKR1_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "rankr1_app", "index", "build", "hf:BeIR/tiny", "--name", "tiny"]
    env = {**os.environ, **own, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "tiny\t2 documents\n"
    assert f"reading hf:BeIR/tiny@{COMMIT}:corpus:corpus" in done.stderr
    meta = json.loads((tmp_path / "indexes" / "tiny" / "meta.json").read_text())
    assert meta["source"] == f"hf:BeIR/tiny@{COMMIT}:corpus:corpus"
    again = [*command, "--dense"]
    done = subprocess.run(again, env=env, cwd=folder, capture_output=True, text=True, check=True)
    assert "index tiny is of this very corpus and is kept" in done.stderr
    assert "2 vectors" in done.stdout


@pytest.mark.parametrize(
    "name", ["hf:", "hf:a b", "hf:/x", "hf:a/b/c", "hf:../x", "hf:a/b:", "hf:a/b@", "hf:a/b:c:d:e"]
)
def test_a_name_that_is_not_valid(name: str) -> None:
    with pytest.raises(Problem, match="is not valid, write hf:OWNER/NAME"):
        hub.dataset(Path(name))


def test_a_name_is_read_and_written() -> None:
    for name in ("hf:squad", "hf:a/b", "hf:a/b@refs/convert/parquet", "hf:a/b@v1:c", "hf:a/b:c:d"):
        assert str(hub.dataset(Path(name))) == name
    assert hub.dataset(Path("corpus.jsonl")) is None
    assert hub.pinned(Path("corpus.jsonl")) == Path("corpus.jsonl")

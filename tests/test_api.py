"""Searches from Python: plain values, the same as the command line's, with and without a running loop."""

from __future__ import annotations

import asyncio
import errno
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

import rankr1_app
from rankr1_app import api
from rankr1_app.cli import main
from rankr1_app.events import CallFinished, Event
from rankr1_app.paths import GALLERY
from rankr1_app.settings import Settings

TEXTS = ["Stones are hard.", "Yeast makes bread dough rise.", "Tea is a drink."]


@pytest.fixture(autouse=True, scope="module")
def closed() -> Iterator[None]:
    """What was opened is closed."""
    yield
    rankr1_app.close()


def test_every_setting_is_a_keyword() -> None:
    assert set(get_type_hints(api.Everything)) == set(vars(Settings()))


def test_documents_given_are_ranked_with_reasons() -> None:
    ranking = rankr1_app.rerank("why does bread dough rise", TEXTS, seed=1)
    assert [document.text for document in ranking][:1] == TEXTS[1:2]
    first = ranking[0]
    assert (first.rank, first.id, first.first_stage_rank, first.settled) == (1, "2", 2, True)
    assert {reason.call for reason in first.reasons} >= set(first.deciding_calls)
    assert ranking.totals.calls == len(ranking.calls) > 0
    assert (ranking.state, ranking.settings["retriever"], len(ranking)) == ("finished", "literal", 3)


async def test_a_running_loop_is_no_hindrance() -> None:
    """As in a notebook, whose cells run on a loop."""
    assert asyncio.get_running_loop().is_running()
    assert len(rankr1_app.rerank("bread", TEXTS)) == 3


def test_a_search_says_what_the_command_says(capsys: pytest.CaptureFixture[str]) -> None:
    ranking = rankr1_app.search("why does bread dough rise", k=2, depth=5)
    main(["search", "why does bread dough rise", "-k", "2", "--depth", "5", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    for document, expected in zip(ranking, said["ranking"], strict=True):
        for name in ("rank", "id", "title", "settled", "first_stage_rank", "score", "score_name"):
            assert getattr(document, name) == expected[name]
        assert [reason.text for reason in document.reasons] == [reason["text"] for reason in expected["reasons"]]
    assert [call.text for call in ranking.calls] == [call["text"] for call in said["calls"]]


def test_a_recording_loads_as_what_was_returned(tmp_path: Path) -> None:
    seen: list[Event] = []
    ranking = rankr1_app.rerank("bread", TEXTS, record=tmp_path / "r.jsonl", on_event=seen.append)
    assert rankr1_app.load(tmp_path / "r.jsonl") == ranking
    assert sum(isinstance(event, CallFinished) for event in seen) == len(ranking.calls)


def test_a_recording_that_breaks_off_leaves_the_ranking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(file: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rankr1_app.recorder.os.write", write)
    with pytest.raises(rankr1_app.Failed, match=r"recording .* cannot be written: No space left") as caught:
        rankr1_app.rerank("bread", TEXTS, record=tmp_path / "r.jsonl")
    assert len(caught.value.ranking) == 3


def test_a_recording_of_version_1_loads() -> None:
    ranking = rankr1_app.load(next(iter(sorted(GALLERY.glob("*.gz")))))
    assert ranking.calls
    assert all(document.text for document in ranking)


def test_no_documents_make_an_empty_ranking() -> None:
    assert list(rankr1_app.rerank("bread", [])) == []


def test_a_search_that_breaks_raises_with_what_was_settled() -> None:
    with pytest.raises(rankr1_app.Failed, match="127.0.0.1:9") as caught:
        rankr1_app.rerank("bread", TEXTS, base_url="http://127.0.0.1:9/v1", model="m")
    assert [document.id for document in caught.value.ranking] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("query", "settings", "says"),
    [
        (" ", {}, "is empty"),
        ("bread", {"k": 0}, "k 0 is out of range"),
        ("bread", {"k": "3"}, "k '3' must be an integer"),
        ("bread", {"colour": "red"}, "setting 'colour' is unknown"),
        ("bread", {"reranker": "x"}, "reranker 'x' is unknown"),
    ],
)
def test_an_invalid_value_is_named(query: str, settings: dict[str, object], says: str) -> None:
    with pytest.raises(rankr1_app.Problem, match=says):
        rankr1_app.rerank(query, TEXTS, **settings)  # type: ignore[arg-type]


def test_what_on_event_raises_ends_the_search() -> None:
    def stop(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rankr1_app.rerank("bread", TEXTS, on_event=stop)


def test_a_folder_of_texts_becomes_an_index(tmp_path: Path) -> None:
    (tmp_path / "bread.txt").write_text("Yeast makes dough rise.")
    built = rankr1_app.build_index(tmp_path, "notes", folder=tmp_path / "index")
    assert built.documents == 1
    assert built.folder == str(tmp_path / "index" / "notes")
    ranking = rankr1_app.search("dough", index=Path(built.folder), reranker="none", timeout=5)
    assert [document.id for document in ranking] == ["bread.txt"]


SCRIPT = """
import sys, rankr1_app
assert not {"torch", "jnius", "gradio", "openai", "click", "msgspec"} & set(sys.modules), "heavy"
assert dir(rankr1_app)
ranking = rankr1_app.rerank("why does bread dough rise", ["Granite is hard.", "Yeast makes bread dough rise."])
print(ranking[0].id)
"""


def test_a_script_imports_nothing_heavy_and_ends_by_itself() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")

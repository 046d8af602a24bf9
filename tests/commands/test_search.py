"""Commands that search and rerank: how a search is printed and recorded, how it ends, and a recording again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rankr1_app import batch, exchange, facets, pipeline
from rankr1_app.events import (
    Event,
    Retrieved,
    SearchFailed,
    SearchFinished,
    SearchStarted,
    SearchStopped,
    Totals,
    dumps,
)
from rankr1_app.facets import Facets
from rankr1_app.results import Fold
from rankr1_app.settings import Settings
from rankr1_app.store import read

from ..doubles import candidates
from .conftest import Run

STARTED = SearchStarted(query="q", settings={"k": 1}, versions={}, seed=1, started="")
FOUND = Retrieved(
    at=0, index="i", retriever="r", score_name="s", candidates=candidates([3, 9]), seconds=0, note="by\x1b[2J words"
)
RANKING = ("d9", "d3")
END = SearchFinished(at=2, ranking=RANKING, settled=0, totals=Totals())


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The parts of each search, in place of searching; how it ends is the last of `ends`."""
    found: list[Any] = []

    async def search(parts: Any, stop: object) -> Any:
        found.append(parts)
        for event in (STARTED, FOUND, END):
            yield event

    monkeypatch.setattr(pipeline, "search", search)
    return found


def recording(path: Path, *events: Event) -> str:
    path.write_text("\n".join(map(dumps, events)), "utf-8")
    return str(path)


def test_a_search_is_printed_as_a_list(rankr1: Run, searched: list[Any]) -> None:
    status, out, err = rankr1("search", "tea", "--reranker", "none", "--retriever", "bm25", "-k", "1")
    assert status == 0
    assert out.splitlines() == ["  1. d9   ▲1 (first stage 2)   d9"]
    assert err == "note: by [2J words\n", "a note does not drive the terminal"
    assert (searched[0].query, searched[0].k, searched[0].reranker) == ("tea", 1, None)


def test_a_search_is_printed_as_json_or_as_events(rankr1: Run, searched: list[Any]) -> None:
    out = rankr1("search", "tea", "--reranker", "none", "--format", "json")[1]
    assert [each["id"] for each in json.loads(out)["ranking"]] == ["d9", "d3"]
    status, out, err = rankr1("search", "tea", "--reranker", "none", "--format", "events")
    assert (status, err) == (0, "")
    assert out.splitlines() == [dumps(event) for event in (STARTED, FOUND, END)]


def test_a_search_is_recorded_while_it_is_printed(rankr1: Run, searched: list[Any], tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    assert rankr1("search", "tea", "--reranker", "none", "--record", str(path))[0] == 0
    assert list(read(path)) == [STARTED, FOUND, END]


def test_where_nothing_can_be_recorded_nothing_is_searched(rankr1: Run, searched: list[Any], tmp_path: Path) -> None:
    status, out, err = rankr1("search", "tea", "--reranker", "none", "--record", str(tmp_path))
    assert (status, out, searched) == (1, "", [])
    assert "is a folder" in err


@pytest.mark.parametrize(
    ("end", "says"),
    [
        (
            SearchFailed(at=2, message="the server is gone", ranking=RANKING),
            "error: the server is gone\n",
        ),
        (
            SearchStopped(at=2, ranking=RANKING, settled=1, totals=Totals()),
            "error: search was stopped with 1 ranks settled, run it again for all\n",
        ),
    ],
)
def test_a_search_that_did_not_finish_prints_what_it_has_and_ends_with_1(
    end: Event, says: str, rankr1: Run, tmp_path: Path
) -> None:
    status, out, err = rankr1("replay", recording(tmp_path / "a.jsonl", STARTED, FOUND, end))
    assert status == 1
    assert out.startswith("  1. d9 ")
    assert err.endswith(says)


@pytest.mark.parametrize(("k", "lines"), [(1, 1), (0, 2), ("many", 2), (None, 2)])
def test_a_recording_is_shown_again_as_long_as_it_was(k: object, lines: int, rankr1: Run, tmp_path: Path) -> None:
    started = SearchStarted(query="q", settings={"k": k}, versions={}, seed=1, started="")
    status, out, _ = rankr1("replay", recording(tmp_path / "a.jsonl", started, FOUND, END))
    assert (status, len(out.splitlines())) == (0, lines)


def test_topics_or_requests_are_reranked(rankr1: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    monkeypatch.setattr(batch, "rerank_topics", lambda *given: found.append(given))
    monkeypatch.setattr(exchange, "rerank_requests", lambda *given: found.append(given))
    assert rankr1("rerank", "--topics", "t.tsv", "--output", "o.run", "-k", "3") == (0, "", "")
    assert found == [(Settings(depth=100, k=3), Path("t.tsv"), None, None, Path("o.run"), None)]
    assert rankr1("rerank", "--requests", "r.json", "--output", "o.json", "--record", "kept") == (0, "", "")
    assert found[1:] == [(Settings(depth=100), Path("r.json"), Path("o.json"), Path("kept"))]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["--requests", "r", "--topics", "t"],
            "--requests holds topics and candidates: give no --topics, --run or --corpus.",
        ),
        (["--run", "a"], "Missing option '--topics', or '--requests'."),
        (
            ["--topics", "t", "--corpus", "c"],
            "--run needs --corpus and --corpus needs --run; without both, --index is searched.",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: list[str], says: str, rankr1: Run) -> None:
    assert rankr1("rerank", "--output", "o", *arguments) == (2, "", f"error: {says}\n")


@pytest.fixture(scope="module")
def json_search() -> dict[str, Any]:
    """The promised command, as its own process."""
    query = "why does bread dough rise"
    command = [sys.executable, "-m", "rankr1_app", "search", query, "--index", "demo", "--depth", "20", "-k", "10"]
    done = subprocess.run([*command, "--format", "json"], capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_the_promised_object(json_search: dict[str, Any]) -> None:
    assert {"query", "settings", "ranking", "calls", "totals"} <= set(json_search)
    assert len(json_search["ranking"]) == 20
    assert len({entry["id"] for entry in json_search["ranking"]}) == 20
    for entry in json_search["ranking"]:
        assert {"rank", "id", "title", "first_stage_rank", "first_stage_score", "reasons", "deciding_calls"} <= set(
            entry
        )
    for call in json_search["calls"]:
        assert {"id", "round", "documents", "text", "answer", "status", "usage", "seconds"} <= set(call)
    assert {"calls", "rounds", "prompt_tokens", "completion_tokens", "seconds", "unreadable"} <= set(
        json_search["totals"]
    )


@pytest.mark.slow
def test_the_bundled_model_reads_and_reasons(json_search: dict[str, Any]) -> None:
    readable = [call["status"] in ("ok", "repaired") for call in json_search["calls"]]
    assert sum(readable) >= 0.95 * len(readable)
    assert sum(1 for entry in json_search["ranking"][:10] if entry["reasons"]) >= 8


def test_a_recording_is_labelled(rankr1: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def asked(fold: Fold, labels: list[str]) -> object:
        assert labels == ["tea", " home cooking"]
        documents = [fold.candidates[document] for document in RANKING]
        rows = {"d9": (0.5, 0.125), "d3": (0.25, 1.0)}
        return Facets(model="m", labels=("tea", "home cooking"), documents=rows, asked=""), documents

    monkeypatch.setattr(facets, "label_documents", asked)
    file = recording(tmp_path / "r.jsonl", STARTED, FOUND, END)
    status, out, _ = rankr1("facets", file, "--labels", "tea, home cooking")
    assert status == 0
    assert out.splitlines() == [
        "tea 1, home cooking 1: of 2 documents, at 0.5 or more by m",
        "  1. d9   tea 0.50, home cooking 0.12   d9",
        "  2. d3   tea 0.25, home cooking 1.00   d3",
    ]

"""Recordings as one HTML file, and what cannot be made into one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import SearchStarted, dumps
from rankr1_app.report import names, report
from rankr1_app.store import read

V1 = Path(__file__).parent / "golden" / "v1"
GOLDEN = sorted(V1.glob("*.jsonl.gz"))[:2]
DATA = re.compile(r'<script type="application/json" id="rank-r1-kept">(.*?)</script>', re.DOTALL)


def data(page: Path) -> list[dict[str, object]]:
    """The searches that a report carries."""
    found = DATA.search(page.read_text("utf-8"))
    assert found
    searches: list[dict[str, object]] = json.loads(found[1])["searches"]
    return searches


def test_several_recordings_become_one_page_with_contents(tmp_path: Path) -> None:
    report(GOLDEN, tmp_path / "report.html")
    searches = data(tmp_path / "report.html")
    assert [search["id"] for search in searches] == [path.name.split(".")[0] for path in GOLDEN]
    text = (tmp_path / "report.html").read_text("utf-8")
    assert text.count('<li><a href="#') == 2
    assert "<title>2 searches – Rank-R1</title>" in text


def test_one_recording_needs_no_contents(tmp_path: Path) -> None:
    report([V1 / "kinds.jsonl"], tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "<nav" not in text
    assert "<title>why does bread rise – Rank-R1</title>" in text


def test_a_recording_that_breaks_off_says_so(tmp_path: Path) -> None:
    lines = (V1 / "kinds.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "cut.jsonl").write_text("".join(lines[: len(lines) // 2]), "utf-8")
    report([tmp_path / "cut.jsonl"], tmp_path / "report.html")
    lines_kept: Any = data(tmp_path / "report.html")[0]["lines"]
    assert lines_kept[-1]["type"] == "search_failed"
    assert lines_kept[-1]["message"].startswith("this recording ends before its search did")


def other(path: Path, **settings: object) -> Path:
    """The golden recording as if it had been made with other settings."""
    first, *rest = read(V1 / "kinds.jsonl")
    assert isinstance(first, SearchStarted)
    changed = SearchStarted(**{**vars(first), "settings": {**first.settings, **settings}})
    path.write_text("\n".join(map(dumps, [changed, *rest])), "utf-8")
    return path


def test_recordings_of_several_rankers_are_compared(tmp_path: Path) -> None:
    one = other(tmp_path / "one.jsonl", reranker="mine")
    stage = other(tmp_path / "a,b.jsonl", reranker="none", retriever="bm25", k=2)
    report([one, stage, GOLDEN[0]], tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "<h2>2 rankers on 1 query</h2>" in text
    assert "mine and bm25" in text
    assert 'href="#one,a%2Cb"' in text, "both side by side"
    assert 'href="#a%2Cb"' in text, "one by itself"
    assert "<nav" not in text


def test_what_is_compared_is_text(tmp_path: Path) -> None:
    hostile = other(tmp_path / "a.jsonl", reranker='<img src=x onerror="alert(1)">')
    report([hostile, other(tmp_path / "b.jsonl", reranker="mine")], tmp_path / "report.html")
    assert "<img" not in (tmp_path / "report.html").read_text("utf-8")


def test_queries_are_text(tmp_path: Path) -> None:
    events = list(read(V1 / "kinds.jsonl"))
    assert isinstance(events[0], SearchStarted)
    hostile = SearchStarted(**{**vars(events[0]), "query": '</script><img src=x onerror="alert(1)">'})
    (tmp_path / "a.jsonl").write_text("\n".join(map(dumps, [hostile, *events[1:]])), "utf-8")
    report([tmp_path / "a.jsonl", V1 / "kinds.jsonl"], tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "<img" not in text
    assert data(tmp_path / "report.html")[0]["query"] == hostile.query


def test_files_of_one_name_have_names_of_their_own() -> None:
    assert list(names([Path("a/x.jsonl"), Path("b/x.jsonl.gz"), Path("y.jsonl")])) == ["x", "x-2", "y"]


def test_a_broken_recording_leaves_the_earlier_report(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("earlier")
    (tmp_path / "broken.jsonl").write_text("{")
    with pytest.raises(Problem, match="is not JSON"):
        report([GOLDEN[0], tmp_path / "broken.jsonl"], tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.jsonl", "report.html"]


def test_a_report_is_not_written_over_its_recording(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes((V1 / "kinds.jsonl").read_bytes())
    with pytest.raises(Problem, match="would be written over the recording"):
        report([tmp_path / "a.jsonl"], tmp_path / "a.jsonl")

"""Commands that measure and show what was found: runs against judgements, recordings as a page, true claims."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rankr1_app import ablation, audit, compare, evaluation
from rankr1_app.ablation import Outcome
from rankr1_app.settings import Settings

from .conftest import Run

V1 = Path(__file__).parent.parent / "golden" / "v1"


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with judgements of two topics, a perfect run, and one that is not."""
    monkeypatch.chdir(tmp_path)
    Path("q.txt").write_text("1 0 a 1\n2 0 b 1\n")
    Path("good.run").write_text("1 Q0 a 1 2 x\n1 Q0 b 2 1 x\n2 Q0 b 1 2 x\n")
    Path("bad.run").write_text("1 Q0 b 1 2 x\n1 Q0 a 2 1 x\n2 Q0 b 1 2 x\n")
    return tmp_path


def test_runs_are_measured_one_after_another(judged: Path, rankr1: Run) -> None:
    assert rankr1("evaluate", "q.txt", "good.run", "bad.run", "--measures", "RR@10 P@1") == (
        0,
        "good.run\tRR@10\t1.0000\ngood.run\tP@1\t1.0000\nbad.run\tRR@10\t0.7500\nbad.run\tP@1\t0.5000\n",
        "",
    )


def test_a_difference_to_a_baseline_says_how_likely_chance_is(
    judged: Path, rankr1: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"RR@10": SimpleNamespace(mean=0.25, p=0.5)}
    monkeypatch.setattr(evaluation, "compare", lambda qrels, run, baseline, measures: found)
    _, out, _ = rankr1("evaluate", "q.txt", "good.run", "--measures", "RR@10", "--baseline", "bad.run")
    assert out.splitlines()[1] == "good.run - bad.run\tRR@10\t+0.2500\tp 0.5000"


def test_a_topic_that_is_on_one_side_only_is_noted_beside_the_values(judged: Path, rankr1: Run) -> None:
    Path("half.run").write_text("1 Q0 a 1 2 x\n")
    status, out, err = rankr1("evaluate", "q.txt", "half.run", "--measures", "P@1")
    assert (status, out) == (0, "half.run\tP@1\t0.5000\n")
    assert err.startswith("half.run: ")


def test_a_comparison_is_of_first_stages_or_rerankers_over_the_same_topics(
    rankr1: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found: list[Any] = []

    def carried_out(comparison: compare.Comparison) -> list[str]:
        found.append(comparison)
        return ["none\tRR@10\t0.7500"]

    monkeypatch.setattr(compare, "compare", carried_out)
    files = ["--topics", "t.tsv", "--qrels", "q.txt", "--output", str(tmp_path)]
    status, out, err = rankr1("compare", "--retrievers", "bm25,dense", *files, "--depth", "50")
    assert (status, out, err) == (0, "none\tRR@10\t0.7500\n", f"report in {tmp_path / 'report.html'}\n")
    [asked] = found
    assert [(each.name, each.settings.depth) for each in asked.systems] == [("bm25", 50), ("dense", 50)]
    assert (asked.topics, asked.measures, asked.run) == (Path("t.tsv"), "nDCG@10 RR@10 P@5", None)
    assert rankr1("compare", "--rerankers", "none,rank-r1-nano", *files, "--run", "a.run") == (
        2,
        "",
        "error: --run needs --corpus and --corpus needs --run; without both, --index is searched.\n",
    )


def test_a_report_says_where_it_is(rankr1: Run, tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    assert rankr1("report", str(V1 / "kinds.jsonl"), "--output", str(page)) == (0, "", f"{page}\n")
    assert page.read_text("utf-8").startswith("<!doctype html>")
    two = (str(V1 / "kinds.jsonl"), str(sorted(V1.glob("*.jsonl.gz"))[0]))
    assert rankr1("report", *two, "--output", str(page))[2] == f"{page}: 2 searches\n"


def claim(kind: str, true: bool, document: str = "a", text: str = "tea is there") -> SimpleNamespace:
    said = SimpleNamespace(kind=kind, true=true, label="[1]", text=text)
    return SimpleNamespace(recording="r.jsonl", call=4, document=document, claim=said)


def test_false_claims_are_listed_and_true_ones_counted(rankr1: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        claim("words", True),
        claim("words", False),
        claim("asked", False),
        claim("words", False, document=""),
        claim("choice", True),
        claim("choice", False, text="\x1b[2Jthe best"),
    ]
    monkeypatch.setattr(audit, "audit", lambda recordings: iter(found))
    status, out, _ = rankr1("audit", "r.jsonl")
    assert status == 0
    assert out.splitlines() == [
        "r.jsonl\tcall 4\ta\t[1] tea is there",
        "r.jsonl\tcall 4\tthe query\t[1] tea is there",
        "r.jsonl\tcall 4\tno document\t[1] tea is there",
        "r.jsonl\tcall 4\ta\t[1]  [2Jthe best",
        "2 of 6 checkable claims are true (33.3 %)",
        "1 of 2 choices follow from what was said",
    ]
    monkeypatch.setattr(audit, "audit", lambda recordings: iter(()))
    assert rankr1("audit", "r.jsonl") == (
        1,
        "",
        "error: no answer in these recordings makes a claim that can be checked\n",
    )


def test_reasons_are_tried_by_the_model_that_the_options_name(rankr1: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Settings] = []

    async def ablate(recordings: tuple[Path, ...], settings: Settings) -> list[Outcome]:
        asked.append(settings)
        return [Outcome(recordings[0], 1, changed=True, stayed=False)]

    monkeypatch.setattr(ablation, "ablate", ablate)
    arguments = ["--reranker", "rankgpt", "--base-url", "http://x:1/v1", "--model", "gpt"]
    status, out, _ = rankr1("audit", "r.jsonl", "--ablate", *arguments)
    assert status == 0
    assert out.splitlines()[0].startswith("gpt: without the passage another document is chosen: 1 of 1 (100.0 %")
    assert asked[0].reranker == "rankgpt"

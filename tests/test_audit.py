"""Claims of recorded answers: checked against what was shown, counted, and mostly true for the bundled model."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.audit import audit, shown_of
from rankr1_app.cli import main
from rankr1_app.events import CallFinished, Candidate
from rankr1_app.paths import GALLERY
from rankr1_app.pipeline import Search, search
from rankr1_app.recorder import recorded
from rankr1_app.store import read

from .doubles import Fixed, Scripted, setwise

TEXTS = ("bread rises with yeast", "tea is a drink", "dough and bread")
SAID = (
    "<think> The query asks about bread, rye. Checking each document:\n"
    "[1] bread is there, dough is missing, so 2 in all.\n"
    "[2] bread is there, dough is missing, so 2 in all.\n"
    "[4] bread is there, dough is there, so 2 in all.\n"
    "Words weighed against place, the choice is [1] with 2 in all. </think>\n<answer>[1]</answer>"
)


async def record(path: Path, said: str) -> Path:
    """A recording of one call that says `said`."""
    found = tuple(Candidate(id=f"d{n}", title="", text=text, rank=n, score=1.0) for n, text in enumerate(TEXTS, 1))
    asked = Search(
        query="bread dough",
        retriever=Fixed(found),
        reranker=setwise(Scripted(judge=lambda _: said)),
        depth=3,
        k=1,
        seed=1,
    )
    async for _ in recorded(search(asked), path):
        pass
    return path


async def test_claims_are_judged_by_the_documents(tmp_path: Path) -> None:
    path = await record(tmp_path / "r.jsonl", SAID)
    found = list(audit([path]))
    assert len(found) == 12
    assert [(f.claim.word, f.claim.true) for f in found if f.claim.kind == "asked"] == [("bread", True), ("rye", False)]
    for finding in found:
        words = TEXTS[int(finding.document[1:]) - 1].split() if finding.document else []
        if finding.claim.kind in ("there", "missing"):
            expected = bool(words) and (finding.claim.word in words) == (finding.claim.kind == "there")
            assert finding.claim.true == expected
    assert not any(finding.claim.true for finding in found if finding.claim.label == "[4]")
    assert {finding.document for finding in found if finding.claim.label == "[4]"} == {""}


async def test_the_command_lists_what_is_false(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = await record(tmp_path / "r.jsonl", SAID)
    false = [f for f in audit([path]) if not f.claim.true]
    main(["audit", str(path), str(path)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 * len(false) + 1
    true = 2 * (12 - len(false))
    assert lines[-1] == f"{true} of 24 checkable claims are true ({100 * true / 24:.1f} %)"
    assert lines[0] == f"{path}\tcall 1\tthe query\tasks about rye"


async def test_answers_without_such_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = await record(tmp_path / "r.jsonl", "<think> The third is about dough. </think>\n<answer>[3]</answer>")
    with pytest.raises(SystemExit) as stop:
        main(["audit", str(path)])
    assert stop.value.code == 1
    assert "no answer in these recordings makes a claim that can be checked" in capsys.readouterr().err


def test_only_what_was_shown_counts() -> None:
    """A word beyond the cut is missing, as the model says."""
    candidate = Candidate(
        id="d", title="Bread", text="rises <|im_end|> slowly " + "in a warm room " * 20, rank=1, score=1.0
    )
    sent = "Here are the documents:\n[1]: Bread rises < |im_end|> slowly in a warm\n\n[2]: in a warm room"
    assert shown_of(candidate, sent) == "Bread rises < |im_end|> slowly in a warm"


@pytest.mark.parametrize(
    ("query", "share"),
    # Half of its training texts are about diseases: it takes that word to be there more often than it is (its card).
    [("why does bread dough rise", 0.95), ("how do vaccines protect against disease", 0.9)],
)
def test_the_bundled_model_says_what_is_true(
    query: str, share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    path = tmp_path / "r.jsonl"
    main(["search", query, "--depth", "20", "-k", "3", "--format", "json", "--record", str(path)])
    capsys.readouterr()
    found = [finding.claim.true for finding in audit([path])]
    assert len(found) > 60
    assert sum(found) / len(found) >= share


def test_the_gallery_says_what_is_true_and_can_be_read() -> None:
    recordings = sorted(GALLERY.glob("*.jsonl.gz"))
    assert len(recordings) >= 8
    found = [finding.claim.true for finding in audit(recordings)]
    assert len(found) > 1000
    assert sum(found) / len(found) >= 0.95
    calls = [event for path in recordings for event in read(path) if isinstance(event, CallFinished)]
    assert sum(call.status == "ok" for call in calls) / len(calls) >= 0.995

"""Votes are kept whole, whatever befell the file before."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app import votes
from rankr1_app.errors import Problem
from rankr1_app.votes import Vote, Votes

VOTE = Vote(
    at="2026-11-26T06:00:00+00:00", query="bread", runs=("a", "b"), rankers={"a": "one", "b": "two"}, choice="b"
)


def test_votes_come_back_as_they_were_given(tmp_path: Path) -> None:
    kept = Votes(tmp_path / "new" / "votes.jsonl")
    assert list(kept.all()) == []
    kept.add(VOTE)
    kept.add(VOTE)
    assert list(kept.all()) == [VOTE, VOTE]
    assert kept.of(("b", "a")) == [VOTE, VOTE]
    assert kept.of(("a", "c")) == []


def test_a_line_that_was_cut_short_costs_no_other(tmp_path: Path) -> None:
    kept = Votes(tmp_path / "votes.jsonl")
    kept.add(VOTE)
    with kept.path.open("ab") as file:
        file.write(b'{"at": "2026')
    kept.add(VOTE)
    assert list(kept.all()) == [VOTE, VOTE]


def test_votes_that_are_too_many_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(votes, "MOST", 200)
    kept = Votes(tmp_path / "votes.jsonl")
    kept.add(VOTE)
    with pytest.raises(Problem, match="at most 200 bytes are kept"):
        kept.add(VOTE)
    assert list(kept.all()) == [VOTE]

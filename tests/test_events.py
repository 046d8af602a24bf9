"""Events survive the trip to JSON lines; newer and broken ones are met with words."""

from __future__ import annotations

import json

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import KINDS, Candidate, RankSettled, Retrieved, SearchFailed, dumps, from_dict, loads, to_dict

EVENT = RankSettled(at=1.5, rank=1, document="d", calls=(1, 2))


def test_round_trip() -> None:
    found = Candidate(id="a", title="", text='<script> "\\ \u2028 é', rank=1, score=0.1 + 0.2)
    retrieved = Retrieved(at=0.1, index="i", retriever="r", score_name="s", candidates=(found,), seconds=0.1)
    for event in (EVENT, retrieved, SearchFailed(at=1, message="m")):
        assert from_dict(to_dict(event)) == event
        assert list(loads([dumps(event)])) == [event]
        assert "\n" not in dumps(event)


def test_newer_fields_are_ignored() -> None:
    assert from_dict({**to_dict(EVENT), "version": 99, "mood": "good"}) == EVENT


def test_every_kind_has_a_name() -> None:
    assert len(set(KINDS)) == len(set(KINDS.values())) == 9


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 1 is not JSON"),
        ("[1]", "line 1 is not a JSON object"),
        ('{"type": "surprise"}', "'surprise' is unknown, known are"),
        ("{}", "None is unknown"),
        ('{"type": ["x"]}', "unknown"),
        (json.dumps({**to_dict(EVENT), "rank": "first"}), "rank_settled is not as it should be"),
        (json.dumps({"type": "rank_settled"}), "missing required field"),
    ],
)
def test_broken_lines(line: str, why: str) -> None:
    with pytest.raises(Problem, match=why):
        list(loads([line], "file.jsonl"))


def test_frozen() -> None:
    with pytest.raises(AttributeError):
        EVENT.rank = 2  # type: ignore[misc]

"""Events survive the trip to JSON lines; newer and broken ones are met with words."""

from __future__ import annotations

import json

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import (
    KINDS,
    CallFinished,
    Candidate,
    RankSettled,
    Retrieved,
    SearchFailed,
    dumps,
    from_dict,
    loads,
    to_dict,
)

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


def test_kinds_of_a_newer_version_are_skipped() -> None:
    newer = json.dumps({"type": "tea_served", "version": 3, "at": 1.0})
    assert list(loads([newer, dumps(EVENT)])) == [EVENT]
    with pytest.raises(Problem, match="'tea_served' is unknown"):
        list(loads([newer.replace("3", "2", 1)]))


def test_statuses_of_a_newer_version_are_read_as_failed() -> None:
    usage = {"prompt_tokens": 1, "cached_tokens": 0, "completion_tokens": 1}
    line = {"type": "call_finished", "at": 1.0, "call": 1, "answer": [], "order": [], "status": "doubted"}
    line |= {"finish_reason": "stop", "text": "", "usage": usage, "seconds": 1.0}
    (event,) = loads([json.dumps(line | {"version": 3})])
    assert isinstance(event, CallFinished)
    assert event.status == "failed"
    with pytest.raises(Problem, match="is not valid"):
        list(loads([json.dumps(line | {"version": 2})]))


@pytest.mark.parametrize("version", [0, -1, "2", 1.0, True, None])
def test_invalid_versions(version: object) -> None:
    with pytest.raises(Problem, match="event version .* is not valid"):
        from_dict({**to_dict(EVENT), "version": version})


def test_every_kind_has_a_name() -> None:
    assert len(set(KINDS)) == len(set(KINDS.values())) == 13


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 1 is not JSON"),
        ("[1]", "line 1 is not a JSON object"),
        ('{"type": "surprise"}', "'surprise' is unknown, known are"),
        ("{}", "None is unknown"),
        ('{"type": ["x"]}', "unknown"),
        (json.dumps({**to_dict(EVENT), "rank": "first"}), "rank_settled is not valid"),
        (json.dumps({"type": "rank_settled"}), "missing required field"),
    ],
)
def test_broken_lines(line: str, why: str) -> None:
    with pytest.raises(Problem, match=why):
        list(loads([line], "file.jsonl"))


def test_frozen() -> None:
    with pytest.raises(AttributeError):
        EVENT.rank = 2  # type: ignore[misc]

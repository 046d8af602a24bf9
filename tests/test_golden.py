"""Recordings of every earlier version open as they did: the same list, the same reasons, the same calls."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.events import CallFinished, SearchFailed, SearchStopped, dumps, loads, to_dict
from rankr1_app.results import gather, result
from rankr1_app.store import read

V1 = Path(__file__).parent / "golden" / "v1"
RECORDINGS = sorted(V1.glob("*.jsonl.gz"))


def first_version(found: dict[str, Any]) -> dict[str, Any]:
    """Return a result in the fields that version 1 had."""
    for entry in found["ranking"]:
        for name in ("sources", "place", "score", "score_name", "notes"):
            del entry[name]
        for reason in entry["reasons"]:
            del reason["labels"]
    for call in found["calls"]:
        answer, order, scores, usage = call.pop("answer"), call.pop("order"), call.pop("scores"), call["usage"]
        del call["kind"], call["score_name"], call["feedback"], call["nearest"]
        call |= {"answer": answer[0] if answer else None, "winner": order[0] if order else None, "likelihoods": scores}
        call["usage"] = {name: tokens or 0 for name, tokens in usage.items()}
    for name in ("faults", "uncounted"):
        del found["totals"][name]
    del found["note"], found["rewritten"]
    return found


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name.split(".")[0])
def test_gallery_of_version_1_gives_the_same_result(path: Path) -> None:
    expected = json.loads(path.with_name(path.name.replace(".jsonl.gz", ".result.json")).read_text("utf-8"))
    assert first_version(result(gather(read(path)))) == expected


def test_every_kind_of_version_1_is_lifted() -> None:
    events = list(read(V1 / "kinds.jsonl"))
    assert len(events) == 10
    unreadable, ordered = (event for event in events if isinstance(event, CallFinished))
    assert (unreadable.answer, unreadable.order, unreadable.usage.known) == ((), (), False)
    assert (ordered.answer, ordered.order, ordered.winner) == (("b",), ("b",), "b")
    assert (ordered.scores, ordered.score_name) == ((0.1, 0.7, 0.2), "label probability")
    assert ordered.usage.prompt_tokens == 90
    assert list(loads(map(dumps, events))) == events
    assert {to_dict(event)["version"] for event in events} == {2}
    for event in events:
        assert set(to_dict(event)) == {"type", "version", *(each.name for each in fields(event))}
    assert set(to_dict(ordered)["usage"]) == {"prompt_tokens", "cached_tokens", "completion_tokens"}


def test_other_ends_of_version_1_are_lifted() -> None:
    common = {"version": 1, "at": 1.0, "ranking": ["a"], "settled": 0}
    lines = [{"type": "search_stopped", **common, "totals": {}, "reason": "stopped"}]
    lines += [{"type": "search_failed", **common, "message": "gone"}]
    stopped, failed = loads(map(json.dumps, lines))
    assert isinstance(stopped, SearchStopped)
    assert isinstance(failed, SearchFailed)

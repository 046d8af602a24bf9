"""Events that do not fit together end a recording in one sentence, whoever reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.cli import main

from .fuzz.test_recordings import GOOD

Bend = Callable[[list[dict[str, Any]]], Any]


def of(kind: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    """The first event of a kind."""
    return next(event for event in events if event["type"] == kind)


def put(kind: str, **fields: Any) -> Bend:
    return lambda events: of(kind, events).update(fields)


def again(kind: str) -> Bend:
    return lambda events: events.insert(events.index(of(kind, events)) + 1, of(kind, events))


def without(kind: str) -> Bend:
    return lambda events: events.remove(of(kind, events))


BENT: dict[str, tuple[Bend, str]] = {
    "a time before the search": (put("retrieved", at=-1.0), "is not a time of a search"),
    "a time that no search takes": (put("retrieved", at=1e12), "is not a time of a search"),
    "begun twice": (again("search_started"), "had started before"),
    "retrieved twice": (again("retrieved"), "first stage had ended before"),
    "a candidate twice": (
        lambda events: of("retrieved", events)["candidates"].append(of("retrieved", events)["candidates"][0]),
        "is there twice",
    ),
    "a candidate of rank 0": (lambda events: of("retrieved", events)["candidates"][0].update(rank=0), "has rank 0"),
    "no candidates": (without("retrieved"), "is not a candidate"),
    "a call about another document": (put("call_started", documents=["d1", "d77"]), "'d77' is not a candidate"),
    "a call about a document twice": (put("call_started", documents=["d1", "d1"]), "or is there twice"),
    "a call twice": (again("call_started"), "had started before"),
    "a call that repeats none": (put("call_started", repeats=99), "call 99 did not start"),
    "words of a call that did not start": (put("reasoning_delta", call=99), "call 99 did not start"),
    "a call that ends without a beginning": (without("call_started"), "did not start"),
    "a call that ends twice": (again("call_finished"), "had finished before"),
    "an answer about another document": (put("call_finished", answer=["d77"]), "'d77' is not in call"),
    "an order with another document": (put("call_finished", order=["d77"]), "'d77' is not in call"),
    "too few scores": (put("call_finished", scores=[0.5]), "1 scores for"),
    "too few neighbourhoods": (put("call_finished", nearest=[[]]), "1 neighbourhoods for"),
    "a neighbour outside of the pseudo-query": (
        lambda events: of("call_finished", events).update(
            nearest=[[{"document": of("call_started", events)["documents"][0], "cosine": 0.5}]]
            + [[]] * (len(of("call_started", events)["documents"]) - 1),
        ),
        "is not in the pseudo-query",
    ),
    "more thought than text": (put("call_finished", thought=10**6), "thought is 1000000 of"),
    "a rank of another document": (put("rank_settled", document="d77"), "'d77' is not a candidate without a rank"),
    "a rank twice": (again("rank_settled"), "is not a candidate without a rank"),
    "a rank by a call that did not start": (put("rank_settled", calls=[99]), "did not start"),
    "rank 0": (put("rank_settled", rank=0), "rank 0 was settled before, or is none"),
    "a ranking with another document": (put("search_finished", ranking=["d77"]), "'d77' is not a candidate"),
    "a ranking with a document twice": (put("search_finished", ranking=["d9"] * 4), "or is there twice"),
    "a ranking without some": (put("search_finished", ranking=["d9"]), "the ranking has 1 of 4 candidates"),
    "more ranks than documents": (put("search_finished", settled=9), "9 ranks are settled"),
    "ended twice": (again("search_finished"), "had ended before"),
}


@pytest.mark.parametrize("name", BENT)
def test_what_does_not_fit(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bend, says = BENT[name]
    events = json.loads(json.dumps(GOOD))
    bend(events)
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    for command in (["replay", str(path)], ["replay", str(path), "--format", "json"], ["audit", str(path)]):
        with pytest.raises(SystemExit) as stop:
            main(command)
        assert stop.value.code == 1
        error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith("error: recording r.jsonl event ")
        assert says in error


LINES = {
    "not a number": '"seconds": NaN',
    "without end": '"seconds": 1e999',
    "half a character": '"index": "\\ud800"',
    "a broken escape": '"index": "\\q"',
}


@pytest.mark.parametrize("name", LINES)
def test_what_json_does_not_know(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.jsonl"
    lines = [json.dumps(event) for event in GOOD]
    lines[1] = lines[1].replace('"version"', f'{LINES[name]}, "version"', 1)
    path.write_text("\n".join(lines))
    with pytest.raises(SystemExit) as stop:
        main(["replay", str(path)])
    assert stop.value.code == 1
    assert "error: r.jsonl line 2 is not JSON" in capsys.readouterr().err


@pytest.mark.parametrize("k", [None, "ten", -3, 1e308, [], True])
def test_settings_of_other_makers(k: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = json.loads(json.dumps(GOOD))
    events[0]["settings"] = {"k": k}
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, events)))
    main(["replay", str(tmp_path / "r.jsonl")])
    assert "d9" in capsys.readouterr().out
    for speed in ("nan", "-1"):
        with pytest.raises(SystemExit):
            main(["replay", str(tmp_path / "r.jsonl"), "--speed", speed])
    assert "Traceback" not in capsys.readouterr().err

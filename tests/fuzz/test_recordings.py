"""Recordings that were bent in any way: shown as far as they make sense, or refused in one sentence."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rankr1_app.audit import audit
from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.events import from_dict, loads, to_dict
from rankr1_app.pipeline import Search, search
from rankr1_app.printing import table
from rankr1_app.results import gather, result
from rankr1_app.store import read

from ..doubles import Fixed, Scripted, candidates, setwise

thorough = settings(
    max_examples=2000,
    deadline=5000,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def recorded() -> list[dict[str, Any]]:
    parts = Search(
        query="largest number",
        retriever=Fixed(candidates([3, 9, 5, 1])),
        reranker=setwise(Scripted(), docs_per_call=3),
        depth=4,
        k=2,
        seed=1,
        settings={"k": 2, "reranker": "scripted"},
    )
    return [to_dict(event) async for event in search(parts)]


GOOD = asyncio.run(recorded())
PLACES = [(number, name) for number, event in enumerate(GOOD) for name in event]
VALUES: st.SearchStrategy[object] = st.sampled_from(
    [
        *(None, True, -1, 0, 1, 2, 3, 99, 10**30, 1e308, -1.5, 0.5, float("nan"), float("inf")),
        *("", "d9", "d99", "x", "[1]", "ok", "failed", "\x1b[2J", "\ud800", "x" * 300),
        *([], ["d9", "d9"], ["d99"], ["d1", "d3"], ["d9", "d5", "d3", "d1"], [0], [1], [[]], {}, {"k": "x"}),
    ]
)


@st.composite
def bent(draw: st.DrawFn) -> list[Any]:
    """The events of a good recording with one to three changes."""
    events: list[Any] = [dict(event) for event in GOOD]
    for _ in range(draw(st.integers(1, 3))):
        how = draw(st.integers(0, 6))
        number = draw(st.integers(0, len(events) - 1))
        if how <= 2:
            number, name = draw(st.sampled_from(PLACES))
            if number < len(events) and isinstance(events[number], dict):
                events[number][name] = draw(VALUES)
        elif how == 3:
            events[number] = draw(VALUES)
        elif how == 4 and len(events) > 1:
            del events[number]
        elif how == 5:
            events.insert(draw(st.integers(0, len(events))), events[number])
        elif isinstance(events[number], dict) and events[number]:
            events[number].pop(draw(st.sampled_from(sorted(events[number]))))
    return events


def check_words(problem: Problem, holds: str = "") -> None:
    text = str(problem)
    text.encode()
    assert len(text) < 700
    assert "\n" not in text
    assert holds in text


@thorough
@given(bent())
def test_everything_that_reads_a_recording(tmp_path: Path, events: list[Any]) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    try:
        seen = list(read(path))
    except Problem as problem:
        check_words(problem, "r.jsonl")
        return
    found = result(gather(seen))
    json.dumps(found, allow_nan=False).encode()
    assert all(line.isprintable() for line in table(found, 3))
    with contextlib.suppress(Problem):
        list(audit([path]))


@settings(thorough, max_examples=150)
@given(bent(), st.sampled_from(["table", "json", "events"]))
def test_replay_has_a_right_status(tmp_path: Path, events: list[Any], style: str) -> None:
    path, out, err = tmp_path / "r.jsonl", io.StringIO(), io.StringIO()
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    status: Any = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(["replay", str(path), "--format", style])
        except SystemExit as stop:
            status = stop.code
    assert status in (0, 1)
    assert (status == 0) == (err.getvalue() == "")
    assert "Traceback" not in err.getvalue()
    if status:
        assert err.getvalue().splitlines()[-1].startswith("error: ")


@settings(thorough, max_examples=1000)
@given(
    st.dictionaries(st.sampled_from(["type", "version", *GOOD[0], *GOOD[1]]), VALUES, max_size=6), st.sampled_from(GOOD)
)
def test_events_from_anything(changes: dict[str, Any], event: dict[str, Any]) -> None:
    for data in (changes, {**event, **changes}):
        try:
            found = from_dict(data)
        except Problem as problem:
            check_words(problem)
        else:
            assert from_dict(to_dict(found)) == found or "nan" in repr(found)


@settings(thorough, max_examples=500)
@given(
    st.lists(
        st.text(max_size=30)
        | st.sampled_from([json.dumps(event) for event in GOOD]).flatmap(
            lambda line: st.integers(0, len(line)).map(lambda place: line[:place])
        ),
        max_size=3,
    )
)
def test_lines_of_anything(lines: list[str]) -> None:
    try:
        list(loads(lines))
    except Problem as problem:
        check_words(problem)


@pytest.mark.parametrize("place", range(0, 400, 7))
def test_bytes_that_are_turned(place: int, tmp_path: Path) -> None:
    raw = bytearray("".join(json.dumps(event) + "\n" for event in GOOD).encode())
    raw[place] ^= 0x84
    (tmp_path / "r.jsonl").write_bytes(raw)
    with contextlib.suppress(Problem):
        result(gather(read(tmp_path / "r.jsonl")))

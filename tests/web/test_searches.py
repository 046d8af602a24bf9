"""Searches over HTTP, on a real port over a scripted model."""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.events import CallFinished, CallStarted, ReasoningDelta, Usage
from rankr1_app.web import searches
from rankr1_app.web.searches import Run

from .conftest import App, lines, nobody


def test_a_search_is_a_stream_of_lines(app: App) -> None:
    said = app.search()
    assert [line["type"] for line in said[:4]] == ["run", "search_started", "retrieved", "planned"]
    assert said[-1]["type"] == "search_finished"
    assert said[-1]["ranking"][:3] == ["d11", "d10", "d9"]
    assert sorted(said[-1]["ranking"]) == sorted(f"d{n}" for n in range(12))
    text: defaultdict[int, str] = defaultdict(str)
    for line in said:
        if line["type"] == "said":
            for call, words in line["calls"].items():
                text[int(call)] += words
        if line["type"] == "explained":
            for reason in line["reasons"]:
                assert "holds the largest number" in text[line["call"]][reason["start"] : reason["end"]]


def test_stop_ends_a_search_and_its_generation(slow: App) -> None:
    with slow.http.stream("POST", "api/search", json={"query": "number"}) as response:
        arriving = response.iter_lines()
        run = json.loads(next(arriving))["id"]
        while json.loads(next(arriving) or "{}").get("type") != "call_started":
            pass
        assert slow.http.post(f"api/search/{run}/stop").json() == {"stopped": run}
        rest = [json.loads(line) for line in arriving if line]
    assert rest[-1]["type"] == "search_stopped"
    assert len(set(rest[-1]["ranking"])) == 12
    nobody(slow)
    assert lines(slow.http.get(f"api/recordings/{run}"))[-1]["type"] == "search_stopped"


def test_a_reader_who_leaves_ends_the_generation(slow: App) -> None:
    with slow.http.stream("POST", "api/search", json={"query": "number"}) as response:
        arriving = response.iter_lines()
        run = json.loads(next(arriving))["id"]
        while not slow.model.running:
            time.sleep(0.02)
    nobody(slow)
    until = time.monotonic() + 5
    while run not in slow.store.ids() and time.monotonic() < until:
        time.sleep(0.02)
    last = lines(slow.http.get(f"api/recordings/{run}"))[-1]
    assert (last["type"], last["reason"]) == ("search_stopped", "stopped when its page was left")


def test_a_reader_who_comes_back_goes_on_from_the_beginning(slow: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "GRACE", 10.0)
    with slow.http.stream("POST", "api/search", json={"query": "number"}) as response:
        arriving = response.iter_lines()
        run = json.loads(next(arriving))["id"]
        while json.loads(next(arriving) or "{}").get("type") != "rank_settled":
            pass
    again = lines(slow.http.get(f"api/recordings/{run}"))
    assert again[0] == {"type": "run", "id": run, "reader": 2}
    assert [line["type"] for line in again].count("search_started") == 1
    assert again[-1]["type"] == "search_finished"
    whole = lines(slow.http.get(f"api/recordings/{run}"))
    assert "reader" not in whole[0]
    assert texts(again) == texts(whole), "not a word was lost"
    assert set(texts(whole)) == {line["call"] for line in whole if line["type"] == "call_finished"}
    settled = [[each for each in found if each["type"] == "rank_settled"] for found in (again, whole)]
    assert settled[0] == settled[1]


async def test_a_further_reader_has_what_every_call_wrote_joined_and_once() -> None:
    run = Run("0123456789abcdef")
    started = CallStarted(at=0, call=1, round=1, purpose="p", documents=("a", "b"))
    finished = CallFinished(
        at=3, call=1, answer=("a",), order=("a",), status="ok", finish_reason="stop", text="", usage=Usage(), seconds=1
    )
    for item in (
        started,
        ReasoningDelta(at=1, call=1, text="so ", thought=True),
        ReasoningDelta(at=1, call=2, text="and "),
        ReasoningDelta(at=2, call=1, text="far", thought=True),
        ReasoningDelta(at=2, call=1, text="[1]"),
    ):
        run.tell(item)
    said = [
        ReasoningDelta(at=1, call=1, text="so far", thought=True),
        ReasoningDelta(at=1, call=2, text="and "),
        ReasoningDelta(at=2, call=1, text="[1]"),
    ]
    number, arriving = run.read()
    assert [arriving.get_nowait() for _ in range(arriving.qsize())] == [started, *said]
    run.tell(finished)
    assert arriving.get_nowait() == finished
    second, again = run.read()
    assert [again.get_nowait() for _ in range(again.qsize())] == [started, *said, finished], "also of calls that ended"
    assert (number, second) == (1, 2)
    assert run.events == [started, finished]


def texts(found: list[dict[str, Any]]) -> dict[int, str]:
    """What every call wrote, as the page puts it together."""
    text: dict[int, str] = {}
    for line in found:
        if line["type"] == "said":
            for call, words in line["calls"].items():
                text[int(call)] = text.get(int(call), "") + words
    return text


def test_a_search_ends_with_the_last_reader_who_says_that_he_goes(slow: App) -> None:
    with ExitStack() as stack:
        run, first = begin(slow, stack, "number, left by two")
        second = stack.enter_context(slow.http.stream("GET", f"api/recordings/{run}")).iter_lines()
        assert json.loads(next(second))["reader"] == 2
        for reader in (2, 2, 7):
            assert slow.http.post(f"api/search/{run}/leave", json={"reader": reader}).json() == {"left": run}
        assert not any("search_finished" in line for line in second), "the stream of the other is over"
        assert "call_finished" in (line["type"] for line in first), "one reader is still there"
        slow.http.post(f"api/search/{run}/leave", json={"reader": 1})
        nobody(slow)
    *_, last = lines(slow.http.get(f"api/recordings/{run}"))
    assert (last["type"], last.get("reason")) == ("search_stopped", "stopped when its page was left")
    assert slow.http.post("api/search/0123456789abcdef/leave", json={"reader": 1}).status_code == 200


REFUSED: list[tuple[dict[str, object], str]] = [
    ({}, "query"),
    ({"query": None}, "query"),
    ({"query": 3}, "query 3 must be a string"),
    ({"query": ""}, "query"),
    ({"query": " \t\n"}, "query"),
    ({"query": "x" * 100_000}, "10,000"),
    ({"query": "q", "depth": 0}, "depth 0"),
    ({"query": "q", "depth": -1}, "depth -1"),
    ({"query": "q", "depth": 10**9}, "depth 1000000000"),
    ({"query": "q", "depth": "many"}, "depth 'many'"),
    ({"query": "q", "depth": 1.5}, "depth 1.5"),
    ({"query": "q", "depth": True}, "depth"),
    ({"query": "q", "k": 0}, "k 0"),
    ({"query": "q", "k": []}, "k"),
    ({"query": "q", "docs_per_call": 1}, "docs-per-call 1"),
    ({"query": "q", "index": "nowhere"}, "nowhere"),
    ({"query": "q", "index": "../../etc"}, "../../etc"),
    ({"query": "q", "reranker": "rank-r1-7b-v0.1"}, "rank-r1-7b-v0.1"),
    ({"query": "q", "retriever": "psychic"}, "psychic"),
    ({"query": "q", "sort": "bogo"}, "bogo"),
    ({"query": "q", "base_url": "http://192.0.2.1"}, "base_url"),
    ({"query": "q", "model": "/etc/passwd"}, "model"),
    ({"query": "q", "engine": "vllm"}, "engine"),
    ({"query": "q", "colour": "red"}, "colour"),
]


@pytest.mark.parametrize(("asked", "named"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_is_refused_in_a_line(app: App, asked: dict[str, object], named: str) -> None:
    response = app.http.post("api/search", json=asked)
    assert response.status_code == 400
    error = response.json()["error"]
    assert named in error
    assert "\n" not in error
    assert len(error) < 400


def test_a_search_that_cannot_be_recorded_is_shown_and_says_so(app: App, tmp_path: Path) -> None:
    app.store.folder.rename(tmp_path / "away")
    app.store.folder.write_text("a file where the folder should be")
    try:
        lines = app.search()
        assert "search_finished" in [line["type"] for line in lines]
        assert lines[-1]["type"] == "unrecorded"
        assert "cannot be written: File exists" in lines[-1]["message"]
        assert str(app.store.folder) not in lines[-1]["message"]
    finally:
        app.store.folder.unlink()
        (tmp_path / "away").rename(app.store.folder)


def test_an_estimate_learns_from_what_was_finished(app: App) -> None:
    none = app.http.post("api/estimate", json={"reranker": "none"}).json()
    assert none == {"calls": 0, "tokens": 0, "seconds": 0.0}
    app.search(seed=77)
    known = app.http.post("api/estimate", json={"depth": 12}).json()
    assert known["calls"] > 3
    assert known["tokens"] > 0
    assert known["seconds"] > 0
    assert app.http.post("api/estimate", json={"depth": 0}).status_code == 400


def begin(app: App, stack: ExitStack, query: str) -> tuple[str, Iterator[dict[str, Any]]]:
    """A search under way: its id, and its further lines."""
    response = stack.enter_context(app.http.stream("POST", "api/search", json={"query": query}))
    arriving = (json.loads(line) for line in response.iter_lines() if line)
    return next(arriving)["id"], arriving


def test_searches_beyond_the_most_wait_for_their_turn(slow: App) -> None:
    with ExitStack() as stack:
        runs = [begin(slow, stack, f"number, asked {n} times") for n in range(3)]
        waiting = runs[2][1]
        assert next(waiting) == {"type": "queued"}
        assert slow.http.post(f"api/search/{runs[0][0]}/stop").status_code == 200
        assert next(waiting)["type"] == "search_started"


def test_a_search_is_stopped_before_its_turn(slow: App) -> None:
    with ExitStack() as stack:
        runs = [begin(slow, stack, f"number, waited {n} times") for n in range(3)]
        slow.http.post(f"api/search/{runs[2][0]}/stop")
        assert [line["type"] for line in runs[2][1]] == ["queued", "problem"]
    nobody(slow)


def test_a_search_that_waits_is_still_refused_in_its_answer(slow: App) -> None:
    with ExitStack() as stack:
        for n in range(2):
            begin(slow, stack, f"number, refused {n} times")
        assert slow.http.post("api/search", json={"query": " "}).status_code == 400
    nobody(slow)


def test_a_server_that_stops_says_what_was_settled(ending: App) -> None:
    with ExitStack() as stack:
        run, arriving = begin(ending, stack, "number")
        _, waiting = begin(ending, stack, "number again")
        while not ending.model.running:
            time.sleep(0.02)
        stopping = threading.Thread(target=ending.serving.close)
        stopping.start()
        assert "search_stopped" in [line["type"] for line in arriving]
        assert [line["type"] for line in waiting] == ["queued", "problem"]
        stopping.join()
    nobody(ending)
    assert [path.name for path in ending.store.folder.iterdir()] == [f"{run}.jsonl"]

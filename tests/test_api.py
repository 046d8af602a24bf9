"""The HTTP routes as a program meets them, on a real port over a scripted model."""

from __future__ import annotations

import itertools
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from rankr1_app import api
from rankr1_app.events import CallFinished, Candidate, Message, Usage
from rankr1_app.retrieval import indexes
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.store import Store
from rankr1_app.ui.wire import explained

from .doubles import best, shown
from .engines.server import ScriptedServer
from .serving import served


class App:
    """A served app: its address, its model, its store."""

    def __init__(self, stack: ExitStack, folder: Path, pause: float) -> None:
        self.model = stack.enter_context(ScriptedServer(answer, pause=pause))
        self.store = Store(folder / "kept")
        settings = Settings(index="numbers", base_url=self.model.base_url, model="judge", k=3, docs_per_call=4)
        address = stack.enter_context(served(Service(settings, self.store)))
        self.http = stack.enter_context(httpx.Client(base_url=address, timeout=30))

    def search(self, **asked: object) -> list[dict[str, Any]]:
        """All lines of a search."""
        return lines(self.http.post("api/search", json={"query": "number", **asked}))


def answer(messages: list[dict[str, str]]) -> str:
    return best(shown([Message(**m) for m in messages]))


def lines(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines() if line]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    yield from make(tmp_path_factory.mktemp("api"), 0.0)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[App]:
    yield from make(tmp_path, 0.2)


def make(folder: Path, pause: float) -> Iterator[App]:
    corpus = folder / "numbers.jsonl"
    corpus.write_text("".join(json.dumps({"id": f"d{n}", "text": f"number {n}"}) + "\n" for n in range(12)))
    indexes.build(corpus, "numbers")
    with ExitStack() as stack:
        yield App(stack, folder, pause)


def test_a_search_is_a_stream_of_lines(app: App) -> None:
    said = app.search()
    assert [line["type"] for line in said[:4]] == ["run", "search_started", "retrieved", "expected"]
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


def test_a_search_is_kept_and_read_again(app: App) -> None:
    said = app.search()
    again = lines(app.http.get(f"api/recordings/{said[0]['id']}"))
    joined = [[line for line in each if line["type"] != "said"] for each in (said, again)]
    assert joined[0] == joined[1]
    call = app.http.get(f"api/recordings/{said[0]['id']}", params={"call": 1}).json()
    assert call["messages"][1]["role"] == "user"
    assert call["text"].startswith("<think>")
    kept = app.http.get("api/recordings").json()
    assert said[0]["id"] in [each["id"] for each in kept]


def test_stop_ends_a_search_and_its_generation(slow: App) -> None:
    with slow.http.stream("POST", "api/search", json={"query": "number"}) as response:
        arriving = response.iter_lines()
        run = json.loads(next(arriving))["id"]
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
    assert run in slow.store.ids()


def nobody(app: App) -> None:
    """Wait until the model's server generates nothing."""
    until = time.monotonic() + 5
    while app.model.running and time.monotonic() < until:
        time.sleep(0.02)
    assert app.model.running == 0


REFUSED: list[tuple[dict[str, object], str]] = [
    ({}, "query"),
    ({"query": None}, "query"),
    ({"query": 3}, "query 3 is no text"),
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


@pytest.mark.parametrize(
    ("content", "kind", "status", "named"),
    [
        (b"query=x", "application/x-www-form-urlencoded", 415, "application/json"),
        (b'{"query": "x"}', "text/plain", 415, "application/json"),
        (b"", "application/json", 400, "not JSON"),
        (b"{", "application/json", 400, "not JSON"),
        (b"[" * 100_000, "application/json", 400, "not JSON"),
        (b'"query"', "application/json", 400, "no JSON object"),
        (b"\xff\xfe", "application/json", 400, "not JSON"),
        (b'{"query": "' + b"x" * api.LARGEST + b'"}', "application/json", 413, "262,144 bytes"),
    ],
)
def test_what_is_no_request_is_refused(app: App, content: bytes, kind: str, status: int, named: str) -> None:
    response = app.http.post("api/search", content=content, headers={"Content-Type": kind})
    assert response.status_code == status
    assert named in response.json()["error"]


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("api/recordings/0000000000000000", 404, "does not exist"),
        ("api/recordings/..%2f..%2fetc", 404, ""),
        ("api/recordings/nonsense", 400, "16 hexadecimal digits"),
        ("api/recordings/0000000000000000?call=x", 400, "call 'x'"),
    ],
)
def test_what_was_not_kept(app: App, path: str, status: int, named: str) -> None:
    response = app.http.get(path)
    assert response.status_code == status
    assert named in response.text


def test_calls_and_searches_that_are_not_there(app: App) -> None:
    run = app.search()[0]["id"]
    assert app.http.get(f"api/recordings/{run}", params={"call": 99}).json()["error"] == "call 99 is not in this search"
    response = app.http.post(f"api/search/{run}/stop")
    assert (response.status_code, "is not running" in response.json()["error"]) == (404, True)


def test_health(app: App) -> None:
    assert app.http.get("healthz").json() == {"status": "alive"}
    app.search()
    ready = app.http.get("readyz")
    assert (ready.status_code, ready.json()["engine"]) == (200, "ready")


def test_a_folder_that_cannot_be_written_fails_in_words(app: App, tmp_path: Path) -> None:
    app.store.folder.rename(tmp_path / "away")
    app.store.folder.write_text("a file where the folder should be")
    try:
        response = app.http.post("api/search", json={"query": "number"})
        assert response.status_code == 400
        assert "cannot be written" in response.json()["error"]
    finally:
        app.store.folder.unlink()
        (tmp_path / "away").rename(app.store.folder)


def test_the_function_for_programs(app: App) -> None:
    """Gradio's own client protocol, as its API page describes it."""
    event = app.http.post("gradio_api/call/search", json={"data": ["number", 12, 3]}).json()["event_id"]
    text = app.http.get(f"gradio_api/call/search/{event}").text
    assert "event: complete" in text
    found = json.loads(text.split("data: ", 1)[1].splitlines()[0])[0]
    assert [each["id"] for each in found["ranking"][:3]] == ["d11", "d10", "d9"]
    event = app.http.post("gradio_api/call/search", json={"data": [" ", 12, 3]}).json()["event_id"]
    assert "event: error" in app.http.get(f"gradio_api/call/search/{event}").text


def test_what_was_kept_can_be_downloaded(app: App) -> None:
    said = app.search()
    run, ranking = said[0]["id"], said[-1]["ranking"]
    where = f"api/recordings/{run}/download"
    trec = app.http.get(where, params={"form": "run"})
    assert f'filename="rank-r1-{run}.run"' in trec.headers["content-disposition"]
    rows = [line.split() for line in trec.text.splitlines()]
    assert [row[2] for row in rows] == ranking
    assert [int(row[3]) for row in rows] == list(range(1, 13))
    assert all(float(a[4]) > float(b[4]) for a, b in itertools.pairwise(rows))
    assert [each["id"] for each in app.http.get(where, params={"form": "json"}).json()["ranking"]] == ranking
    events = [json.loads(line) for line in app.http.get(where, params={"form": "jsonl"}).text.splitlines()]
    assert (events[0]["type"], events[-1]["ranking"]) == ("search_started", ranking)
    page = app.http.get(where, params={"form": "html"}).text
    assert page.startswith("<!doctype html>")
    assert "http" not in page.replace("http://www.w3.org", "").split("importmap")[0].split("rank-r1-kept")[0]


def test_what_cannot_be_downloaded_is_said(app: App) -> None:
    run = app.search()[0]["id"]
    unknown = app.http.get(f"api/recordings/{run}/download", params={"form": "pdf"})
    assert unknown.status_code == 400
    assert unknown.json()["error"] == "download 'pdf' is unknown, known are run, json, jsonl, html"
    assert app.http.get("api/recordings/0123456789abcdef/download", params={"form": "run"}).status_code == 404


def test_a_kept_page_holds_hostile_texts_as_data(app: App) -> None:
    said = app.search(query="number </script><script>alert(1)</script>")
    page = app.http.get(f"api/recordings/{said[0]['id']}/download", params={"form": "html"}).text
    assert "<script>alert(1)" not in page
    assert page.count("</script>") == 4


def test_a_document_is_found_with_its_place_and_words(app: App) -> None:
    found = app.http.post("api/find", json={"query": "number 7", "text": "d7"}).json()["documents"]
    (document,) = found
    assert (document["id"], document["rank"]) == ("d7", 1)
    assert {term["stem"]: term["words"] for term in document["terms"]} == {"number": ["number"], "7": ["7"]}
    assert sum(term["weight"] for term in document["terms"]) == pytest.approx(document["score"], abs=1e-3)
    by_words = app.http.post("api/find", json={"query": "nothing", "text": "number 3"}).json()["documents"]
    assert by_words[0]["id"] == "d3"
    assert by_words[0]["rank"] is None
    assert by_words[0]["score"] == 0
    assert len(by_words) == 5
    assert app.http.post("api/find", json={"query": "x", "text": " "}).status_code == 400


def test_two_documents_are_compared_once(app: App) -> None:
    before = len(app.model.requests)
    said = app.http.post("api/compare", json={"query": "number", "documents": ["d2", "d9"]}).json()["lines"]
    assert len(app.model.requests) == before + 1
    finished = next(line for line in said if line["type"] == "call_finished")
    assert finished["winner"] == "d9"
    assert {line["type"] for line in said} >= {"retrieved", "call_started", "said", "explained"}
    for wrong in (["d2", "d2"], ["d2"], ["d2", "nope"], "d2", [1, 2]):
        answer = app.http.post("api/compare", json={"query": "number", "documents": wrong})
        assert answer.status_code == 400
        assert len(answer.json()["error"].splitlines()) == 1


def test_an_estimate_learns_from_what_was_finished(app: App) -> None:
    none = app.http.post("api/estimate", json={"reranker": "none"}).json()
    assert none == {"calls": 0, "tokens": 0, "seconds": 0.0}
    app.search(seed=77)
    known = app.http.post("api/estimate", json={"depth": 12}).json()
    assert known["calls"] > 3
    assert known["tokens"] > 0
    assert known["seconds"] > 0
    assert app.http.post("api/estimate", json={"depth": 0}).status_code == 400


def test_quotations_come_with_their_places() -> None:
    candidate = Candidate(id="a", title="Bread ü", text="the 🍞 yeast eats sugar", rank=1, score=1.0)
    text = '<think>😀 [1] says "yeast eats sugar", "Bread ü" and "stones roll far away".</think><answer>[1]</answer>'
    event = CallFinished(
        at=1.0,
        call=1,
        answer="a",
        winner="a",
        status="ok",
        finish_reason="stop",
        text=text,
        usage=Usage(),
        seconds=1.0,
    )
    line = explained(event, ("a",), {"a": candidate})
    (reason,) = line["reasons"]

    def units(source: str, start: int, end: int) -> str:
        return source.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")

    first, second, third = reason["quotes"]
    assert units(text, first["start"], first["end"]) == "yeast eats sugar"
    assert (first["in"], units(candidate.text, first["from"], first["to"])) == ("text", "yeast eats sugar")
    assert (second["in"], units(candidate.title, second["from"], second["to"])) == ("title", "Bread ü")
    assert third["in"] is None
    assert units(text, third["start"], third["end"]) == "stones roll far away"
    assert [units(text, label["start"], label["end"]) for label in line["labels"]] == ["[1]", "[1]"]

"""Documents of a visitor's own over HTTP: for that session alone, within limits, and gone when they are deleted."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from rankr1_app import own, paths
from rankr1_app.own import Limits, Shelf
from rankr1_app.retrieval import indexes, vectors

from ..retrieval.hub import Hub, filled
from ..retrieval.papers import pdf
from ..serving import answering
from .conftest import App, lines

HEADER = "X-Rank-R1-Session"
ODD = """Ref;Headline;What it says
1;Copper;Copper pipes turn green in wet air.
2;Tin;Tin is soft and has a low melting point.
"""


@pytest.fixture(autouse=True)
def without_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "build", lambda info, encoder, tell: info)


@pytest.fixture
def mine(app: App) -> Iterator[httpx.Client]:
    """A client with a session of its own."""
    session = app.http.post("api/own", json={}).json()["session"]
    with httpx.Client(base_url=app.http.base_url, headers={HEADER: session}, timeout=60) as client:
        yield client
        client.delete("api/own")


def add(client: httpx.Client, name: str, content: bytes | str) -> httpx.Response:
    return client.put("api/own/files", params={"name": name}, content=content)


def built(client: httpx.Client, columns: dict[str, Any] | None = None) -> dict[str, Any]:
    assert client.post("api/own/build", json={"columns": columns or {}}).status_code == 200
    return ended(client)


def ended(client: httpx.Client) -> dict[str, Any]:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        state: dict[str, Any] = client.get("api/own").json()
        if state["building"]["over"]:
            return state
        time.sleep(0.05)
    raise AssertionError(state)


def found(client: httpx.Client, index: str, query: str) -> list[dict[str, Any]]:
    asked = {"query": query, "index": index, "reranker": "none"}
    lines = [json.loads(line) for line in client.post("api/search", json=asked).text.splitlines() if line]
    return next(line["candidates"] for line in lines if line["type"] == "retrieved")


def test_from_the_first_file_to_the_last_trace(app: App, mine: httpx.Client) -> None:
    assert mine.get("api/own").json()["files"] == []
    assert add(mine, "my guide.pdf", pdf("Stones are hard.", "The moon makes tides.")).status_code == 200
    assert [file["name"] for file in add(mine, "odd.csv", ODD).json()["files"]] == ["my guide.pdf", "odd.csv"]
    looked = mine.post("api/own/preview", json={}).json()
    assert looked["count"] == 4
    assert looked["documents"][1]["place"] == {"file": "my guide.pdf", "page": 2, "start": 0, "end": 21}
    assert looked["files"][1]["chosen"] == {"id": "ref", "title": "headline", "text": "what_it_says"}
    columns = {"odd.csv": {"text": "headline", "title": "", "id": ""}}
    assert mine.post("api/own/preview", json={"columns": columns}).json()["documents"][3]["id"] == "odd.csv#3"
    state = built(mine, columns)
    assert (state["index"]["documents"], state["building"]["wrong"]) == (4, "")
    index = state["index"]["name"]
    assert [each["place"]["page"] for each in found(mine, index, "moon")] == [2]
    assert [each["id"] for each in found(mine, index, "tin")] == ["odd.csv#3"]
    assert found(mine, index, "melting") == []
    runs = own.Collection(paths.own() / index.removeprefix("own-"), Limits()).runs()
    assert len(runs) == 3
    assert all(app.store.path(run).is_file() for run in runs)
    assert mine.delete("api/own").json()["open"]
    assert not (paths.own() / index.removeprefix("own-")).exists()
    assert indexes.present(index) is None
    assert not any(app.store.path(run).exists() for run in runs)
    assert mine.get("api/own").status_code == 404


def test_another_session_finds_nothing(app: App, mine: httpx.Client) -> None:
    add(mine, "a.txt", "copper")
    index = built(mine)["index"]["name"]
    asked = {"query": "copper", "index": index, "reranker": "none", "text": "copper", "documents": ["a", "b"]}
    other = app.http.post("api/own", json={}).json()["session"]
    for session in (other, "", "x" * 43, "../" * 12):
        headers = {HEADER: session} if session else {}
        with httpx.Client(base_url=app.http.base_url, headers=headers, timeout=60) as client:
            for path in ("search", "find", "compare", "estimate"):
                sent = {key: value for key, value in asked.items() if path != "search" or key in ("query", "index")}
                sent.pop("documents" if path == "find" else "text" if path == "compare" else "", None)
                sent = {"index": index} if path == "estimate" else sent
                assert client.post(f"api/{path}", json=sent).status_code == 404, path
            assert client.post("v1/search", json={"query": "copper", "index": index}).status_code == 404
            assert index not in client.get("v1/indexes").text + client.get("api/catalogue").text
            if session != other:
                for method, path in (("PUT", "files?name=a"), ("DELETE", "files?name=a.txt"), ("DELETE", "")):
                    assert client.request(method, f"api/own/{path}".rstrip("/")).status_code == 404
                assert client.post("api/own/preview", json={}).status_code == 404
                assert client.post("api/own/build", json={}).status_code == 404
            elif session:
                assert client.get("api/own").json()["files"] == []
                assert client.delete("api/own/files", params={"name": "a.txt"}).status_code == 404
    assert index not in [info.name for info in indexes.listed()]
    assert found(mine, index, "copper")


def test_a_comparison_of_own_documents_is_its_owner_s(app: App, mine: httpx.Client) -> None:
    add(mine, "odd.csv", ODD)
    index = built(mine)["index"]["name"]
    asked = {"query": "copper pipes", "index": index, "reranker": "none"}
    first = lines(mine.post("api/comparisons/search", json=asked))[0]["id"]
    second = lines(mine.post("api/comparisons/search", json={**asked, "candidates": first}))[0]["id"]
    response = app.http.post("api/comparisons/search", json={"query": "copper pipes", "candidates": first})
    assert response.status_code == 404
    [vote] = mine.post(f"api/comparisons/{first},{second}/votes", json={"choice": first}).json()["votes"]
    assert vote["query"] == "", "what was asked of them is deleted with them, a vote is not"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        *((name, "not valid") for name in ("../a.txt", "/etc/x", ".hidden", "", "a\\b", "a\nb")),
        ("x" * 201, "too long"),
    ],
)
def test_names_that_are_none(name: str, says: str, mine: httpx.Client) -> None:
    answer = add(mine, name, "x")
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert mine.get("api/own").json()["files"] == []


def test_limits(app: App, mine: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf: Shelf = app.shelf
    monkeypatch.setattr(shelf, "limits", replace(shelf.limits, file=1000, bytes=1500, files=3))
    assert add(mine, "a", "x" * 1001).json()["error"].endswith("more than 1,000 bytes, which is the most that is left")
    assert add(mine, "a", "x" * 1000).status_code == 200
    assert add(mine, "a", "x" * 1000).status_code == 200
    assert add(mine, "b", "x" * 501).status_code == 413
    assert add(mine, "b", "x" * 400).status_code == 200
    assert add(mine, "c", "x").status_code == 200
    assert "which is the most" in add(mine, "d", "x").json()["error"]
    assert [file["bytes"] for file in mine.get("api/own").json()["files"]] == [1000, 400, 1]
    monkeypatch.setattr(own, "ROOM", 1 << 60)
    assert "nearly full" in add(mine, "c", "x").json()["error"]
    monkeypatch.setattr(shelf, "limits", replace(shelf.limits, collections=1))
    assert "which is the most" in app.http.post("api/own", json={}).json()["error"]
    folder = next(path for path in paths.own().iterdir() if (path / "files" / "a").exists())
    assert list(folder.glob("*.part")) == []


def test_half_a_file_is_none(app: App, mine: httpx.Client) -> None:
    url = httpx.URL(app.http.base_url)
    with socket.create_connection((url.host, url.port or 80)) as line:
        head = (
            f"PUT /api/own/files?name=a HTTP/1.1\r\nHost: {url.host}:{url.port}\r\n{HEADER}: {mine.headers[HEADER]}\r\n"
        )
        line.sendall(f"{head}Content-Length: 100\r\n\r\nhalf".encode())
        time.sleep(0.2)
    until = time.monotonic() + 10
    while list(paths.own().glob("*/*.part")) and time.monotonic() < until:
        time.sleep(0.05)
    assert list(paths.own().glob("*/*.part")) == []
    assert mine.get("api/own").json()["files"] == []


def test_nothing_to_read_is_said(mine: httpx.Client) -> None:
    assert "no file yet" in mine.post("api/own/build", json={}).json()["error"]
    add(mine, "a.pdf", pdf(""))
    assert "OCR" in mine.post("api/own/preview", json={}).json()["wrong"]
    state = built(mine)
    assert "OCR" in state["building"]["wrong"]
    assert state["index"] is None
    assert add(mine, "b.txt", "copper").status_code == 200
    assert mine.delete("api/own/files", params={"name": "a.pdf"}).status_code == 200
    assert built(mine)["index"]["documents"] == 1


def test_what_nobody_uses_is_swept(app: App, mine: httpx.Client) -> None:
    add(mine, "a.txt", "copper")
    index = built(mine)["index"]["name"]
    app.shelf.sweep()
    assert found(mine, index, "copper")
    folder = paths.own() / index.removeprefix("own-")
    os.utime(folder, (1, 1))
    app.shelf.sweep()
    assert not folder.exists()
    assert mine.post("api/search", json={"query": "copper", "index": index}).status_code == 404


def test_where_it_is_off(slow: App) -> None:
    assert slow.http.get("api/own").json() == {"open": False}
    refused = slow.http.post("api/own", json={})
    assert refused.status_code == 404
    assert "--own-documents" in refused.json()["error"]
    assert slow.http.post("api/search", json={"query": "x", "index": f"own-{'0' * 32}"}).status_code == 404


def test_a_build_that_is_deleted_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(tmp_path)
    collection = shelf.collection(shelf.open())
    assert collection
    (collection.corpus / "a.txt").write_text("copper")
    monkeypatch.setattr(vectors, "build", lambda info, encoder, tell: tell(vectors.Progress(0, 1, 0)))
    with shelf.lane, ExitStack() as stack:
        shelf.build(collection, {})
        building = shelf.builds[collection.index]
        building.stop.set()
        stack.callback(lambda: None)
    assert building.over.wait(30)
    assert building.wrong == "the build was stopped"
    shelf.delete(collection)
    assert not collection.folder.exists()
    assert shelf.collection("") is None


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A hub of datasets, which is asked instead of Hugging Face's."""
    found = filled(tmp_path / "hub")
    with answering(found.app) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield found


def fetched(client: httpx.Client, name: str) -> dict[str, Any]:
    answer = client.post("api/own/dataset", json={"name": name})
    assert answer.status_code == 200, answer.text
    return ended(client)


def test_a_dataset_becomes_a_file(mine: httpx.Client, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    state = fetched(mine, "BeIR/tiny")
    assert state["building"]["wrong"] == ""
    assert [file["name"] for file in state["files"]] == ["tiny.jsonl"]
    assert hub.tokens == {""}, "a visitor sees what anybody sees, not what the server's account does"
    found = mine.post("api/own/preview", json={}).json()
    assert [each["id"] for each in found["documents"]] == ["tea", "sea"]
    assert found["documents"][1]["text"] == "salt <b>water</b>"
    assert built(mine)["index"]["documents"] == 2
    state = fetched(mine, "hf:me/split:default:test")
    assert [file["name"] for file in state["files"]] == ["split.jsonl", "tiny.jsonl"]


@pytest.mark.usefixtures("hub")
def test_a_dataset_that_cannot_be_added_leaves_nothing(
    mine: httpx.Client, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = app.shelf
    monkeypatch.setattr(shelf, "limits", replace(shelf.limits, file=80))
    for name, words in {
        "BeIR/tiny": "has more than the 80 bytes that are left; make an index of it with rankr1 index build",
        "me/split": "has several splits; choose one of train, test",
        "me/closed": "its terms must be accepted",
    }.items():
        state = fetched(mine, name)
        assert words in state["building"]["wrong"]
        assert state["files"] == []
    assert not list(shelf.root.rglob("*.part"))
    assert add(mine, "a.txt", "x").json()["building"] is None, "what went wrong is over once there is another file"
    answer = mine.post("api/own/dataset", json={"name": "../../etc"})
    assert (answer.status_code, "is not valid, write hf:OWNER/NAME" in answer.text) == (400, True)

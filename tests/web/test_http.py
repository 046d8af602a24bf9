"""How requests are read and refused."""

from __future__ import annotations

import pytest

from rankr1_app.service import OPEN, Service
from rankr1_app.web import guard, shapes

from .conftest import App


@pytest.mark.parametrize(
    ("content", "kind", "status", "named"),
    [
        (b"query=x", "application/x-www-form-urlencoded", 415, "application/json"),
        (b'{"query": "x"}', "text/plain", 415, "application/json"),
        (b"", "application/json", 400, "is empty"),
        (b"{", "application/json", 400, "not JSON"),
        (b"[" * 100_000, "application/json", 400, "not JSON"),
        (b'"query"', "application/json", 400, "not a JSON object"),
        (b"\xff\xfe", "application/json", 400, "not JSON"),
        (b'{"query": "' + b"x" * guard.LARGEST + b'"}', "application/json", 413, "262,144 bytes"),
    ],
)
def test_what_is_no_request_is_refused(app: App, content: bytes, kind: str, status: int, named: str) -> None:
    response = app.http.post("api/search", content=content, headers={"Content-Type": kind})
    assert response.status_code == status
    assert named in response.json()["error"]


def test_the_shape_of_changes_has_every_open_setting() -> None:
    assert sorted(shapes.Changes.model_fields) == sorted(OPEN)


@pytest.mark.parametrize(
    ("method", "path", "status", "named"),
    [
        ("GET", "api/search", 405, "/api/search takes POST, not GET"),
        ("DELETE", "api/recordings", 405, "/api/recordings takes GET, not DELETE"),
        ("POST", "healthz", 405, "not POST"),
        ("PUT", "openapi.json", 405, "not PUT"),
        ("POST", "page/main.js", 405, "POST"),
        ("GET", "api/nothing", 404, "'/api/nothing' does not exist"),
        ("POST", "v1/nothing", 404, "does not exist"),
        ("GET", "page/nothing.js", 404, "does not exist"),
        ("GET", "api/%ff%00", 404, "does not exist"),
    ],
)
def test_wrong_methods_and_paths_are_refused_in_words(
    app: App, method: str, path: str, status: int, named: str
) -> None:
    response = app.http.request(method, path)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
    assert named in response.json()["error"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b'{"query": 5}', "query 5 must be a string"),
        (b'{"query": "a", "text": "\\ud800"}', "is not valid Unicode"),
        (b'{"query": "\\udfff", "text": "a"}', "is not valid Unicode"),
        (b'{"query": "a", "text": "\\u0000"}', ""),
        (b'{"query": "a", "text": NaN}', "text nan must be a string"),
        (b'{"query": "a", "depth": NaN, "text": "a"}', "depth nan must be an integer"),
        (b'{"query": "a", "depth": 1e999, "text": "a"}', "depth inf must be an integer"),
        (b'{"query": "a", "depth": ' + b"9" * 5000 + b"}", "is not JSON"),
        (b'{"query": "a", "text": ' + b"[" * 900 + b"]" * 900 + b"}", "must be a string"),
        (b'{"query": "a", "text": ' + b'{"a":' * 30_000, "is not JSON"),
        (b'{"query": "a"}', "text is missing"),
        (b"null", "is empty"),
        (b"[1]", "is not a JSON object"),
    ],
)
def test_odd_json_is_refused_in_words(app: App, content: bytes, named: str) -> None:
    response = app.http.post("api/find", content=content, headers={"Content-Type": "application/json"})
    error = response.json().get("error", "")
    assert response.status_code < 500, error
    assert named in error
    assert "\n" not in error
    assert len(error) < 400


def test_a_fault_of_our_own_is_one_sentence(
    app: App, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(Service, "estimate", broken)
    monkeypatch.setattr(Service, "search", broken)
    for path, asked in (("api/estimate", {}), ("api/search", {"query": "number"})):
        response = app.http.post(path, json=asked)
        assert response.status_code == 500
        assert response.json()["error"].startswith("an error inside rankr1 ended this")
    assert "secret detail" in caplog.text

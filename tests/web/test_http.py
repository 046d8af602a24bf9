"""How requests are read and refused."""

from __future__ import annotations

import pytest

from rankr1_app.service import OPEN
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

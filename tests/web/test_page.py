"""The page's shell, and its function for programs."""

from __future__ import annotations

import json

from .conftest import App


def test_the_function_for_programs(app: App) -> None:
    """Gradio's own client protocol, as its API page describes it."""
    event = app.http.post("gradio_api/call/search", json={"data": ["number", 12, 3]}).json()["event_id"]
    text = app.http.get(f"gradio_api/call/search/{event}").text
    assert "event: complete" in text
    found = json.loads(text.split("data: ", 1)[1].splitlines()[0])[0]
    assert [each["id"] for each in found["ranking"][:3]] == ["d11", "d10", "d9"]
    event = app.http.post("gradio_api/call/search", json={"data": [" ", 12, 3]}).json()["event_id"]
    assert "event: error" in app.http.get(f"gradio_api/call/search/{event}").text

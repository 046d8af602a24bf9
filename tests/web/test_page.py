"""The page's shell, and its function for programs."""

from __future__ import annotations

import json
import time

from .conftest import App, nobody


def test_the_function_for_programs(app: App) -> None:
    """Gradio's own client protocol, as its API page describes it."""
    event = app.http.post("gradio_api/call/search", json={"data": ["number", 12, 3]}).json()["event_id"]
    text = app.http.get(f"gradio_api/call/search/{event}").text
    assert "event: complete" in text
    found = json.loads(text.split("data: ", 1)[1].splitlines()[0])[0]
    assert [each["id"] for each in found["ranking"][:3]] == ["d11", "d10", "d9"]
    event = app.http.post("gradio_api/call/search", json={"data": [" ", 12, 3]}).json()["event_id"]
    assert "event: error" in app.http.get(f"gradio_api/call/search/{event}").text


def test_a_client_of_the_function_who_leaves_ends_the_generation(slow: App) -> None:
    for path in ("gradio_api/call/search", "gradio_api/queue/join"):
        body: dict[str, object] = {"data": [f"number for {path}", 12, 3]}
        if "queue" in path:
            body |= {"fn_index": 0, "session_hash": "someone"}
        event = slow.http.post(path, json=body).json()["event_id"]
        where = "gradio_api/queue/data?session_hash=someone" if "queue" in path else f"{path}/{event}"
        left = slow.model.left
        with slow.http.stream("GET", where):
            while not slow.model.running:
                time.sleep(0.02)
        nobody(slow)
        assert slow.model.left > left


def test_gradios_own_client_searches(app: App) -> None:
    from gradio_client import Client

    client = Client(str(app.http.base_url), verbose=False, analytics_enabled=False)
    found = client.predict("number", 12, 3, api_name="/search")
    assert [each["id"] for each in found["ranking"][:3]] == ["d11", "d10", "d9"]

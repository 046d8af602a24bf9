"""The application as a whole."""

from __future__ import annotations

from .conftest import App


def test_health(app: App) -> None:
    assert app.http.get("healthz").json() == {"status": "alive"}
    app.search()
    ready = app.http.get("readyz")
    assert (ready.status_code, ready.json()["engine"]) == (200, "ready")

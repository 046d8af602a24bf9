"""The application as a whole."""

from __future__ import annotations

from .conftest import App


def test_health(app: App) -> None:
    assert app.http.get("healthz").json() == {"status": "alive"}
    app.search()
    ready = app.http.get("readyz")
    assert (ready.status_code, ready.json()["engine"]) == (200, "ready")


def test_metrics_count_searches_and_say_nothing_of_them(app: App) -> None:
    app.search(query="number counted")
    text = app.http.get("metrics").text
    counts = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(counts['rankr1_searches_total{state="finished"}']) >= 1
    assert float(counts["rankr1_calls_total"]) >= 3
    assert float(counts['rankr1_tokens_total{kind="written"}']) > 0
    assert float(counts["rankr1_searches_running"]) == 0
    assert "counted" not in text

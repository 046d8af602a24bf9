"""What a server has done, as Prometheus reads it: numbers, and nothing of what was asked."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from rankr1_app.events import Event, Planned, SearchFailed, SearchFinished, SearchStarted, SearchStopped, Totals
from rankr1_app.web.metrics import Metrics

TOTALS = Totals(calls=4, unreadable=1, prompt_tokens=900, completion_tokens=100, seconds=3.0)
ENDS: list[Event] = [
    SearchFinished(at=3, ranking=("a",), settled=1, totals=TOTALS),
    SearchFinished(at=3, ranking=("a",), settled=1, totals=TOTALS),
    SearchStopped(at=3, ranking=("a",), settled=0, totals=Totals(calls=1, seconds=200.0)),
    SearchFailed(at=1, message="server 'http://10.0.0.1' is gone", totals=Totals()),
]


def exposed(metrics: Metrics, running: int = 0, waiting: int = 0) -> dict[str, float]:
    """Return the samples by name and labels."""
    text = bytes(metrics.exposed(running, waiting).body).decode()
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {",".join((sample.name, *sample.labels.values())): sample.value for sample in samples}


def test_ends_of_searches_are_counted_with_what_they_took() -> None:
    metrics = Metrics()
    for event in ENDS:
        metrics.see(event)
    found = exposed(metrics)
    assert [found[f"rankr1_searches_total,{state}"] for state in ("finished", "stopped", "failed")] == [2, 1, 1]
    assert (found["rankr1_calls_total"], found["rankr1_unreadable_calls_total"]) == (9, 2)
    assert (found["rankr1_tokens_total,read"], found["rankr1_tokens_total,written"]) == (1800, 200)
    assert (found["rankr1_search_seconds_count"], found["rankr1_search_seconds_sum"]) == (4, 206)
    assert (found["rankr1_search_seconds_bucket,2.0"], found["rankr1_search_seconds_bucket,5.0"]) == (1, 3)


def test_other_events_count_nothing() -> None:
    metrics = Metrics()
    metrics.see(SearchStarted(query="my secret", settings={}, versions={}, seed=1, started=""))
    metrics.see(Planned(at=0.0, calls=99))
    assert exposed(metrics)["rankr1_calls_total"] == 0


def test_searches_under_way_are_those_of_this_moment() -> None:
    metrics = Metrics()
    assert exposed(metrics, running=3, waiting=5)["rankr1_searches_running"] == 3
    found = exposed(metrics)
    assert (found["rankr1_searches_running"], found["rankr1_searches_waiting"]) == (0, 0)


def test_nothing_of_what_was_asked_is_told_and_servers_count_apart() -> None:
    metrics = Metrics()
    for event in [SearchStarted(query="my secret", settings={}, versions={}, seed=1, started=""), *ENDS]:
        metrics.see(event)
    text = bytes(metrics.exposed(0, 0).body).decode()
    assert "secret" not in text
    assert "10.0.0.1" not in text
    assert exposed(Metrics())["rankr1_calls_total"] == 0

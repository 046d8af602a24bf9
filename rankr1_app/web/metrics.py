"""What this server has done, as Prometheus reads it. No query, document or address is in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from ..events import Event, SearchFailed, SearchFinished, SearchStopped

END = {SearchFinished: "finished", SearchStopped: "stopped", SearchFailed: "failed"}
SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)


@dataclass
class Metrics:
    """Counts of one server."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        registry = self.registry
        self.searches = Counter("rankr1_searches", "Searches that ended.", ["state"], registry=registry)
        self.seconds = Histogram("rankr1_search_seconds", "Seconds of a search.", buckets=SECONDS, registry=registry)
        self.calls = Counter("rankr1_calls", "Calls to the model.", registry=registry)
        self.unreadable = Counter("rankr1_unreadable_calls", "Calls whose answer could not be read.", registry=registry)
        self.tokens = Counter(
            "rankr1_tokens", "Tokens of calls, as far as they are known.", ["kind"], registry=registry
        )
        self.running = Gauge("rankr1_searches_running", "Searches under way.", registry=registry)
        self.waiting = Gauge("rankr1_searches_waiting", "Searches that wait for their turn.", registry=registry)

    def see(self, event: Event) -> None:
        """Count the end of a search."""
        if not isinstance(event, SearchFinished | SearchStopped | SearchFailed):
            return
        self.searches.labels(END[type(event)]).inc()
        self.seconds.observe(event.totals.seconds)
        self.calls.inc(event.totals.calls)
        self.unreadable.inc(event.totals.unreadable)
        self.tokens.labels("read").inc(event.totals.prompt_tokens)
        self.tokens.labels("written").inc(event.totals.completion_tokens)

    def exposed(self, running: int, waiting: int) -> Response:
        """Answer with all counts."""
        self.running.set(running)
        self.waiting.set(waiting)
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

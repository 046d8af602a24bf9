"""The app on a port of this machine, for tests that come over HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from rankr1_app import serving
from rankr1_app.service import Service


@contextmanager
def served(service: Service, searches: int = 16, own: bool = False) -> Iterator[str]:
    """The address of the page over `service`; with `own` visitors may bring documents."""
    port = free()
    with running(serving.server(service, serving.Serving(port=port, searches=searches, own_documents=own), "critical")):
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def answering(app: ASGIApp) -> Iterator[str]:
    """The address of any other app."""
    port = free()
    with running(uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", lifespan="off"))):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running(server: uvicorn.Server) -> Iterator[None]:
    """A server in a thread of its own."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield
    server.should_exit = True
    thread.join()


def free() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

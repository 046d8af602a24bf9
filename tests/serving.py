"""The app on a port of this machine, for tests that come over HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rankr1_app import serving
from rankr1_app.service import Service


@contextmanager
def served(service: Service, searches: int = 16, own: bool = False) -> Iterator[str]:
    """The address of the page over `service`; with `own` visitors may bring documents."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = serving.server(service, serving.Serving(port=port, searches=searches, own_documents=own), "critical")
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join()

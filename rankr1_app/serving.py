"""The page and its HTTP routes, served."""

from __future__ import annotations

import socket
from pathlib import Path

from . import paths
from .errors import Problem, shown
from .library import Library
from .retrieval import indexes
from .service import Service
from .settings import Settings
from .store import Store


def run(settings: Settings, host: str, port: int, recordings: Path | None, most: int) -> None:
    """Serve until interrupted; at most `most` bytes of recordings are kept. Raises `Problem` where the address cannot
    be had or the index does not exist."""
    check_free(host, port)
    indexes.check(settings.index)
    import uvicorn

    from .web.app import create

    service = Service(settings, Library(Store(recordings or paths.recordings(), most)))
    print(f"Rank-R1 app at http://{host}:{port}", flush=True)
    # A tab left open holds a connection for ever: it is not waited for.
    uvicorn.run(
        lambda: create(service),
        factory=True,
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=3,
    )


def check_free(host: str, port: int) -> None:
    """Raises `Problem` if nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except socket.gaierror:
        raise Problem(f"host {shown(host)} is no address of this machine, try 127.0.0.1 or 0.0.0.0") from None
    except OSError as error:
        raise Problem(f"port {port} on {host} cannot be used: {error.strerror}; choose another with --port") from None

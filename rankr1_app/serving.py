"""The page and its HTTP routes, served."""

from __future__ import annotations

import asyncio
import gc
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import paths
from .compare import named
from .errors import Problem, shown
from .judgements import Judgements, read
from .library import Library
from .own import Limits, Shelf
from .retrieval import IN_MILVUS, cluster, indexes
from .service import Service
from .settings import Settings
from .store import Store

if TYPE_CHECKING:
    import uvicorn


@dataclass(frozen=True, kw_only=True)
class Serving:
    """How the page is served: where, under which names beside its address, how many searches at once, how many bytes
    of recordings are kept, whether visitors may bring documents (None: where only this machine can reach the page),
    which are deleted so many hours after their last use, which judgements, with the queries of their topics, are shown,
    and which rerankers visitors may choose beside the one in force, as `rankr1 compare` names them."""

    host: str = "127.0.0.1"
    port: int = 7860
    allow_host: tuple[str, ...] = ()
    searches: int = 16
    recordings: Path | None = None
    size: int = 4_000_000_000
    own_documents: bool | None = None
    own_hours: float = 24.0
    qrels: Path | None = None
    topics: Path | None = None
    rerankers: str = ""


def run(settings: Settings, how: Serving) -> None:
    """Serve until interrupted. Raises `Problem` where the address cannot be had or the index does not exist."""
    check_free(how.host, how.port)
    check_index(settings)
    judged = judgements_of(settings.index, how.qrels, how.topics)
    library = Library(Store(how.recordings or paths.recordings(), how.size))
    others = {each.name: each.settings for each in named(how.rerankers, settings)}
    service = Service(settings, library, judgements=judged, others=others)
    print(f"Rank-R1 app at http://{how.host}:{how.port}", flush=True)
    # What is imported until the page is there is no garbage; to look for some over and over takes a tenth of the time.
    gc.disable()
    server(service, how).run()


def judgements_of(index: str, qrels: Path | None, topics: Path | None) -> Judgements | None:
    """Return the judgements that were given for the index that is served."""
    if qrels is None and topics is None:
        return None
    if qrels is None or topics is None:
        raise Problem("--qrels and --topics belong together: judgements, and the queries that they are of")
    return read(index, qrels, topics)


def server(service: Service, how: Serving, log_level: str = "warning") -> uvicorn.Server:
    """Return the server of the page over `service`. Once it is told to stop, streams say what was settled and end."""
    import uvicorn

    from .web.app import create
    from .web.guard import loopback, policy
    from .web.searches import Searches

    searches, hosts = Searches(service, how.searches), policy((how.host, *how.allow_host))
    own = loopback(how.host) if how.own_documents is None else how.own_documents
    shelf = Shelf(paths.own(), Limits(hours=how.own_hours), service.settings.encoder_url) if own else None

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            if not gc.isenabled():
                gc.freeze()
                gc.enable()
            await super().startup(sockets)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            searches.end()
            await super().shutdown(sockets)

    # A tab left open holds a connection for ever: it is not waited for. No proxy's word is taken for an address.
    return Server(
        uvicorn.Config(
            lambda: create(searches, hosts, shelf),
            factory=True,
            host=how.host,
            port=how.port,
            log_level=log_level,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
        )
    )


def tools(settings: Settings) -> None:
    """Serve the tools for agents over standard input and output. Raises `Problem` where the index does not exist."""
    check_index(settings)
    from .web.mcp import serve
    from .web.searches import Searches

    asyncio.run(serve(Searches(Service(settings))))


def check_index(settings: Settings) -> None:
    """Raise `Problem` unless the index is there, in Milvus where its retriever is."""
    if settings.retriever in IN_MILVUS:
        cluster.find(cluster.connect(settings.milvus), settings.index)
    else:
        indexes.check(settings.index)


def check_free(host: str, port: int) -> None:
    """Raise `Problem` if nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except socket.gaierror:
        raise Problem(f"host {shown(host)} is no address of this machine, try 127.0.0.1 or 0.0.0.0") from None
    except OSError as error:
        raise Problem(f"port {port} on {host} cannot be used: {error.strerror}; choose another with --port") from None

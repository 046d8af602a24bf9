"""Encoders for tests: a quick one, and a server of embeddings over real HTTP, which can also go wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy

from rankr1_app.retrieval.encoders import Entry, Role

if TYPE_CHECKING:
    from rankr1_app.retrieval.encoders import Vectors

TWO = Entry(
    name="two",
    about="",
    model="ours/two",
    dimension=2,
    tokens=4,
    pooling="mean",
    licence="",
    query="q: ",
    passage="p: ",
    normalised=False,
)


class Hashed:
    """An encoder of no meaning, which is quick: like texts have like vectors, since each word adds one of its own.
    `failing` is the number of texts after which it breaks."""

    lanes = 1
    place = "cpu"

    def __init__(self, name: str = "hashed", dimension: int = 16, failing: int | None = None) -> None:
        self.entry = replace(TWO, name=name, dimension=dimension)
        self.failing = failing
        self.texts: list[str] = []

    def start(self) -> None: ...

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        self.texts += texts
        if self.failing is not None and len(self.texts) > self.failing:
            raise KeyboardInterrupt
        return numpy.array([self.vector(text) for text in texts], numpy.float32).reshape(len(texts), -1)

    def vector(self, text: str) -> Vectors:
        words = [numpy.random.default_rng(crc32(word.encode())) for word in text.lower().split()]
        found = numpy.sum([word.standard_normal(self.entry.dimension) for word in words], axis=0)
        return numpy.asarray(found / numpy.linalg.norm(found), numpy.float32)

    def cut(self, texts: Sequence[str]) -> int:
        return sum(len(text.split()) > self.entry.tokens for text in texts)


Answer = Callable[[dict[str, Any]], tuple[int, object]]
"""From a request to the status and the body of what is sent; a body that is text is sent as it is."""


def lengths(request: dict[str, Any]) -> tuple[int, object]:
    """Give vectors of two numbers, of which the first is a text's length, in reversed order."""
    rows = [
        {"object": "embedding", "index": n, "embedding": [float(len(text)), 0.0]}
        for n, text in enumerate(request["input"])
    ]
    return 200, {"object": "list", "model": request["model"], "data": rows[::-1], "usage": {}}


class Server(AbstractContextManager["Server"]):
    """`requests` are the bodies that came."""

    def __init__(self, answer: Answer = lengths) -> None:
        self.requests: list[dict[str, Any]] = []
        asked = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, body = answer(asked[-1])
                data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """What `--encoder-url` takes."""
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

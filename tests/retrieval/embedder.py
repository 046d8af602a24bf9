"""A server of embeddings over real HTTP, which can also go wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rankr1_app.retrieval.encoders import Entry

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

"""Who may use the app, and how much of it at once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .http import Refused, refusal

LARGEST = 256 * 1024
"""Bytes of a request body taken, several times the longest query."""
SLOWEST = 20.0
"""Seconds in which a request body has to arrive."""


class Gone(Exception):
    """The reader has left before the request was whole."""


@dataclass(frozen=True)
class Bodies:
    """Reads the body of every request before `app` sees it: one that is too large or too slow is refused."""

    app: ASGIApp
    largest: int = LARGEST
    slowest: float = SLOWEST

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self.slowest):
                body = await self.body(receive)
        except Gone:
            return
        except TimeoutError:
            slow = Refused(408, f"the request was not whole after {self.slowest:g} seconds, send it faster")
            await refusal(slow, closing=True)(scope, receive, send)
        except Refused as problem:
            await refusal(problem, closing=True)(scope, receive, send)
        else:
            await self.app(scope, replayed(body, receive), send)

    async def body(self, receive: Receive) -> bytes:
        """Return the whole body. Raises `Refused` for one that is too large."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            body += message.get("body", b"")
            if len(body) > self.largest:
                raise Refused(413, f"the request has more than {self.largest:,} bytes, which is the most that is taken")
            if not message.get("more_body", False):
                return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives `body`, and then what else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again

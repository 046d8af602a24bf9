"""Who may use the app, and how much of it: trusted hosts, no other site's scripts, bounded bodies, safe headers."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import shown
from .http import Refused, refusal

LARGEST = 256 * 1024
"""Bytes of a request body taken, several times the longest query."""
SLOWEST = 20.0
"""Seconds in which a request body has to arrive."""
DOCUMENTS, LARGEST_DOCUMENTS = ("/mcp", "/rerank", "/v1/rerank", "/v2/rerank"), 8 * 1024 * 1024
"""Paths that take whole documents, and the bytes of a body there."""
FILES = "/api/own/files"
"""Path that takes files, whose route reads them as they come, within limits of its own."""
HEALTH = ("/healthz", "/readyz")
"""Paths that any host name may ask for: a load balancer has its own."""
GRADIO = "/gradio_api/"
GRADIO_OPEN = ("app_id", "call", "cancel", "heartbeat", "info", "openapi.json", "queue", "startup-events", "theme.css")
"""What is needed of Gradio's own routes. Uploads, files, proxies and the rest are closed."""
FORWARDED = ("forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "fastly-client-ip")
SELF = "'self'"
# Gradio's page has scripts in it and makes functions of templates.
POLICY = {
    "default-src": SELF,
    "script-src": f"{SELF} 'unsafe-inline' 'unsafe-eval'",
    "style-src": f"{SELF} 'unsafe-inline'",
    "img-src": f"{SELF} data: blob:",
    "font-src": f"{SELF} data:",
    "worker-src": f"{SELF} blob:",
    "object-src": "'none'",
    "base-uri": SELF,
    "form-action": SELF,
}
SPACES = "https://huggingface.co https://*.hf.space"


@dataclass(frozen=True)
class Policy:
    """The host names this server answers to, beside addresses and this machine's own names, and who may put its page
    in a frame."""

    hosts: tuple[str, ...] = ()
    frames: str = ""

    def trusted(self, host: str) -> bool:
        """Tell whether a host name is one of ours. A bare address is: no name was made to point at it."""
        return loopback(host) or address(host) or host in self.hosts or host == socket.gethostname().lower()

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers every answer carries."""
        content = "; ".join(f"{name} {value}" for name, value in POLICY.items())
        found = {
            "Content-Security-Policy": f"{content}; frame-ancestors {SELF} {self.frames}".rstrip(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        return found if self.frames else found | {"X-Frame-Options": "SAMEORIGIN"}


def policy(allowed: Sequence[str] = (), environ: Mapping[str, str] = os.environ) -> Policy:
    """Return the policy of this server: the names it was started with, and on Hugging Face Spaces the Space's."""
    space = environ.get("SPACE_HOST", "").split(",")
    names = (name.strip().lower().rstrip(".") for name in (*allowed, *space))
    hosts = tuple(name for name in names if name and not loopback(name) and not address(name))
    return Policy(hosts, SPACES if environ.get("SPACE_ID") else "")


def loopback(host: str) -> bool:
    """Tell whether a host name means this machine."""
    return host == "localhost" or host.endswith(".localhost") or (address(host) and ip_address(host).is_loopback)


def address(host: str) -> bool:
    """Tell whether a host is an address, not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def hostname(netloc: str) -> str:
    """Return the name in `name:port`, empty where there is none."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""


@dataclass(frozen=True)
class Guard:
    """Lets to `app` what comes from its own page, or from a program, under one of its own names."""

    app: ASGIApp
    policy: Policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self.serve(scope, receive, self.with_headers(send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is admitted."""
        try:
            self.admit(scope["method"], scope["path"], Headers(scope=scope))
        except Refused as problem:
            await refusal(problem, closing=True)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def admit(self, method: str, path: str, headers: Headers) -> None:
        """Raise `Refused` for a request that is not served."""
        if path in HEALTH and method in ("GET", "HEAD"):
            return
        host = ", ".join(headers.getlist("host"))
        if not self.policy.trusted(hostname(host)):
            raise Refused(403, f"host {shown(host)} is not one of this server's, start it with --allow-host NAME")
        if method not in ("GET", "HEAD"):
            self.own(headers)
        if path.startswith(GRADIO) and path[len(GRADIO) :].split("/")[0] not in GRADIO_OPEN:
            raise Refused(404, f"{shown(path)} is not open here")

    def own(self, headers: Headers) -> None:
        """Raise `Refused` where the page of another site is behind a request."""
        origin = headers.get("origin", "")
        netloc = origin.rpartition("//")[2].lower()
        if netloc == headers["host"].lower() or hostname(netloc) in self.policy.hosts:
            return
        if origin or headers.get("sec-fetch-site") == "cross-site":
            raise Refused(403, f"pages of {shown(origin)} may not use this server, start it with --allow-host NAME")

    def with_headers(self, send: Send) -> Send:
        """Return a `send` that adds the safe headers, and takes away what lets pages of other sites read an answer."""

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                del headers["access-control-allow-origin"], headers["access-control-allow-credentials"]
                for name, value in self.policy.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return adding


def private(scope: Scope) -> bool:
    """Tell whether a request comes from this machine itself, with nothing in between: from its own address, to its
    own name, passed on by no proxy and sent by no page of another site."""
    headers, client = Headers(scope=scope), scope.get("client")
    between = [name for name in headers if name in FORWARDED or name.startswith("x-forwarded")]
    origin = headers.get("origin")
    return (
        client is not None
        and loopback(client[0])
        and loopback(hostname(headers.get("host", "")))
        and scope["http_version"] == "1.1"
        and not between
        and (origin is None or urlsplit(origin).netloc == headers["host"])
    )


class Gone(Exception):
    """The reader has left before the request was whole."""


@dataclass(frozen=True)
class Bodies:
    """Reads the body of every request but files before `app` sees it: one that is too large or too slow is refused."""

    app: ASGIApp
    slowest: float = SLOWEST

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or (scope["path"] == FILES and scope["method"] == "PUT"):
            await self.app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self.slowest):
                body = await self.body(receive, LARGEST_DOCUMENTS if scope["path"] in DOCUMENTS else LARGEST)
        except Gone:
            return
        except TimeoutError:
            slow = Refused(408, f"the request was not whole after {self.slowest:g} seconds, send it faster")
            await refusal(slow, closing=True)(scope, receive, send)
        except Refused as problem:
            await refusal(problem, closing=True)(scope, receive, send)
        else:
            await self.app(scope, replayed(body, receive), send)

    async def body(self, receive: Receive, largest: int) -> bytes:
        """Return the whole body. Raises `Refused` for one that is too large."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            body += message.get("body", b"")
            if len(body) > largest:
                raise Refused(413, f"the request has more than {largest:,} bytes, which is the most that is taken")
            if not message.get("more_body", False):
                return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives `body`, and then what else comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again

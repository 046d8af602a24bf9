"""The way to one server: requests out, bytes in, and our own words for everything that can break between."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from .. import address
from ..errors import Problem, shown
from .dialect import Body
from .protocol import Fault

if TYPE_CHECKING:
    import httpx

OVERALL = 10
"""Times the limit of silence that a whole call may take."""
CONNECT = 10.0
"""Seconds a server may take to accept a connection."""
LARGEST = 8 * 2**20
"""Bytes of a body that is no answer which are read."""


class Cut(Fault):
    """The connection was cut."""


class Unreachable(Problem):
    """No connection came about."""


class Connection:
    """The client of one server. `timeout` is in seconds of silence, `where` names the server in messages.

    Making one takes a moment, since certificates are read."""

    def __init__(self, place: address.Address, key: address.Secret, timeout: float) -> None:
        self.client = new_client(place, key)
        self.secrets = [*place.secrets(), key.reveal()]
        self.where = f"server {shown(place.url)}"
        self.timeout = timeout

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    def hide(self, text: str) -> str:
        """Cut what nobody may see from words that are not ours."""
        return address.redact(text, self.secrets)

    @property
    def overall(self) -> float:
        """Seconds that a whole call may take."""
        return self.timeout * OVERALL

    async def fetch(self, method: str, url: str, body: Body | None = None) -> tuple[int, bytes]:
        """Return status and body of a request that is no question to the model."""
        deadline = asyncio.get_running_loop().time() + self.overall
        async with self.send(method, url, body, self.timeout) as response:
            return response.status_code, await self.rest(response, deadline)

    async def rest(self, response: httpx.Response, deadline: float) -> bytes:
        """Read a body that is no answer, `LARGEST` bytes of it at most."""
        body = b""
        async with aclosing(self.watched(response, self.overall, deadline)) as blocks:
            async for block in blocks:
                body += block
                if len(body) > LARGEST:
                    break
        return body[:LARGEST]

    @asynccontextmanager
    async def send(self, method: str, url: str, body: Body | None, silence: float) -> AsyncIterator[httpx.Response]:
        """Send a request; what breaks on the way becomes a `Fault` or `Problem` in our words."""
        import httpx

        try:
            response = await self.begin(method, url, body, silence)
            try:
                yield response
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise self.lost(error, silence) from error

    async def begin(self, method: str, url: str, body: Body | None, silence: float) -> httpx.Response:
        """Send a request and return the answer's head."""
        import httpx

        limits = httpx.Timeout(silence, connect=min(CONNECT, self.timeout), pool=None)
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {} if body is None else {"Content-Type": "application/json"}
        request = self.client.build_request(method, url, content=content, headers=headers, timeout=limits)
        if self.client.is_closed:
            raise Fault(f"the connection to {self.where} was closed")
        response = await self.client.send(request, stream=True, follow_redirects=True)
        if response.request.method != method:
            await response.aclose()
            place = self.hide(address.visible(str(response.url)))
            raise Problem(f"{self.where} sends us on to {shown(place)}, give that address as --base-url")
        return response

    def lost(self, error: httpx.HTTPError, silence: float) -> Problem:
        """Say in our words what broke on the way."""
        import httpx

        match error:
            case httpx.ConnectTimeout() | httpx.ConnectError() | httpx.UnsupportedProtocol() | httpx.ProxyError():
                why = why_unreachable(error)
                return Unreachable(f"{self.where} cannot be reached: {why}; check the address, or start it")
            case httpx.TimeoutException():
                return Fault(f"{self.where} said nothing for {silence:g} seconds")
            case httpx.DecodingError():
                return Fault(f"{self.where} sent an answer that is not compressed as it says")
            case httpx.TooManyRedirects():
                return Problem(f"{self.where} sends us on without end, check the address")
        return Cut(f"{self.where} cut the connection")

    async def watched(self, response: httpx.Response, silence: float, deadline: float) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of an answer, as long as whole lines come in time and it all ends in time."""
        clock = asyncio.get_running_loop().time
        line = clock()
        async for block in response.aiter_bytes():
            now = clock()
            line = now if b"\n" in block else line
            if now > deadline:
                raise Fault(
                    f"{self.where} did not end its answer within {self.overall:g} seconds, a longer --timeout may help"
                )
            if now - line > silence:
                raise Fault(f"{self.where} said nothing for {silence:g} seconds")
            yield block


def new_client(place: address.Address, key: address.Secret) -> httpx.AsyncClient:
    """Make a client for the server, or raise `Problem`."""
    import httpx

    # Its log names every address whole.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        httpx.URL(place.url)
    except (httpx.InvalidURL, UnicodeError):
        raise Problem(f"base-url {shown(place.url)} is no address, write it like http://127.0.0.1:8000/v1") from None
    headers = {"Accept": "text/event-stream, application/json"}
    if key:
        headers |= {"api-key": key.reveal()} if place.azure else {"Authorization": f"Bearer {key.reveal()}"}
    user = (place.user.reveal(), place.password.reveal())
    return httpx.AsyncClient(
        headers=headers,
        params=[(name, value.reveal()) for name, value in place.query],
        auth=user if any(user) else None,
        # A proxy has no way to this machine.
        trust_env=not place.here,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
    )


def why_unreachable(error: BaseException) -> str:
    """Say in our words why no connection came about."""
    causes = list(chain(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "no host has this name"
    if any(isinstance(cause, ssl.SSLError | ssl.CertificateError) for cause in causes):
        untrusted = any("CERTIFICATE" in str(cause).upper() for cause in causes)
        return (
            "its certificate is not trusted here, SSL_CERT_FILE names one that is"
            if untrusted
            else "it does not speak https"
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return "nothing listens there"
    if any(isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__ for cause in causes):
        return "it takes no connection in time"
    return "the network has no way to it"


def chain(error: BaseException | None, depth: int = 0) -> Iterator[BaseException]:
    """Yield an error and all that it came from."""
    if error is None or depth > 10:
        return
    yield error
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from chain(inner, depth + 1)
    yield from chain(error.__cause__ or error.__context__, depth + 1)


def wait_of(response: httpx.Response) -> float | None:
    """Return the seconds that the server asks to wait, None where it does not."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        text = response.headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", text):
            return float(text) / unit
        if text and unit == 1:
            try:
                return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
            except (ValueError, OverflowError):
                continue
    return None

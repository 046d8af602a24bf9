"""Addresses of servers as people write them, and what of them nobody may see: user, password, query and key."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from .errors import Problem, shown

HIDDEN = "[hidden]"
SHORTEST = 4
"""Characters of a secret that is looked for in foreign words; a shorter one would be found everywhere."""
# What may stand at the end of an address that was copied from a manual.
ROUTES = re.compile(r"/+(?:chat/completions|completions|responses|embeddings|models)?/*$", re.IGNORECASE)
VERSIONED = re.compile(r"/v\d\w*$")


class Secret:
    """A text that no `repr`, `str` or format prints; `reveal` is for the header it goes into."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return HIDDEN

    def __bool__(self) -> bool:
        return bool(self._text)

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text


@dataclass(frozen=True)
class Address:
    """A server's address: `url` may be shown, the rest may not."""

    url: str
    user: Secret = field(default_factory=lambda: Secret(""))
    password: Secret = field(default_factory=lambda: Secret(""))
    query: tuple[tuple[str, Secret], ...] = ()

    def bases(self) -> list[str]:
        """Return the addresses under which the routes may be, the likeliest first."""
        if not VERSIONED.search(self.url):
            return [self.url, f"{self.url}/v1"]
        return [self.url, self.url.rpartition("/")[0]]

    @property
    def here(self) -> bool:
        """Whether this is a server on this machine."""
        return bool(re.match(r"https?://(?:localhost|127\.[\d.]+|\[::1\])(?::|/|$)", self.url, re.IGNORECASE))

    @property
    def azure(self) -> bool:
        """Whether this is a deployment of Azure's, which wants the key in a header of its own."""
        return any(name == "api-version" for name, _ in self.query)

    def secrets(self) -> list[str]:
        """Return every form in which user, password and query could come back."""
        user, password = self.user.reveal(), self.password.reveal()
        pair = f"{user}:{password}"
        forms = [pair, base64.b64encode(pair.encode()).decode(), password, user] if user or password else []
        return forms + [value.reveal() for name, value in self.query if name != "api-version"]


def parse(text: str) -> Address:
    """Read a `--base-url`. Raises `Problem`, without what is secret in it, where it is none."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s\x00-\x1f]", text):
        raise Problem(f"base-url {shown(visible(text))} is no address, write it like http://127.0.0.1:8000/v1")
    host = f"[{host}]" if ":" in host else host
    path = ROUTES.sub("", re.sub(r"/{2,}", "/", parts.path))
    place = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
    return Address(
        url=place + path,
        user=Secret(unquote(parts.username or "")),
        password=Secret(unquote(parts.password or "")),
        query=tuple((name, Secret(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)),
    )


def visible(text: str) -> str:
    """Cut user, password and query from an address, even from one that cannot be read."""
    return re.sub(r"[?#].*", "", re.sub(r"^(\s*\w+:/+)?.*@", r"\1", text, flags=re.DOTALL), flags=re.DOTALL)


def key() -> Secret:
    """Return the key that the environment gives. Raises `Problem` for one that no header can carry."""
    for name in ("RANKR1_API_KEY", "OPENAI_API_KEY"):
        text = os.environ.get(name, "").strip().removeprefix("Bearer ").strip()
        if not text:
            continue
        odd = next((place for place, char in enumerate(text, 1) if not 0x20 < ord(char) < 0x7F), None)
        if odd:
            raise Problem(
                f"{name} cannot be a key: its character {odd} of {len(text)} is none that a key has, copy it again"
            )
        return Secret(text)
    return Secret("")


def redact(text: str, secrets: list[str]) -> str:
    """Replace every secret in `text`."""
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text

"""An encoder on a server that speaks the OpenAI embeddings protocol (vLLM, text-embeddings-inference, ...)."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .. import address
from ..errors import Problem, shown
from .encoders import Entry, Role

if TYPE_CHECKING:
    from openai import OpenAI

    from .encoders import Vectors

RETRIES = 3
"""Times the client asks again, with growing pauses, for connection faults, HTTP 429 and 5xx."""
TIMEOUT = 120.0
"""Seconds that an answer may take."""


class Endpoint:
    """An encoder behind an address, which knows the model by its name in the catalogue's `model`."""

    lanes = 8

    def __init__(self, entry: Entry, url: str) -> None:
        self.entry = entry
        self.url = url.rstrip("/")

    @property
    def place(self) -> str:
        """The server's address, without what nobody may see."""
        return address.visible(self.url)

    @functools.cached_property
    def client(self) -> OpenAI:
        """The client. Raises `Problem` for what is not an address."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Problem(f"encoder-url {shown(self.place)} is not an address, write it like http://127.0.0.1:8000/v1")
        from openai import OpenAI

        key = address.key().reveal() or "none"
        return OpenAI(base_url=self.url, api_key=key, timeout=TIMEOUT, max_retries=RETRIES)

    def start(self) -> None:
        """Check the address; nothing is sent yet."""
        self.client  # noqa: B018

    def embed(self, texts: Sequence[str], role: Role) -> Vectors:
        """Return a vector for each text."""
        import numpy

        if not texts:
            return numpy.empty((0, self.entry.dimension), numpy.float32)
        short = [start(text, self.entry.tokens) or " " for text in self.entry.prefixed(texts, role)]
        vectors = self.ask(short)
        if wrong := [len(each) for each in vectors if len(each) != self.entry.dimension]:
            raise Problem(
                f"server {shown(self.place)} gave vectors of {wrong[0]} numbers, encoder "
                f"{shown(self.entry.name)} has {self.entry.dimension}: it runs another model"
            )
        with numpy.errstate(over="ignore"):
            found = numpy.array(vectors, dtype=numpy.float32)
        if not numpy.isfinite(found).all():
            raise Problem(f"server {shown(self.place)} gave a vector with NaN or infinity in it, look at what it runs")
        if self.entry.normalised:
            found /= numpy.maximum(numpy.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        return found

    def ask(self, texts: list[str]) -> list[list[float]]:
        """Return what the server answers, in the order of the texts. Raises `Problem`."""
        import openai

        where = f"server {shown(self.place)}"
        try:
            answer = self.client.embeddings.create(model=self.entry.model, input=texts, encoding_format="float")
            rows = sorted(answer.data, key=lambda each: each.index)
            if len(rows) != len(texts):
                raise Problem(f"{where} gave {len(rows)} vectors for {len(texts)} texts")
            return [[float(number) for number in each.embedding] for each in rows]
        except openai.APIStatusError as error:
            raise Problem(f"{where} refused to encode (HTTP {error.status_code}): {reason(error)}") from error
        except openai.APITimeoutError as error:
            raise Problem(f"{where} said nothing for {TIMEOUT:g} seconds") from error
        except openai.APIConnectionError as error:
            raise Problem(f"{where} cannot be reached, check --encoder-url, or start it") from error
        except (openai.APIError, AttributeError, TypeError, ValueError, OverflowError) as error:
            raise Problem(f"{where} does not answer like an OpenAI-compatible server of embeddings") from error

    def cut(self, texts: Sequence[str]) -> int:
        """Return 0: only the server counts tokens."""
        return 0


def start(text: str, tokens: int) -> str:
    """Return the start of a text that surely fits in so many tokens: three letters of ASCII are reckoned as one, and so
    is every other character."""
    costs = accumulate(1 if character.isascii() else 3 for character in text)
    return text if len(text) <= tokens else text[: bisect_right(list(costs), 3 * tokens)]


def reason(error: Any) -> str:
    """Return what a server gave as its reason."""
    body = error.body
    reason = body.get("message") if isinstance(body, dict) else None
    return shown(" ".join(str(reason or "it gave no reason").split()), 300)

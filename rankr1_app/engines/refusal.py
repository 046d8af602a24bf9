"""What a server said when it did not answer: its own words, found in whatever shape it sent them, and what they mean.

No two servers agree on the shape of an error: `{"error": {"message": …}}`, `{"error": "…"}`, `{"message": …}`,
`{"detail": [{"loc": …, "msg": …}]}`, a list of any of these, plain text, or the page of a proxy before them.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LONGEST = 240
"""Characters of a server's words that are shown."""
DEEPEST = 6
"""Levels of an error that are looked into."""
FIRST = ("error", "errors", "message", "detail", "msg", "error_message", "error_msg", "reason", "description", "title")
TITLE = re.compile(r"<title[^>]*>(.*?)</title|<h1[^>]*>(.*?)</h1", re.DOTALL | re.IGNORECASE)
TOO_LONG = re.compile(
    r"context[ _-]?(?:length|window|size|limit|overflow)|exceed_context|maximum (?:sequence|input|prompt) length"
    r"|max_?model_?len|too many (?:input |prompt )?tokens|prompt (?:is )?too long|input (?:is )?too long"
    r"|token count .{0,40}exceed|reduce the length|longer than the model|tokens to keep from the initial prompt"
    r"|`?inputs`? (?:tokens|must have)|max_tokens must be at least 1, got -|request (?:entity )?too large"
    r"|too large for model|exceeds? .{0,30}(?:token|context) limit|prompt contains .{0,20}tokens",
    re.IGNORECASE,
)
NUMBER = r"(\d[\d,_]*)"
LIMITS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"> ?{NUMBER}",
        rf"(?:<=|less than|at most|up to) ?{NUMBER}",
        rf"context[ _-]?(?:length|window|size|limit)[^\d\n]{{0,40}}?{NUMBER}",
        rf"{NUMBER}(?: tokens?)? (?:maximum|max|limit|context)",
        rf"(?<![`_])(?:maximum|max|limit|allowed|exceed)(?!_)[^\d\n]{{0,40}}?{NUMBER}",
    )
)
LENGTHS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{NUMBER} (?:in the messages|tokens? from the input|input tokens|`?inputs`? tokens)",
        rf"(?:input|prompt|request) \({NUMBER} tokens",
        rf"(?:given:|prompt contains|requested tokens \(|the first|input token count \(|length:?) ?{NUMBER}",
        rf"{NUMBER} tokens >",
    )
)
SPENT = re.compile(r"quota|billing|credit|balance|payment|spend|insufficient funds", re.IGNORECASE)
PASSING = re.compile(
    r"(?:try again|retry|wait)|per (?:second|minute|hour|day)|\b[rt]p[md]\b|rate.?limit", re.IGNORECASE
)
KEY = re.compile(
    r"(?:api|access|auth\w*)[ _-]?(?:key|token).{0,30}(?:invalid|not valid|incorrect|missing|required|expired|wrong)"
    r"|(?:invalid|incorrect|missing|no|wrong|expired|bad) (?:\w+ )?(?:api[ _-]?key|credential|access token)"
    r"|unauthorized",
    re.IGNORECASE,
)
NO_MODEL = re.compile(
    r"model.{0,120}(?:not found|not exist|unknown|not loaded|not available|no such|not supported|unavailable|invalid)"
    r"|(?:no|unknown|invalid) (?:such )?model|model_not_found",
    re.IGNORECASE | re.DOTALL,
)
LOADING = re.compile(r"loading|warming|starting|initiali[sz]ing|not ready|unavailable_error", re.IGNORECASE)
FILTERED = re.compile(r"content[ _-]?(?:filter|policy|management)|responsibleai|moderation|flagged", re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
    """An error of a server: the HTTP `status` (0 in the middle of a stream), its `words` for people, `all` that it
    holds for looking things up in, and whether it was a `page` of HTML. `wait` is in seconds, as the server asked."""

    status: int
    words: str
    all: str = ""
    page: bool = False
    limit: int | None = None
    length: int | None = None
    wait: float | None = None

    @property
    def quoted(self) -> str:
        """The server's own words, with the status they came with."""
        status = f"HTTP {self.status}, " if self.status else ""
        return status + (self.words if self.page else repr(self.words) if self.words else "without a reason")

    @property
    def too_long(self) -> bool:
        """Whether the question was longer than the model reads."""
        return self.status == 413 or self.limit is not None or bool(TOO_LONG.search(self.all))

    @property
    def spent(self) -> bool:
        """Whether there is no money left for this key: asking again is of no use."""
        if self.status == 402 or "insufficient_quota" in self.all:
            return True
        passing = self.wait is not None or PASSING.search(self.words)
        return self.status in (400, 403, 429) and bool(SPENT.search(self.all)) and not passing

    @property
    def key(self) -> bool:
        """Whether the key was refused."""
        return self.status == 401 or (self.status in (400, 403) and bool(KEY.search(self.all)))

    @property
    def no_model(self) -> bool:
        """Whether the server does not have the model."""
        return self.status in (0, 400, 404, 422, 500) and not self.page and bool(NO_MODEL.search(self.all))

    @property
    def filtered(self) -> bool:
        """Whether a filter of the server's withheld the answer."""
        return self.status in (0, 400, 403) and bool(FILTERED.search(self.all))

    @property
    def loading(self) -> bool:
        """Whether the server is only getting ready."""
        return self.status == 503 and bool(LOADING.search(self.words))

    @property
    def passes(self) -> bool:
        """Whether the same request may be answered in a moment."""
        return self.status in (408, 409, 425, 429) or (self.status >= 500 and self.status not in (501, 505))


def of_body(status: int, body: bytes, wait: float | None = None) -> Refusal:
    """Read the body of an HTTP answer that is no completion."""
    text = body.decode("utf-8", "replace").strip()
    try:
        return of_json(status, json.loads(text), wait)
    except (ValueError, RecursionError):
        pass
    if text.startswith("<") or TITLE.search(text[:5000]):
        title = TITLE.search(text)
        name = plain(html.unescape(re.sub(r"<[^>]*>", " ", title[1] or title[2] or ""))) if title else ""
        words = f"a web page, {name!r}" if name else "a web page"
        return Refusal(status, words, text[:5000], page=True, wait=wait)
    return Refusal(status, plain(text), text[:5000], wait=wait)


def of_json(status: int, data: Any, wait: float | None = None) -> Refusal:
    """Read an error that is JSON already; a status inside it counts where there is none outside."""
    words = plain(message(data))
    everything = "\n".join([words, *texts(data)])[:5000]
    limit, length = number(data, "n_ctx"), number(data, "n_prompt_tokens")
    if TOO_LONG.search(everything):
        limit = limit or first(LIMITS, everything)
        length = length or first(LENGTHS, everything)
    return Refusal(status or inner_status(data), words, everything, limit=limit, length=length, wait=wait)


def message(data: Any, depth: int = 0) -> str:
    """Find the sentence for people in an error."""
    if isinstance(data, str):
        return data
    if depth > DEEPEST:
        return ""
    if isinstance(data, list):
        return "; ".join(filter(None, (message(each, depth + 1) for each in data[:3])))
    if not isinstance(data, dict):
        return ""
    found = next(filter(None, (message(data.get(name), depth + 1) for name in FIRST)), "")
    place = data.get("loc")
    if found and isinstance(place, list):
        return f"{'.'.join(str(each) for each in place)}: {found}"
    raw = data.get("metadata", {}).get("raw") if isinstance(data.get("metadata"), dict) else None
    return f"{found}: {message(raw, depth + 1)}" if raw else found


def texts(data: Any, depth: int = 0) -> Iterator[str]:
    """Yield every text in an error, the names of fields too."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list) and depth <= DEEPEST:
        for each in data:
            yield from texts(each, depth + 1)
    elif isinstance(data, dict) and depth <= DEEPEST:
        for name, each in data.items():
            yield str(name)
            yield from texts(each, depth + 1)


def number(data: Any, name: str, depth: int = 0) -> int | None:
    """Find a whole number by the name of its field."""
    if not isinstance(data, dict) or depth > DEEPEST:
        return None
    value = data.get(name)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,8}", value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    return next(filter(None, (number(each, name, depth + 1) for each in data.values())), None)


def inner_status(data: Any) -> int:
    """Find an HTTP status inside an error, 0 where there is none."""
    found = next(filter(None, (number(data, name) for name in ("code", "status", "status_code"))), None)
    return found if found and 400 <= found < 600 else 0


def first(patterns: tuple[re.Pattern[str], ...], text: str) -> int | None:
    """Find the first number, of the first pattern that has one, that can be a length."""
    for pattern in patterns:
        for match in pattern.finditer(text):
            digits = re.sub(r"\D", "", match[1])
            if len(digits) < 9 and int(digits) >= 32:
                return int(digits)
    return None


def plain(text: str) -> str:
    """Return `text` on one line that a message can hold: control characters as blanks, cut where it is long."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text[: LONGEST * 20]).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"

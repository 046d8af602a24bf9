"""JSON values one by one from a file that is one array, or several values after each other over many lines."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from .fields import Wrong

BLANK = re.compile(r"[\s,\ufeff]*")
NUMBER = ".eE"
"""What may follow the beginning of a number, which is a number too."""


def values(blocks: Iterable[bytes], limit: int) -> Iterator[Any]:
    """Yield the elements of arrays, and what stands outside of them. No more than one value is held. Raises `Wrong`
    where the text is not JSON, or a value is over `limit` characters."""
    coming = iter(codecs.iterdecode(blocks, "utf-8"))
    decode = json.JSONDecoder().raw_decode
    text, place, inside, done = "", 0, False, False
    while True:
        place = BLANK.match(text, place).end()  # type: ignore[union-attr]
        sign = text[place : place + 1]
        if sign and sign == ("]" if inside else "["):
            inside, place = not inside, place + 1
            continue
        value, end = parsed(decode, text, place)
        if end and (done or (end < len(text) and text[end] not in NUMBER)):
            if end - place > limit:
                raise Wrong("a value is over the limit")
            place = end
            yield value
            continue
        if done and not sign:
            if inside:
                raise Wrong("the array is never closed")
            return
        if done or len(text) - place > limit:
            raise Wrong("a value is not JSON" if done else "a value is over the limit, or is not JSON")
        text, place, done = longer(text[place:], coming)


def parsed(decode: Any, text: str, place: int) -> tuple[Any, int]:
    """Return the value at `place` and where it ends, 0 if it does not end here."""
    try:
        return decode(text, place)  # type: ignore[no-any-return]
    except (ValueError, RecursionError):
        return None, 0


def longer(text: str, coming: Iterator[str]) -> tuple[str, int, bool]:
    """Return text twice as long, from its beginning, and whether that is all."""
    wanted, parts, size = 2 * len(text), [text], len(text)
    for part in coming:
        parts.append(part)
        size += len(part)
        if size > wanted:
            return "".join(parts), 0, False
    return "".join(parts), 0, True

"""Where a Milvus is: the address of a server, or a path of Milvus Lite."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..address import parse, visible
from ..errors import Problem, shown

TOKEN = "RANKR1_MILVUS_TOKEN"
"""The variable with a server's token, or NAME:PASSWORD."""


def checked_uri(text: str) -> str:
    """Return the address of a Milvus. Raises `Problem`, without what is secret in it, for what is none."""
    if "://" not in text and text.endswith(".db"):
        return text
    try:
        parts = urlsplit(text)
        sound = bool(parse(text).url) and not text.endswith(".db")
    except (Problem, ValueError):
        sound = False
    if not sound:
        raise Problem(
            f"milvus {shown(visible(text))} is not an address: give http://HOST:19530, or a path that ends in .db"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Problem(
            f"milvus {shown(visible(text))} must not hold a name, password or token: put it into {TOKEN}, "
            "as NAME:PASSWORD or as it is"
        )
    return text

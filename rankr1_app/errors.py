"""The one error meant for the person in front of the screen."""

from __future__ import annotations

import logging

logger = logging.getLogger("rankr1")


class Problem(Exception):
    """Something the user can act on: one line that names the thing, the value, and what would be right.

    The command line prints it after `error: ` and exits with status 1; the page shows it as it is.
    """

    def __init__(self, what: str) -> None:
        super().__init__(" ".join(what.split()))


def shown(value: object, limit: int = 80) -> str:
    """Return `value` as it can stand in one line of a message: quoted, control characters escaped, cut at `limit`."""
    text = repr(value) if isinstance(value, str) else str(value)
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def in_words(error: BaseException) -> str:
    """Return the sentence a person reads of any error: a `Problem` says its own; anything else is a fault of ours,
    which goes to the log with its traceback, and of which a person reads that it happened."""
    if isinstance(error, Problem):
        return str(error)
    logger.error("unexpected error", exc_info=error)
    return "an error inside rankr1 ended this, rankr1.log in the data folder has the details; please report it"

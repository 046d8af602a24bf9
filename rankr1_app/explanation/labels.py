"""Which bracketed numbers of an answer are labels: `[2]` stands for the second document of a call, that is
`CallStarted.documents[1]`, unless it is part of a title, or of words that are quoted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LABEL = re.compile(r"\[(\d{1,2})\]")
QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»|„[^“”\n]*[“”]|(?<!\w)'[^'\n]*'(?!\w)")
HIDDEN = str.maketrans("[]", "⟦⟧")
"""What the brackets of a title become, so that nothing takes them for a label's. Lengths stay."""


def hidden(text: str, titles: Iterable[str]) -> str:
    """Return `text` with the brackets of numbers replaced that belong to a title, equally long."""
    for title in titles:
        if LABEL.search(title) and not LABEL.fullmatch(title.strip()):
            pattern = r"\s+".join(map(re.escape, title.split()))
            text = re.sub(pattern, lambda match: concealed(match[0]), text, flags=re.IGNORECASE)
    return text


def concealed(title: str) -> str:
    """Return a title with the brackets of its numbers replaced."""
    return LABEL.sub(lambda match: match[0].translate(HIDDEN), title)


def unquoted(text: str) -> str:
    """Return `text` with quotations of several words blanked, equally long: they may hold labels of their own."""
    return QUOTED.sub(lambda match: match[0] if len(match[0].split()) < 2 else " " * len(match[0]), text)


def spans(text: str, count: int) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and end of each label in a passage whose titles are hidden."""
    for match in LABEL.finditer(unquoted(text)):
        if 1 <= int(match[1]) <= count:
            yield int(match[1]), match.start(), match.end()

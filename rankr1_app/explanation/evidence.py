"""Where in a document the words stand that a reason says of it.

A quotation is looked for word by word, capitals and punctuation aside: as it stands, else nearly so. A quotation that
is not there is said to be not there. A claim of `rank-r1-nano` that a word is there is a quotation of one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

QUOTED = re.compile(
    r"\"([^\"\n]{3,600})\"|“([^”\n]{3,600})”|«([^»\n]{3,600})»|„([^“”\n]{3,600})[“”]|(?<!\w)'([^'\n]{12,600})'(?!\w)"
)
CLAIMED = re.compile(r"(\w+) (?:is there|comes early)\b")
WORD = re.compile(r"\w+")
GAP = re.compile(r"\s*(?:\.\.\.|…|\[\.\.\.\]|\[…\])\s*")
NEAR = 0.8
"""How alike a near quotation is: twice the words in common, of the words of both (difflib)."""
FEWEST = 4
"""Words of a quotation that may be found nearly; a shorter one is there or not."""


@dataclass(frozen=True)
class Evidence:
    """The words `start` to `end` of what was said, and where they are in the document, `found` from and to, None where
    they are not. `exact` is False for what is only nearly there."""

    start: int
    end: int
    found: tuple[int, int] | None
    exact: bool = True


def evidence(said: str, document: str) -> list[Evidence]:
    """Every quotation in `said`, in order, looked for in `document`."""
    words = [(match[0].casefold(), match.start(), match.end()) for match in WORD.finditer(document)]
    return [locate(said, start, end, words) for start, end in quotations(said)]


def quotations(said: str) -> Iterator[tuple[int, int]]:
    """Start and end of what is quoted, the marks left out; the parts around an omission each on their own."""
    spans = [match.span(match.lastindex or 0) for match in QUOTED.finditer(said)]
    spans += [match.span(1) for match in CLAIMED.finditer(said)]
    for start, end in sorted(spans):
        at = start
        for gap in [*GAP.finditer(said, start, end), None]:
            stop = gap.start() if gap else end
            if WORD.search(said, at, stop):
                yield at, stop
            at = gap.end() if gap else end


def locate(said: str, start: int, end: int, words: Sequence[tuple[str, int, int]]) -> Evidence:
    """One quotation among the words of a document."""
    wanted = [match.casefold() for match in WORD.findall(said[start:end])]
    size = len(wanted)
    plain = [word for word, _, _ in words]
    for at in range(len(plain) - size + 1):
        if plain[at : at + size] == wanted:
            return Evidence(start, end, (words[at][1], words[at + size - 1][2]))
    if size < FEWEST:
        return Evidence(start, end, None)
    best, place = 0.0, 0
    matcher = SequenceMatcher(None, b=wanted, autojunk=False)
    for at in range(max(1, len(plain) - size + 1)):
        matcher.set_seq1(plain[at : at + size])
        if matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
            best, place = ratio, at
    if best < NEAR:
        return Evidence(start, end, None)
    last = min(place + size, len(words)) - 1
    return Evidence(start, end, (words[place][1], words[last][2]), exact=False)

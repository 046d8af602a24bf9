"""Where in a document the words stand that a reason says of it.

A quotation is looked for word by word, capitals and punctuation aside: as it stands, else nearly so, a single word in
another form. A quotation that is not there is said to be not there. A claim of `rank-r1-nano` that a word is there is a
quotation of one word.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from .claims import present
from .stems import stem

QUOTED = re.compile(
    r"\"([^\"\n]{3,600})\"|“([^”\n]{3,600})”|«([^»\n]{3,600})»|„([^“”\n]{3,600})[“”]|(?<!\w)'([^'\n]{12,600})'(?!\w)"
)
WORD = re.compile(r"\w+")
GAP = re.compile(r"\s*(?:\.\.\.|…|\[\.\.\.\]|\[…\])\s*")
NEAR = 0.8
"""How alike a near quotation is: twice the words in common, of the words of both (difflib)."""
FEWEST = 4
"""Words of a quotation that may be found nearly; a shorter one is there or not."""
COMPARED = 20
"""Places in a document that are compared with a quotation word by word."""


@dataclass(frozen=True)
class Evidence:
    """The words `start` to `end` of what was said, and where they are in the document, `found` from and to, None where
    they are not. `exact` is False for what is only nearly there."""

    start: int
    end: int
    found: tuple[int, int] | None
    exact: bool = True


def evidence(sentence: str, document: str) -> list[Evidence]:
    """Return every quotation in `said`, in order, looked for in `document`."""
    words = [(match[0].casefold(), match.start(), match.end()) for match in WORD.finditer(document)]
    return [locate(sentence, start, end, words) for start, end in quotations(sentence)]


def quotations(sentence: str) -> Iterator[tuple[int, int]]:
    """Start and end of what is quoted, the marks left out; the parts around an omission each on their own."""
    spans = [match.span(match.lastindex or 0) for match in QUOTED.finditer(sentence)]
    for start, end in sorted([*spans, *present(sentence)]):
        at = start
        for gap in [*GAP.finditer(sentence, start, end), None]:
            stop = gap.start() if gap else end
            if WORD.search(sentence, at, stop):
                yield at, stop
            at = gap.end() if gap else end


def locate(sentence: str, start: int, end: int, words: Sequence[tuple[str, int, int]]) -> Evidence:
    """Find one quotation among the words of a document."""
    wanted = [match.casefold() for match in WORD.findall(sentence[start:end])]
    size = len(wanted)
    plain = [word for word, _, _ in words]
    for at in range(len(plain) - size + 1):
        if plain[at] == wanted[0] and plain[at : at + size] == wanted:
            return Evidence(start, end, (words[at][1], words[at + size - 1][2]))
    if size == 1:
        return form(start, end, wanted[0], words)
    if size < FEWEST:
        return Evidence(start, end, None)
    place = nearest(wanted, plain)
    if place is None:
        return Evidence(start, end, None)
    last = min(place + size, len(words)) - 1
    return Evidence(start, end, (words[place][1], words[last][2]), exact=False)


def form(start: int, end: int, wanted: str, words: Sequence[tuple[str, int, int]]) -> Evidence:
    """Find another form of a word, `taxes` for `tax`."""
    for word, at, stop in words:
        if stem(word) == stem(wanted):
            return Evidence(start, end, (at, stop), exact=False)
    return Evidence(start, end, None)


def nearest(wanted: Sequence[str], plain: Sequence[str]) -> int | None:
    """Return where as many words of `plain` begin as are most like `wanted`; None where none are near. Of the places
    that have enough words in common, the `COMPARED` that have most are compared."""
    size = min(len(wanted), len(plain))
    places = [
        (common, at) for at, common in enumerate(shared(wanted, plain)) if common >= NEAR * (size + len(wanted)) / 2
    ]
    matcher = SequenceMatcher(None, b=wanted, autojunk=False)
    best, place = NEAR, None
    for at in sorted(at for _, at in heapq.nlargest(COMPARED, places, key=lambda each: (each[0], -each[1]))):
        matcher.set_seq1(plain[at : at + size])
        ratio = matcher.ratio()
        if ratio > best or (place is None and ratio == best):
            best, place = ratio, at
    return place


def shared(wanted: Sequence[str], plain: Sequence[str]) -> Iterator[int]:
    """Yield how many words each stretch of `plain`, as long as `wanted`, has in common with it."""
    size = min(len(wanted), len(plain))
    lacking = Counter(wanted)
    common = 0
    for at, word in enumerate(plain):
        common += lacking[word] > 0
        lacking[word] -= 1
        if at >= size:
            gone = plain[at - size]
            lacking[gone] += 1
            common -= lacking[gone] > 0
        if at >= size - 1:
            yield common

"""Which words of an answer speak of which document.

The thought is cut into sentences and lines. A sentence is a reason of every document it names: by label (`[3]`,
`[2]-[4]`, `document 3`, `passages 2 and 4`), by place (`the third passage`, `the last document`), or by title. In a
line that begins with a document's label, and in the points below a line that is nothing but one, sentences that name
nobody speak of that document. Anything else belongs to nobody: a reason is never pasted under a document that it does
not speak of.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .labels import concealed, hidden, spans, unquoted
from .thought import parts
from .weighing import COMPARED

Outcome = Literal["won", "lost", "undecided"]

# A sentence ends at a line break, or at closing punctuation before a blank. A label does not end one.
ABBREVIATED = r"(?<![A-Z])(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bDr)(?<!\bet al)(?<!\bFig)"
CLOSING = r"[\"'”’)*]*"
SENTENCE = re.compile(rf"[^\n]+?(?:{ABBREVIATED}[.!?…。！？]+{CLOSING}(?=\s|$)|[。！？](?=\S)|(?=\n)|$)")
LABEL = r"\[\d{1,2}\]"
RANGE = re.compile(rf"({LABEL})\s*(?:-|–|—|to|through|until|bis|à)\s*({LABEL})", re.IGNORECASE)
NOUN = r"(?:documents?|docs?|passages?|texts?|candidates?|results?|dokumente?|documento?s?|文档|段落)"
# `document 3`, `passages 2, 4 and 5`, `documents 2-4`; never `document 3 times`, `passage 3.5`.
NUMBERED = re.compile(
    rf"\b{NOUN}\s*(?:number\s+|no\.?\s*|nr\.?\s*|#)?(\d{{1,2}}(?:\s*(?:,|and|or|&|und|et|y|-|–|to|through)\s*(?:and\s+)?\d{{1,2}})*)"
    r"(?![\d%]|\.\d|\s+(?:times|words|years|percent|of\b))",
    re.IGNORECASE,
)
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
BY_PLACE = re.compile(
    rf"\bthe\s+({'|'.join(ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)|last)"
    rf"(?:\s*(?:,|and|or)\s*(?:the\s+)?({'|'.join(ORDINALS)}|\d{{1,2}}(?:st|nd|rd|th)|last))?\s+"
    r"(?:document|doc|passage|text|candidate|result|one)s?\b(?!\s+(?:half|part|sentence|paragraph))",
    re.IGNORECASE,
)
# What a judge of two calls them.
ASSISTANT = re.compile(r"\b(?:[Aa]ssistant|[Rr]esponse|[Aa]nswer)\s+([AB])\b")
# How a line about one document begins: as a point of a list, or the document, and then a colon, dash, bracket or end.
BULLET = r"\s*(?P<point>(?:[-*•+>#]+\s+|\d{1,2}[.)]\s+)*)(?:\*\*|__|`)?\s*"
MARKED = r"(?P<bold>\*\*|__|`)?"
HEAD = re.compile(
    rf"{BULLET}(?:{NOUN}\s*)?(?:\[(\d{{1,2}})\]|(?<=[sStT ])(\d{{1,2}})){MARKED}\s*(?P<then>[:\-–—(]|$)?",
    re.IGNORECASE,
)
OWN = re.compile(r"\[(\d{1,2})\]")
POINT = re.compile(r"\s*(?:[-*•+]\s+|\d{1,2}[.)]\s+|\s{2,}\S)")
# A title this short or this common would be found everywhere.
SHORTEST_TITLE = 10


@dataclass(frozen=True)
class Reason:
    """`text` is exactly `raw[start:end]` of the answer; `outcome` is the document's in that call."""

    document: str
    text: str
    start: int
    end: int
    outcome: Outcome


def reasons(
    text: str,
    documents: Sequence[str],
    winner: str | None,
    titles: Mapping[str, str] | None = None,
    thought: int = 0,
) -> list[Reason]:
    """Return every sentence of the raw answer `text` that speaks of a document, in order. `documents[0]` stands behind
    label `[1]`; labels out of range belong to nobody. `titles` (document to title) finds documents by name. The first
    `thought` characters came in a field for thought."""
    found = []
    words = distinctive(documents, titles or {})
    read = hidden(text, (titles or {}).values())
    # Of the only document of a call all is said, unless another is named.
    alone = 1 if len(documents) == 1 else None
    subject = alone
    line = -1
    for start, end, first in sentences(text, thought):
        begin = max(text.rfind("\n", 0, start) + 1, first)
        if begin != line:
            line = begin
            subject = subject_of(read, begin, len(documents), subject) or alone
        named = spoken_of(read[start:end], len(documents), words)
        if COMPARED.search(text, start, end) and (own := OWN.match(read, start, end)):
            # What it says of words and scores is of the document that the line begins with alone.
            named = [int(own[1])]
        for label in named or ([subject] if subject else []):
            document = documents[label - 1]
            outcome: Outcome = "undecided" if winner is None else "won" if document == winner else "lost"
            found.append(Reason(document, text[start:end], start, end, outcome))
    return found


def labels(
    text: str, documents: Sequence[str], titles: Mapping[str, str] | None = None, thought: int = 0
) -> Iterator[tuple[str, int, int]]:
    """Yield document, start and end of every label in the raw answer `text`, in order: what may be shown as the
    document it stands for."""
    read = hidden(text, (titles or {}).values())
    cuts = [0, *(place for sentence in sentences(text, thought) for place in sentence[:2]), len(text)]
    for begin, stop in itertools.pairwise(cuts):
        for label, start, end in spans(read[begin:stop], len(documents)):
            yield documents[label - 1], begin + start, begin + end


def subject_of(text: str, begin: int, count: int, before: int | None) -> int | None:
    """Return the label that the line at `begin` is about as a whole, given that of the line before."""
    stop = text.find("\n", begin)
    line = text[begin : stop if stop >= 0 else len(text)]
    head = HEAD.match(line)
    if head and (head["point"] or head["bold"] or head["then"] is not None):
        label = int(head[2] or head[3])
        others = set(spoken_of(line, count, {})) - {label}
        return label if 1 <= label <= count and not others else None
    # The points of a list go on about what stands above them, until a line is empty or no point.
    above = text[:begin].rstrip("\n").rpartition("\n")[2]
    return before if before and POINT.match(line) and above.strip() and text[begin - 2 : begin] != "\n\n" else None


def sentences(text: str, field: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yield start and end of each sentence of the thought, blanks around it left out, and where its stretch begins."""
    for first, last in parts(text, field).thought:
        for match in SENTENCE.finditer(text, first, last):
            sentence = match[0]
            start = match.start() + len(sentence) - len(sentence.lstrip())
            end = match.end() - (len(sentence) - len(sentence.rstrip()))
            if start < end:
                yield start, end, first


def distinctive(documents: Sequence[str], titles: Mapping[str, str]) -> dict[str, int]:
    """Return titles, folded, that name one document alone, and its label."""
    plain = [concealed(titles.get(document, "")) for document in documents]
    folded = [" ".join(title.casefold().split()).strip(".:") for title in plain]
    return {
        title: label
        for label, title in enumerate(folded, 1)
        if (len(title) >= SHORTEST_TITLE or "⟦" in title)
        and " " in title
        and sum(title in other for other in folded) == 1
    }


def spoken_of(sentence: str, count: int, titles: Mapping[str, int]) -> list[int]:
    """Return the labels a sentence names, each once, in order; a range names all it spans."""
    labels: dict[int, int] = {}

    def add(at: int, first: int, last: int) -> None:
        for label in range(max(first, 1), min(last, count) + 1):
            labels.setdefault(label, at)

    folded = " ".join(sentence.casefold().split())
    sentence = unquoted(sentence)
    for match in RANGE.finditer(sentence):
        add(match.start(), int(match[1][1:-1]), int(match[2][1:-1]))
    for label, start, _ in spans(sentence, count):
        add(start, label, label)
    for match in NUMBERED.finditer(sentence):
        for first, last in ranges(match[1]):
            add(match.start(), first, last)
    if count == 2:
        for match in ASSISTANT.finditer(sentence):
            add(match.start(), "AB".index(match[1]) + 1, "AB".index(match[1]) + 1)
    for match in BY_PLACE.finditer(sentence):
        for word in filter(None, match.groups()):
            place = place_of(word.casefold(), count)
            add(match.start(), place, place)
    for title, label in titles.items():
        if (at := folded.find(title)) >= 0:
            labels.setdefault(label, at)
    return sorted(labels, key=lambda label: (labels[label], label))


def ranges(numbers: str) -> Iterator[tuple[int, int]]:
    """Yield first and last of each part of `2, 4 and 6-8`."""
    for match in re.finditer(r"(\d+)(?:\s*(?:-|–|to|through)\s*(\d+))?", numbers):
        yield int(match[1]), int(match[2] or match[1])


def place_of(word: str, count: int) -> int:
    """Return the number that a word stands for: `third` and `3rd` are 3; `last` is the last."""
    if word == "last":
        return count
    return ORDINALS.index(word) + 1 if word in ORDINALS else int(re.sub(r"\D", "", word))

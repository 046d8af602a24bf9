"""Which words of an answer speak of which document.

A passage belongs to the documents whose labels it names. The analysis is cut into sentences and lines;
each becomes a reason of every document it names by label (`[3]`, `[2]-[4]`), verbatim. What names no
label belongs to nobody: a reason is never pasted under a document that it does not speak of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["won", "lost", "undecided"]

THOUGHT = re.compile(r"<think>(.*?)(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
# A sentence ends at a line break, or at closing punctuation before a blank. A label does not end one.
SENTENCE = re.compile(r"[^\n]+?(?:[.!?…。！？]+[\"'”’)]*(?=\s|$)|(?=\n)|$)")
LABELS = re.compile(r"\[(\d{1,2})\](?:\s*(?:-|–|to|through)\s*\[(\d{1,2})\])?")


@dataclass(frozen=True)
class Reason:
    """`text` is exactly `raw[start:end]` of the answer; `outcome` is the document's in that call."""

    document: str
    text: str
    start: int
    end: int
    outcome: Outcome


def reasons(text: str, documents: Sequence[str], winner: str | None) -> list[Reason]:
    """Every sentence of the raw answer `text` that names a document, in order. `documents[0]` stands behind
    label `[1]`; labels out of range belong to nobody."""
    found = []
    for start, end in sentences(text):
        for label in named(text[start:end], len(documents)):
            document = documents[label - 1]
            outcome: Outcome = "undecided" if winner is None else "won" if document == winner else "lost"
            found.append(Reason(document, text[start:end], start, end, outcome))
    return found


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence of the thought, blanks around it left out."""
    thought = THOUGHT.search(text)
    if thought is None:
        return
    for match in SENTENCE.finditer(text, thought.start(1), thought.end(1)):
        sentence = match[0]
        start = match.start() + len(sentence) - len(sentence.lstrip())
        end = match.end() - (len(sentence) - len(sentence.rstrip()))
        if start < end:
            yield start, end


def named(sentence: str, count: int) -> list[int]:
    """The labels a sentence names, each once, in order; a range names all it spans."""
    labels: dict[int, None] = {}
    for match in LABELS.finditer(sentence):
        first, last = int(match[1]), int(match[2] or match[1])
        for label in range(first, min(last, count) + 1):
            if label >= 1:
                labels.setdefault(label)
    return list(labels)

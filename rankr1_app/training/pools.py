"""What the bundled model learns from: texts, and where their words are."""

from __future__ import annotations

import json
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ..errors import Problem
from ..explanation.claims import words
from . import traces


@dataclass
class Pool:
    """Texts cut at white space, with the places where each word occurs."""

    texts: list[list[str]]
    topics: list[str] = field(default_factory=list)
    vocabulary: list[str] = field(default_factory=list)
    places: dict[str, array[int]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        counts: Counter[str] = Counter()
        for number, text in enumerate(self.texts):
            seen: set[str] = set()
            for at, piece in enumerate(text):
                for word in words(piece):
                    if word not in seen:
                        seen.add(word)
                        self.places.setdefault(word, array("l")).extend((number, at))
            counts.update(seen)
        many = len(self.texts)
        self.weights = {word: math.log(1 + many / count) for word, count in counts.items()}
        self.vocabulary = sorted(set(self.vocabulary) | {word for word, count in counts.items() if count > 1})
        familiar = set(self.vocabulary)
        self.topics = [topic for topic in self.topics if any(w in familiar for w in traces.content_words(topic))]

    def weight(self, word: str) -> float:
        """Return how rare a word is: log(1 + N / n)."""
        return self.weights.get(word, math.log(1 + len(self.texts)))

    def window(self, rng: Random, number: int, near: int, size: int) -> str:
        """Return `size` words of text `number` that hold the word at `near`; where they can, often its beginning."""
        text = self.texts[number]
        if near < size and rng.random() < 0.6:
            return " ".join(text[:size])
        first = max(0, min(len(text) - size, near - rng.randrange(size)))
        return " ".join(text[first : first + size])

    def around(self, rng: Random, word: str, size: int) -> str:
        """Return a window of a random text around `word`, or a random window if no text has it."""
        places = self.places.get(word)
        if not places:
            number = rng.randrange(len(self.texts))
            return self.window(rng, number, rng.randrange(len(self.texts[number])), size)
        at = 2 * rng.randrange(len(places) // 2)
        return self.window(rng, places[at], places[at + 1], size)


def read_texts(path: Path) -> Iterator[str]:
    """Yield title and text of each document of a JSON-lines corpus, as one string."""
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                yield f"{row.get('title', '')} {row['text']}".strip()
    except OSError as error:
        raise Problem(f"cannot read corpus {str(path)!r}: {error.strerror}; give a corpus.jsonl") from error


def read_topics(path: Path) -> list[str]:
    """Return the queries of a topics file (id, tab, query)."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise Problem(f"cannot read topics {str(path)!r}: {error.strerror}; give a topics.tsv") from error
    return [line.partition("\t")[2].strip() for line in lines if "\t" in line]


def reference_texts() -> Iterator[str]:
    """Yield Python's own language reference, paragraph by paragraph: plain prose that every machine has."""
    from pydoc_data.topics import topics

    for name in sorted(topics):
        for part in topics[name].split("\n\n"):
            if len(part.split()) >= 20:
                yield " ".join(part.split())


def gather(folder: Path, corpora: Iterable[str], topics: Iterable[str], words: Iterable[str] = ()) -> Pool:
    """Return the pool of the corpora (`name/corpus.jsonl`) and topics (`name/topics.tsv`) under `folder`."""
    texts = [text.split() for name in corpora for text in read_texts(folder / name)]
    texts += [text.split() for text in reference_texts()]
    queries = [query for name in topics for query in read_topics(folder / name)]
    return Pool([text for text in texts if text], queries, list(words))

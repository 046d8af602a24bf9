"""The reasoning that `rank-r1-nano` is taught: how it is written, and how each claim of it is checked.

A claim is about exact words: the word (letters and digits, NFC, case folded) occurs in a document's text
or it does not, among its first eight words or later. Nothing here looks at meaning, so every claim is true or false,
and anyone can say which.

    <think> The query asks about bread, dough. A word counts 1, an early one 2. Checking each document:
    [1] bread is there (1), dough is missing, so 1 in all.
    [2] bread comes early (2), dough is there (3), so 3 in all.
    Words weighed against place, the choice is [2] with 3 in all. </think>
    <answer>[2]</answer>

The number behind a word is the count so far in its line.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

MOST_WORDS = 6
MOST_DOCUMENTS = 20
EARLY_WORDS = 8
"""How many words of a document are its beginning: a title, or how a first sentence begins."""

OPEN = "<think>"
ASKS = " The query asks about"
EACH = ". A word counts 1, an early one 2. Checking each document:\n"
MISSING = " is missing,"
BEST = "Words weighed against place, the choice is "
CLOSE = "</think>\n<answer>"
END = "</answer>"

_FUNCTION_WORDS = """
a about above after again against all along also although always am among an and any are around as at away be
because became become been before being below between both but by came can cannot come could d did do does doesn
doing don done down due during each either else etc even ever every few for from further gave get gets give
given go goes got had has hasn have having he hence her here hers him his how however i if in into is isn it its
itself just kind let ll m made make makes many may me might mine more most much must my near neither never no
nor not now of off often on once one only onto or other others our ours out over own per please quite rather re
s same say see seem several shall she should shouldn show shows since so some such t take than that the their
them then there therefore these they this those though through thus to together too toward towards under until
up upon us use used uses using ve very via was wasn way we well went were weren what when where whether which
while who whom whose why will with within without won would wouldn yet you your yours
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())

_WORD = re.compile(r"[^\W_]+")
_NAMED = re.compile(r"\bquery asks about ((?:[^\W_]+, )*[^\W_]+)\.")
_SAID = re.compile(r"([^\W_]+) (is there|comes early|is missing)\b(?: \((\d+)\))?")
_COUNT = re.compile(r"\bso (\d+) in all\.")
_LINE = re.compile(r"^\s*(\[\d+\])(.*)$")
_BEST = re.compile(r"\bchoice is (\[\d+\]) with (\d+) in all\.")
_THOUGHT = re.compile(r"<think>(.*?)(?:</think>|\Z)", re.DOTALL)


KINDS: Mapping[str, Literal["there", "early", "missing"]] = {
    "is there": "there",
    "comes early": "early",
    "is missing": "missing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing a trace says that the query or the documents can confirm or refute.

    `label` is the document spoken of, `[3]`, empty for `asked`, a word that the query is said to ask about. For
    `asked`, `there`, `early` and `missing`, `word` is the word; for `count` and `best` it is empty. `text` is the claim
    as it stood in the trace.
    """

    kind: Literal["asked", "there", "early", "missing", "count", "best"]
    label: str
    word: str
    text: str
    true: bool


def words(text: str) -> list[str]:
    """The words of `text` in order: runs of letters and digits, NFC, case folded."""
    return _WORD.findall(unicodedata.normalize("NFC", text).casefold())


def content_words(query: str, limit: int = MOST_WORDS) -> tuple[str, ...]:
    """The first `limit` different words of `query` that are not function words; all words if none is left."""
    found = list(dict.fromkeys(words(query)))
    kept = [word for word in found if word not in FUNCTION_WORDS]
    return tuple((kept or found)[:limit])


def found_in(asked: Sequence[str], document: str) -> tuple[int, ...]:
    """For each word asked, where it is in `document` (its title and text as one string): 2 among the first words,
    1 later, 0 nowhere."""
    every = words(document)
    early, there = set(every[:EARLY_WORDS]), set(every)
    return tuple(2 if word in early else int(word in there) for word in asked)


def label(place: int) -> str:
    """The label of the document at `place`, counted from 0."""
    return f"[{place + 1}]"


def told(named: Sequence[str]) -> tuple[str, ...]:
    """What each document's line speaks of: the words of `named` up to the first that comes again."""
    again = (at for at, word in enumerate(named) if word in named[:at])
    return tuple(named[: next(again, len(named))])


def build(
    named: Sequence[str], documents: Sequence[str], winner: int, beyond: Mapping[int, Sequence[str]] | None = None
) -> str:
    """The trace and answer over `documents` (title and text each), with `winner` counted from 0. `beyond` holds words
    that the line of a document, counted from 0, says once more after it should have ended."""
    asked = told(named)
    lines = []
    counts = []
    for place, document in enumerate(documents):
        every = (*asked, *(beyond or {}).get(place, ()))
        found = found_in(every, document)
        said, far = "", 0
        for at, (word, where) in enumerate(zip(every, found, strict=True)):
            far += where if at < len(asked) else 0
            said += f" {word}{(there(far), early(far))[where - 1] if where else MISSING}"
        counts.append(far)
        lines.append(f"{label(place)}{said}{so(far)}")
    best = f"{BEST}{label(winner)}{tally(counts[winner])}"
    return f"{OPEN}{ASKS} {', '.join(named)}{EACH}{''.join(lines)}{best}{CLOSE}{label(winner)}{END}"


def there(count: int) -> str:
    """How a word that occurs is said, with the count of its line so far."""
    return f" is there ({count}),"


def early(count: int) -> str:
    """How a word at a document's beginning is said, with the count of its line so far."""
    return f" comes early ({count}),"


def decisions() -> tuple[str, ...]:
    """Every way to say where a word is."""
    counts = range(1, 2 * MOST_WORDS + 1)
    return (MISSING, *map(there, counts), *map(early, counts))


def so(count: int) -> str:
    """How a document's line ends."""
    return f" so {count} in all.\n"


def tally(count: int) -> str:
    """How the sentence about the choice ends."""
    return f" with {count} in all. "


def check(trace: str, query: str, documents: Mapping[str, str]) -> tuple[Claim, ...]:
    """Every checkable claim of `trace`, in order, judged against `query` and `documents` (label to title and text).

    A claim about a label that was not offered is false. Text that makes no such claim is passed over, so any
    model's output can be given. Counts are judged against the documents, not against the trace: `so 2 in all` is true
    when the different words that the same line names do count 2; `is there (2)` when the word occurs and those up to
    it count 2.
    """
    thought = _THOUGHT.search(trace)
    claims: list[Claim] = []
    asked: list[str] = []
    every = {name: words(text) for name, text in documents.items()}
    for line in (thought.group(1) if thought else trace).splitlines():
        if found := _NAMED.search(line):
            claims += _query_claims(found.group(1), words(query))
        if found := _LINE.match(line):
            asked = [said[1].casefold() for said in _SAID.finditer(found.group(2))] or asked
            claims += _line_claims(found.group(1), found.group(2), every)
        if found := _BEST.search(line):
            true = found[1] in every and int(found[2]) == count(asked, every[found[1]])
            claims.append(Claim(kind="best", label=found[1], word="", text=found[0], true=true))
    return tuple(claims)


def count(named: Iterable[str], text: Sequence[str]) -> int:
    """What the different words of `named` count in `text`, the words of a document."""
    beginning = set(text[:EARLY_WORDS])
    return sum((word in beginning) + (word in text) for word in set(named))


def _query_claims(named: str, query: Sequence[str]) -> list[Claim]:
    return [
        Claim(kind="asked", label="", word=word, text=f"asks about {word}", true=word.casefold() in query)
        for word in named.split(", ")
    ]


def _line_claims(name: str, said: str, every: Mapping[str, Sequence[str]]) -> list[Claim]:
    claims: list[Claim] = []
    named: list[str] = []
    text = every.get(name, [])
    for found in _SAID.finditer(said):
        word, how, number = found[1].casefold(), found[2], found[3]
        named.append(word)
        kind = KINDS[how]
        true = name in every and (word in text) == (kind != "missing")
        true = true and (kind != "early" or word in text[:EARLY_WORDS])
        true = true and (number is None or int(number) == count(named, text))
        claims.append(Claim(kind=kind, label=name, word=word, text=found[0], true=true))
    if total := _COUNT.search(said):
        true = name in every and int(total[1]) == count(named, text)
        claims.append(Claim(kind="count", label=name, word="", text=total[0], true=true))
    return claims


def spoken_of(trace: str) -> frozenset[str]:
    """The labels that have a line of their own in `trace` with at least one claim about a word."""
    matches = (_LINE.match(line) for line in trace.splitlines())
    return frozenset(found.group(1) for found in matches if found and _SAID.search(found.group(2)))

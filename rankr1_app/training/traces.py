"""The reasoning that `rank-r1-nano` is taught, written out. `explanation.claims` shows it and checks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..explanation.claims import EARLY_WORDS, words

MOST_WORDS = 6
MOST_DOCUMENTS = 20

OPEN = "<think>"
ASKS = " The query asks about"
EACH = ". A word counts 1, an early one 2. Checking each document:\n"
MISSING = " is missing,"
BEST = "Words weighed against place, the choice is "
CLOSE = "</think>\n<answer>"
END = "</answer>"

WORD_LIST = """
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
FUNCTION_WORDS = frozenset(WORD_LIST.split())


def content_words(query: str, limit: int = MOST_WORDS) -> tuple[str, ...]:
    """Return the first `limit` different words of `query` that are not function words; all words if none is left."""
    every = list(dict.fromkeys(words(query)))
    content = [word for word in every if word not in FUNCTION_WORDS]
    return tuple((content or every)[:limit])


def found_in(terms: Sequence[str], document: str) -> tuple[int, ...]:
    """Return, for each word asked, where it is in `document` (its title and text as one string): 2 among the first
    words, 1 later, 0 nowhere."""
    every = words(document)
    early, there = set(every[:EARLY_WORDS]), set(every)
    return tuple(2 if word in early else int(word in there) for word in terms)


def label(place: int) -> str:
    """Return the label of the document at `place`, counted from 0."""
    return f"[{place + 1}]"


def distinct(named: Sequence[str]) -> tuple[str, ...]:
    """Return what each document's line speaks of: the words of `named` up to the first that comes again."""
    again = (at for at, word in enumerate(named) if word in named[:at])
    return tuple(named[: next(again, len(named))])


def build(
    named: Sequence[str], documents: Sequence[str], winner: int, beyond: Mapping[int, Sequence[str]] | None = None
) -> str:
    """Return the trace and answer over `documents` (title and text each), with `winner` counted from 0. `beyond` holds
    words that the line of a document, counted from 0, says once more after it should have ended."""
    terms = distinct(named)
    lines = []
    counts = []
    for place, document in enumerate(documents):
        every = (*terms, *(beyond or {}).get(place, ()))
        found = found_in(every, document)
        line, far = "", 0
        for at, (word, where) in enumerate(zip(every, found, strict=True)):
            far += where if at < len(terms) else 0
            line += f" {word}{(there(far), early(far))[where - 1] if where else MISSING}"
        counts.append(far)
        lines.append(f"{label(place)}{line}{so(far)}")
    best = f"{BEST}{label(winner)}{tally(counts[winner])}"
    return f"{OPEN}{ASKS} {', '.join(named)}{EACH}{''.join(lines)}{best}{CLOSE}{label(winner)}{END}"


def there(count: int) -> str:
    """Return how a word that occurs is said, with the count of its line so far."""
    return f" is there ({count}),"


def early(count: int) -> str:
    """Return how a word at a document's beginning is said, with the count of its line so far."""
    return f" comes early ({count}),"


def decisions() -> tuple[str, ...]:
    """Return every way to say where a word is."""
    counts = range(1, 2 * MOST_WORDS + 1)
    return (MISSING, *map(there, counts), *map(early, counts))


def so(count: int) -> str:
    """Return how a document's line ends."""
    return f" so {count} in all.\n"


def tally(count: int) -> str:
    """Return how the sentence about the choice ends."""
    return f" with {count} in all. "

"""Where the model's own words do not favour the document that it chose, said in ours.

Four things are found by looking: numbers that an answer gives its documents, of which another one's is larger; scores
of the first stage that it repeats, of which another one's are both higher; words that turn the chosen document down;
and two documents of which now the one was chosen over the other, now the other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from .reasons import Reason

STATED = (
    re.compile(r"\bso (\d+) in all\b"),
    re.compile(
        r"\b(?:score|rating|relevance)(?:\s+score)?\s*(?:of|is|:|=)?\s*(\d+(?:\.\d+)?)(?=\s*(?:/\s*\d+)?[^\w%]|$)"
    ),
    re.compile(r"\b(\d+(?:\.\d+)?)\s*(?:/|out of)\s*(?:5|10|100)\b"),
)
"""How an answer gives a document a number by which it is weighed, one way or another."""
SCORES = re.compile(r"\bwords (1\.00|\.\d\d), meaning (1\.00|\.\d\d)\b")
"""How an answer repeats what the first stage knows of a document (`setwise-insert-v1`)."""
HAS = re.compile(r" is there\b| comes early\b")
"""How an answer says that a document has a word of the query, which may weigh more than scores."""
TURNED_DOWN = re.compile(
    r"\b(?:not (?:directly )?relevant|irrelevant|unrelated|off[- ]topic"
    r"|(?:does not|doesn't|fails to) (?:directly )?(?:answer|address))\b",
    re.IGNORECASE,
)
LONGEST = 60
"""Characters of a title that are repeated."""


def doubts(call: int, winner: str, reasons: Sequence[Reason], titles: Mapping[str, str]) -> Iterator[str]:
    """Yield what in the answer to `call` speaks against its `winner`."""
    given = stated(reasons)
    own = given.get(winner)
    leader = max(given, key=lambda document: given[document], default=winner)
    if own is not None and given[leader] > own:
        yield (
            f"By its own count in comparison {call} another document led: "
            f"{named(leader, titles)} {given[leader]:g}, this one {own:g}."
        )
    yield from outscored(call, winner, reasons, titles)
    for words in turned_down(winner, reasons):
        yield f"The model chose it in comparison {call}, though it says “{words}” of it."


def stated(reasons: Sequence[Reason]) -> dict[str, float]:
    """Return the number that an answer gives each of its documents, in the first way of `STATED` in which it does so
    for two or more; of several for one document the last."""
    alone = sole(reasons)
    for pattern in STATED:
        found = {r.document: float(match[1]) for r in alone for match in pattern.finditer(r.text)}
        if len(found) > 1:
            return found
    return {}


def outscored(call: int, winner: str, reasons: Sequence[Reason], titles: Mapping[str, str]) -> Iterator[str]:
    """Yield that the scores which an answer repeats are both higher of another document than of its winner, which has
    no more of the words."""
    found = {
        each.document: (match, len(HAS.findall(each.text)))
        for each in sole(reasons)
        if (match := SCORES.search(each.text))
    }
    if winner not in found:
        return
    own, has = found[winner]
    for document, (match, words) in found.items():
        if words >= has and all(float(match[part]) > float(own[part]) for part in (1, 2)):
            yield (
                f"By the scores that it repeats in comparison {call} another document was ahead: "
                f"{named(document, titles)} {match[0]}, this one {own[0]}."
            )
            return


def turned_down(document: str, reasons: Sequence[Reason]) -> Iterator[str]:
    """Yield the first words that turn a document down in a sentence that speaks of it alone."""
    for reason in sole(reasons):
        if reason.document == document and (match := TURNED_DOWN.search(reason.text)):
            yield match[0]
            return


def sole(reasons: Sequence[Reason]) -> list[Reason]:
    """Return the sentences that speak of one document only."""
    often = Counter((reason.start, reason.end) for reason in reasons)
    return [reason for reason in reasons if often[reason.start, reason.end] == 1]


def reversed_choices(
    document: str, beaten: Mapping[str, Mapping[str, int]], titles: Mapping[str, str]
) -> Iterator[str]:
    """Yield that the model chose `document` over another one and that one over it. `beaten` says over which documents
    each was chosen, and in which call first."""
    over = beaten.get(document, {})
    both = {other: beaten[other][document] for other in over if document in beaten.get(other, {})}
    if not both:
        return
    other, against = min(both.items(), key=lambda each: each[1])
    more = f" So with {len(both) - 1} more." if len(both) > 1 else ""
    yield (
        f"The model contradicts itself: it chose this over {named(other, titles)} in comparison {over[other]}, "
        f"and that over this in comparison {against}.{more}"
    )


def named(document: str, titles: Mapping[str, str]) -> str:
    """Return a document's title in quotation marks, shortened, or its id where it has none."""
    title = titles.get(document) or document
    return f"“{title if len(title) <= LONGEST else title[: LONGEST - 1].rstrip() + '…'}”"

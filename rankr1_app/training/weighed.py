"""The reasoning that `rank-r1-nano` is taught on a prompt that carries scores, written out: `explanation.weighing` says
what it means, `explanation.claims` checks it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..explanation.weighing import BETTER, WORSE, Case, compare
from ..reranking.scores import STEP, Scores, shown
from . import traces

EACH = ".\n"
THERE = " is there,"
EARLY = " comes early,"
MISSING = traces.MISSING
NO_WORDS = " none of the words,"
NOTHING = ": none of the words, and far in meaning.\n"
FIRST = " it comes first.\n"
LEADS = ", so it leads.\n"
STAYS = ".\n"
BEST = "The choice is "
BEATS = ", which beats "
ALONE = ": the only one. "


def words(hundredths: int | None) -> str:
    """Return how the share of the best BM25 score is said, in prompt and trace."""
    return f" words {shown(hundredths)},"


def meaning(hundredths: int | None) -> str:
    """Return how closeness in meaning is said, in prompt and trace."""
    return f" meaning {shown(hundredths)}:"


def than(phrase: str) -> str:
    """Return how a comparison with another document is begun."""
    return f" {phrase} than "


def final(phrase: str) -> str:
    """Return how the sentence about the choice ends."""
    return f": {phrase}. "


FOUND_EARLIER = "found earlier"


def decisions() -> tuple[str, ...]:
    """Return every phrase in which the model decides something about a document."""
    return (
        *(THERE, EARLY, MISSING, NO_WORDS, NOTHING, FIRST),
        *(than(phrase) for phrase in (*BETTER.values(), *WORSE.values())),
    )


def numbers() -> tuple[str, ...]:
    """Return every score as it stands in prompt and trace."""
    return (
        *(words(value) for value in (None, *range(0, 101, STEP))),
        *(meaning(value) for value in (None, *range(101))),
    )


def phrases() -> tuple[str, ...]:
    """Return the strings that are one token each, besides those of `traces`."""
    endings = (final(phrase) for phrase in (*BETTER.values(), FOUND_EARLIER))
    return (*decisions(), EACH, LEADS, BEST, BEATS, ALONE, *endings, *numbers())


def case(terms: Sequence[str], document: str, scores: Scores) -> Case:
    """Return what can be said of a document."""
    found = traces.found_in(terms, document)
    has = frozenset(term for term, where in zip(terms, found, strict=True) if where)
    return Case(scores.words, scores.meaning, has, len(terms))


def best(cases: Sequence[Case], but: int | None = None) -> int:
    """Return the best of the documents, the first of equals, `but` for one."""
    places = [place for place in range(len(cases)) if place != but]
    leader = places[0]
    for place in places[1:]:
        if compare(cases[place], cases[leader])[0]:
            leader = place
    return leader


def build(named: Sequence[str], documents: Sequence[str], scores: Sequence[Scores]) -> str:
    """Return the trace and answer over `documents` (title and text each) in label order."""
    terms = traces.distinct(named)
    cases = [case(terms, document, score) for document, score in zip(documents, scores, strict=True)]
    lines = "".join(lines_of(terms, documents, cases))
    choice = best(cases)
    end = ALONE
    if len(cases) > 1:
        next_ = best(cases, but=choice)
        better, reason = compare(cases[choice], cases[next_])
        reason = reason if better else "even"
        end = f"{BEATS}{traces.label(next_)}{final(BETTER.get(reason, FOUND_EARLIER))}"
    answer = f"{BEST}{traces.label(choice)}{end}{traces.CLOSE}{traces.label(choice)}{traces.END}"
    return f"{traces.OPEN}{traces.ASKS} {', '.join(named)}{EACH}{lines}{answer}"


def lines_of(terms: Sequence[str], documents: Sequence[str], cases: Sequence[Case]) -> Iterator[str]:
    """Yield the lines: one a document, but one together for neighbours for which nothing speaks."""
    leader: int | None = None
    place = 0
    while place < len(cases):
        label = traces.label(place)
        if leader is not None and dismissed(cases[place], cases[leader]):
            end = place
            while end < len(cases) and dismissed(cases[end], cases[leader]):
                end += 1
            yield f"{', '.join(traces.label(each) for each in range(place, end))}{NOTHING}"
            place = end
            continue
        yield f"{label}{looked_up(terms, documents[place], cases[place])}"
        if leader is None:
            leader = place
            yield FIRST
        else:
            ahead, reason = compare(cases[place], cases[leader])
            phrase = (BETTER if ahead else WORSE)[reason]
            yield f"{than(phrase)}{traces.label(leader)}{LEADS if ahead else STAYS}"
            leader = place if ahead else leader
        place += 1


def dismissed(each: Case, leader: Case) -> bool:
    """Return whether nothing speaks for a document, and the best one so far is no worse."""
    return each.nothing and not compare(each, leader)[0]


def looked_up(terms: Sequence[str], document: str, case: Case) -> str:
    """Return what is said of a document before it is compared."""
    found = traces.found_in(terms, document)
    each = (f" {term}{(MISSING, THERE, EARLY)[where]}" for term, where in zip(terms, found, strict=True))
    return f"{''.join(each) if case.has else NO_WORDS}{words(case.words)}{meaning(case.meaning)}"

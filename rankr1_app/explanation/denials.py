"""Words that an answer says a document lacks, and that it has; and words it looks for that nobody asked for.

`rank-r1-nano` says so of single words ("bread is missing") and of all that it looked up ("none of the words"); other
models of what they quote ("does not mention “bread”"). A word is there where the document has it, or another form of
it as the page underlines it: `Food` where the query says `foods`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .claims import PHRASES, QUERY, STATEMENT, WORD, words
from .reasons import Reason
from .stems import stem

NONE = re.compile(r"\bnone of the words\b")
QUOTED = re.compile(
    r"\b(?:no mention of|(?:does not|doesn't|do not) (?:mention|contain|include))"
    r" (?:the (?:word|term) )?[\"“']([^\W_]+)[\"”']"
)
READ = 20_000
"""Characters of a document that are looked through, more than any model is shown."""
MOST = 3
"""Words that are named in a note."""


@dataclass(frozen=True)
class Found:
    """A word of a document: as it is written, in its title or its text, and at which character of both it begins."""

    word: str
    field: str
    start: int


def forms(title: str, text: str) -> dict[str, Found]:
    """Return the words of a document by their stems, the first of each."""
    whole = f"{title} {text}"[:READ]
    found: dict[str, Found] = {}
    for match in WORD.finditer(whole):
        field = "title" if match.start() < len(title) else "text"
        found.setdefault(stem(match[0].casefold()), Found(match[0], field, match.start()))
    return found


def denied(reasons: Sequence[Reason], answer: str) -> tuple[list[str], bool]:
    """Return the words that the reasons of one document say it lacks, and whether those are all that were looked up."""
    lacked = [
        match[1] for reason in reasons for match in STATEMENT.finditer(reason.text) if PHRASES[match[2]] == "missing"
    ]
    lacked += [match[1] for reason in reasons for match in QUOTED.finditer(reason.text)]
    looked_up = QUERY.search(answer)
    if looked_up and any(NONE.search(reason.text) for reason in reasons):
        return looked_up[1].split(", "), True
    return lacked, False


def contradiction(
    call: int, reasons: Sequence[Reason], answer: str, document: Mapping[str, Found], read: int | None
) -> Iterator[str]:
    """Yield that a document has words which `answer` to `call` says it lacks, where it has them. `read` is how many
    characters of it the model was shown, None for all."""
    missing, all_of_them = denied(reasons, answer)
    there = {word: document[key] for word in dict.fromkeys(missing) if (key := stem(word.casefold())) in document}
    if not there:
        return
    first = dict(itertools.islice(there.items(), MOST))
    lacked = "none of the words" if all_of_them else f"{', '.join(f'“{word}”' for word in first)} missing"
    same = any(word.casefold() == found.word.casefold() for word, found in first.items())
    yield f"Comparison {call} finds {lacked}{', but' if same else ';'} {places(first.values(), read)}."


def invented(call: int, reasons: Sequence[Reason], query: str) -> Iterator[str]:
    """Yield that the reasons of one document look for words which are not in the query, where they do."""
    of_query = {stem(word) for word in words(query)}
    looked_for = [match[1] for reason in reasons for match in STATEMENT.finditer(reason.text)]
    foreign = [word for word in dict.fromkeys(looked_for) if stem(word.casefold()) not in of_query][:MOST]
    if foreign:
        named = ", ".join(f"“{word}”" for word in foreign)
        yield f"Comparison {call} looks for {named}, which the query does not have."


def places(found: Iterable[Found], read: int | None) -> str:
    """Return where words are, the title first."""
    parts: dict[str, list[str]] = {}
    for each in sorted(dict.fromkeys(found), key=lambda each: each.start):
        beyond = ", further on than the model read," if read is not None and each.start >= read else ""
        parts.setdefault(f"its {each.field}{beyond} has", []).append(f"“{each.word}”")
    return ", ".join(f"{where} {', '.join(words)}" for where, words in parts.items())

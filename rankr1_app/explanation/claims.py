"""What an answer claims of exact words, found and checked by anyone who looks.

A claim is about a word (letters and digits, NFC, case folded): it occurs in a document's text or it does not, among its
first eight words or later. Nothing here looks at meaning, so every claim is true or false. `rank-r1-nano` is taught to
speak like this; other models hardly ever do, and then there is nothing to check.

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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .weighing import Account, Statement

EARLY_WORDS = 8
"""How many words of a document are its beginning: a title, or how a first sentence begins."""
PHRASES: Mapping[str, Literal["there", "early", "missing"]] = {
    "is there": "there",
    "comes early": "early",
    "is missing": "missing",
}

WORD = re.compile(r"[^\W_]+")
QUERY = re.compile(r"\bquery asks about ((?:[^\W_]+, )*[^\W_]+)\.")
STATEMENT = re.compile(rf"([^\W_]+) ({'|'.join(PHRASES)})\b(?: \((\d+)\))?")
COUNT = re.compile(r"\bso (\d+) in all\.")
LINE = re.compile(r"^\s*(\[\d+\])(.*)$")
CHOICE = re.compile(r"\bchoice is (\[\d+\]) with (\d+) in all\.")
THOUGHT = re.compile(r"<think>(.*?)(?:</think>|\Z)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One thing an answer says that the query, the documents or what it said before can confirm or refute.

    `label` is the document spoken of, `[3]`, empty for `asked`, a word that the query is said to ask about. For
    `asked`, `there`, `early` and `missing`, `word` is the word; for all others it is empty. `text` is the claim as it
    stood in the answer. Those of `weighing.Statement` are what is said of scores and comparisons; `choice` is true
    where the choice follows from them.
    """

    kind: Literal[
        "asked",
        "there",
        "early",
        "missing",
        "count",
        "best",
        "score",
        "none",
        "compared",
        "leads",
        "dismissed",
        "choice",
        "beats",
    ]
    label: str
    word: str
    text: str
    true: bool


def words(text: str) -> list[str]:
    """Return the words of `text` in order: runs of letters and digits, NFC, case folded."""
    return WORD.findall(unicodedata.normalize("NFC", text).casefold())


Scores = Mapping[str, tuple[int | None, int | None]]
"""By label what a prompt said of a document: hundredths of the best BM25 score, and of closeness in meaning."""


def check(answer: str, query: str, documents: Mapping[str, str], scores: Scores | None = None) -> tuple[Claim, ...]:
    """Return every checkable claim of `answer`, in order, judged against `query`, `documents` (label to title and
    text) and `scores`.

    A claim about a label that was not offered is false. Text that makes no such claim is passed over, so any
    model's output can be given. Counts are judged against the documents, not against the answer: `so 2 in all` is true
    when the different words that the same line names do count 2; `is there (2)` when the word occurs and those up to
    it count 2.
    """
    thought = THOUGHT.search(answer)
    claims: list[Claim] = []
    named: list[str] = []
    texts = {label: words(text) for label, text in documents.items()}
    account = Account(texts, scores or {})
    for line in (thought.group(1) if thought else answer).splitlines():
        if found := QUERY.search(line):
            claims += query_claims(found.group(1), words(query))
            account.named = tuple(word.casefold() for word in found.group(1).split(", "))
        if found := LINE.match(line):
            named = [statement[1].casefold() for statement in STATEMENT.finditer(found.group(2))] or named
            statement = line_claims(found.group(1), found.group(2), texts)
            has = frozenset(claim.word for claim in statement if claim.kind in ("there", "early"))
            claims += statement
            claims += map(claimed, account.line(found[1], found[2], has, len(set(named))))
        claims += map(claimed, (*account.dismissed(line), *account.choice(line)))
        if found := CHOICE.search(line):
            true = found[1] in texts and int(found[2]) == count(named, texts[found[1]])
            claims.append(Claim(kind="best", label=found[1], word="", text=found[0], true=true))
    return tuple(claims)


def claimed(statement: Statement) -> Claim:
    """Return a statement as a claim."""
    return Claim(kind=statement.kind, label=statement.label, word="", text=statement.text, true=statement.true)


def query_claims(named: str, query: Sequence[str]) -> list[Claim]:
    """Return the claims that the query asks about words: the words of `named`, a list with commas."""
    return [
        Claim(kind="asked", label="", word=word, text=f"asks about {word}", true=word.casefold() in query)
        for word in named.split(", ")
    ]


def line_claims(label: str, line: str, texts: Mapping[str, Sequence[str]]) -> list[Claim]:
    """Return the claims of a line about the document behind `label`; `texts` holds the words of every document."""
    claims: list[Claim] = []
    named: list[str] = []
    text = texts.get(label, [])
    for found in STATEMENT.finditer(line):
        word, kind, number = found[1].casefold(), PHRASES[found[2]], found[3]
        named.append(word)
        true = label in texts and (word in text) == (kind != "missing")
        true = true and (kind != "early" or word in text[:EARLY_WORDS])
        true = true and (number is None or int(number) == count(named, text))
        claims.append(Claim(kind=kind, label=label, word=word, text=found[0], true=true))
    if total := COUNT.search(line):
        true = label in texts and int(total[1]) == count(named, text)
        claims.append(Claim(kind="count", label=label, word="", text=total[0], true=true))
    return claims


def count(named: Iterable[str], text: Sequence[str]) -> int:
    """Return what the different words of `named` count in `text`, the words of a document."""
    beginning = set(text[:EARLY_WORDS])
    return sum((word in beginning) + (word in text) for word in set(named))


def present(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each word that `text` claims to be in a document."""
    return (found.span(1) for found in STATEMENT.finditer(text) if PHRASES[found[2]] != "missing")


def described(answer: str) -> frozenset[str]:
    """Return the labels that have a line of their own in `answer` with at least one claim about a word."""
    lines = (LINE.match(line) for line in answer.splitlines())
    return frozenset(line[1] for line in lines if line and STATEMENT.search(line[2]))

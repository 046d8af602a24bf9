"""Examples to learn from: queries that look real, sets of documents around them, and the trace to write."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from rankr1_app.training import traces
from rankr1_app.training.corpora import Pool

_QUESTIONS = """
why does {a} {b}
why do {a} have {b}?
why is {a} {b}
what is {a}
what causes {a}
what is the {a} of {b}?
how does {a} work
how do {a} and {b} differ?
how to {a} {b}
how can i {a} {b}?
how is {a} used for {b}?
does {a} cause {b}?
does {a} prevent {b}
do {a} help with {b}?
can {a} lead to {b}?
can you {a} a {b}
is {a} better than {b}?
is it true that {a} {b}?
are {a} the same as {b}?
when should {a} be {b}?
when did {a} {b}
where does {a} come from?
where do {a} {b}
who was the first to {a} {b}?
who invented {a}
which {a} has the most {b}?
which {a} are {b}
what happens to {a} when it is {b}?
what makes {a} {b}
what is the difference between {a} and {b}?
what is the effect of {a} on {b}?
what are the benefits of {a}
how much {a} is in {b}?
how many {a} does a {b} have
how long does {a} take to {b}?
how far is {a} from {b}
tell me about {a} and {b}.
explain {a} in {b}
{a} vs {b}
{a} for {b}
{a} without {b}
best {a} for {b}
the role of {a} in {b}
{a} and its effect on {b}
{a}: {b}
effects of {a}, {b}
is there a link from {a} to {b}?
I want to know how {a} changes {b}.
Please find papers on {a}, especially {b}.
reasons for {a} in {b}
"""
PLACE = 0.8
"""What a place further down costs, in shares of the words asked. This and `FEWEST` were chosen by what the rule does to
BM25's order on nfcorpus's training topics and on the topics of scifact, nfcorpus and cacm."""
FEWEST = 2
"""Of fewer words each counts as a half, so that one word alone is no reason to pass over several documents."""
UNKNOWN = 0.15
"""The share of words asked, where they are drawn, that no text holds: the model must tell apart words it never saw."""
QUESTIONS = tuple(_QUESTIONS.strip().splitlines())
_FUNCTION = sorted(traces.FUNCTION_WORDS)

Question: TypeAlias = tuple[str, list[str]]
"""A query and documents in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A query, its documents in label order, and the trace to write; `wrong` are the places, among the words that it
    says are asked, of slips: they are not to be learned, what follows them is."""

    query: str
    documents: tuple[str, ...]
    trace: str
    wrong: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How an example is drawn: ranges are (least, most), both included; `query` is the length of queries that are
    a piece of a text, in words, `repeats` the share of all queries in which words come again, and `run` how many at
    once; above 1, made-up words and runs of function words are among them.

    `synthetic` is the share of examples whose documents are random words, `planted` the share of the others where
    random words, asked for in the query, are put into natural documents, `misnamed` the share whose traces slip when
    they name the words asked: a model that does so shall go on with the next one, end, and write one line a document;
    with `loops`, some of these say the same words over and over.
    """

    documents: tuple[int, int]
    words: tuple[int, int]
    synthetic: float = 0.0
    planted: float = 0.0
    query: tuple[int, int] = (2, 30)
    repeats: float = 0.0
    run: int = 1
    misnamed: float = 0.0
    loops: bool = False


def draw(pool: Pool, rng: Random, setting: Setting) -> Example:
    """One example."""
    query, documents = _question(pool, rng, setting)
    if setting.repeats and rng.random() < setting.repeats:
        query = _repeating(pool, rng, query.split(), setting.run)
    rng.shuffle(documents)
    slips = setting.misnamed and rng.random() < setting.misnamed
    named, wrong = _misnamed(pool, rng, query, setting.loops) if slips else (traces.content_words(query), ())
    trace = traces.build(named, documents, winner(traces.told(named), documents))
    return Example(query=query, documents=tuple(documents), trace=trace, wrong=wrong)


def _question(pool: Pool, rng: Random, setting: Setting) -> Question:
    many = rng.randint(*setting.documents)
    if rng.random() < setting.synthetic:
        return _synthetic(pool, rng, many)
    size = rng.randint(*setting.words)
    if rng.random() < setting.planted:
        return _planted(pool, rng, many, size)
    query, first = _query(pool, rng, size, setting.query)
    asked = traces.content_words(query)
    documents = [first]
    while len(documents) < many:
        shares = rng.random() < 0.8
        word = rng.choice(asked) if shares else rng.choice(pool.vocabulary)
        documents.append(pool.around(rng, word, max(3, round(size * rng.uniform(0.7, 1.1)))))
    return query, documents


def _asked(pool: Pool, rng: Random, many: int) -> list[str]:
    """So many different words to ask for."""
    drawn = [_made_up(pool, rng) if rng.random() < UNKNOWN else rng.choice(pool.vocabulary) for _ in range(many)]
    return list(dict.fromkeys(drawn))


def _made_up(pool: Pool, rng: Random, beside: Sequence[str] = ()) -> str:
    """A word of the beginning of one, often one of those `beside` it, and the end of another, sometimes with a number,
    as names and codes have."""
    one, other = rng.choice(pool.vocabulary), rng.choice(pool.vocabulary)
    if beside and rng.random() < 0.4:
        one = rng.choice(beside)
    word = one[: rng.randint(1, 6)] + other[-rng.randint(1, 6) :]
    return word + str(rng.randint(1, 99)) if rng.random() < 0.2 else word


def _synthetic(pool: Pool, rng: Random, many: int) -> Question:
    """Documents of words drawn evenly from the vocabulary, some of them words of the query."""
    asked = _asked(pool, rng, rng.choice((1, 2, 2, 3, 3, 4, 5, 6)))
    share = rng.choice((0.3, 0.5, 0.7, 0.9))
    documents = []
    for _ in range(many):
        held = [word for word in asked if rng.random() < share]
        held += rng.choices(pool.vocabulary, k=rng.randint(3, 8))
        rng.shuffle(held)
        documents.append(" ".join(held))
    return " ".join(asked), documents


def _planted(pool: Pool, rng: Random, many: int, size: int) -> Question:
    """Natural documents with words of the query put in at random: any word, however rare, at any distance."""
    asked = _asked(pool, rng, rng.choice((1, 2, 3, 3, 4, 5, 6)))
    query = " ".join(asked)
    if len(asked) == 2:
        query = rng.choice(QUESTIONS).format(a=asked[0], b=asked[1])
    share = rng.choice((0.2, 0.4))
    documents = []
    for _ in range(many):
        text = pool.around(rng, rng.choice(pool.vocabulary if rng.random() < 0.5 else asked), size).split()
        for word in asked:
            if rng.random() < share:
                text.insert(rng.randint(0, len(text)), word)
        documents.append(" ".join(text))
    return query, documents


def _misnamed(pool: Pool, rng: Random, query: str, loops: bool) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The words asked with slips among them, and where these are: some passed over, others put in, said twice or, with
    `loops`, over and over to the end."""
    every = traces.content_words(query, len(query))
    others = [word for word in traces.words(query) if word not in every] or [rng.choice(pool.vocabulary)]
    kinds = ("other", "again", "over", "loop") if loops else ("other", "again", "over")
    named: list[str] = []
    wrong: list[int] = []
    at = 0
    while at < len(every) and len(named) < traces.MOST_WORDS:
        slip = rng.choice(kinds) if rng.random() < 0.25 else ""
        if slip == "loop" and named:
            again = itertools.cycle(named[rng.randrange(len(named)) :])
            wrong += range(len(named), traces.MOST_WORDS)
            named += itertools.islice(again, traces.MOST_WORDS - len(named))
            break
        if slip:
            wrong.append(len(named))
        if slip == "other":
            named.append(rng.choice((rng.choice(others), rng.choice(pool.vocabulary), _made_up(pool, rng))))
        elif slip == "again" and named:
            named.append(rng.choice(named))
        else:
            at = min(at + rng.randint(1, 3), len(every) - 1) if slip else at
            named.append(every[at])
            at += 1
    return tuple(named), tuple(wrong)


def winner(asked: Sequence[str], documents: Sequence[str]) -> int:
    """The document with the best of two evidences: words asked that it has, those it begins with counted twice, of
    all; less `PLACE` times the logarithm of its place, since documents stand in first-stage order."""
    scores = [
        sum(traces.found_in(asked, document)) / max(len(asked), FEWEST) - PLACE * math.log(place)
        for place, document in enumerate(documents, 1)
    ]
    return scores.index(max(scores))


def _query(pool: Pool, rng: Random, size: int, lengths: tuple[int, int]) -> tuple[str, str]:
    """A query and a document that has to do with it; one that is a piece of a text has so many words."""
    if pool.topics and rng.random() < 0.12:
        topic = rng.choice(pool.topics)
        rarest = max((word for word in traces.content_words(topic) if word in pool.places), key=pool.weight, default="")
        return topic, pool.around(rng, rarest, size)
    number = rng.randrange(len(pool.texts))
    text = pool.texts[number]
    at = rng.randrange(len(text))
    document = pool.window(rng, number, at, size)
    kind = rng.random()
    if kind < 0.35:
        query = _keywords(pool, rng, document)
    elif kind < 0.65:
        query = " ".join(text[at : at + rng.randint(*lengths)]).strip(" ,;:()")
        query = query.rstrip(".") + rng.choice(("", ".", "?", " ?", "!"))
    elif kind < 0.9:
        query = rng.choice(QUESTIONS).format(a=_span(rng, text), b=_span(rng, text))
    else:
        query = " ".join(text[: rng.randint(3, 14)])
    return (query, document) if traces.words(query) else (rng.choice(pool.vocabulary), document)


def _repeating(pool: Pool, rng: Random, words: list[str], run: int) -> str:
    """The words with some of them once more further on."""
    for _ in range(rng.randint(0, 5) if run > 1 else 0):
        words.insert(rng.randint(0, len(words)), _made_up(pool, rng, words))
    if run > 1 and rng.random() < 0.5:
        at = rng.randint(0, len(words))
        words[at:at] = rng.choices(_FUNCTION, k=rng.randint(2, 10))
    for _ in range(rng.randint(1, 4)):
        size = rng.randint(1, run) if run > 1 else 1
        at = rng.randrange(len(words))
        again = rng.randint(min(at + size, len(words)), len(words))
        words[again:again] = words[at : at + size]
    return " ".join(words)


def _keywords(pool: Pool, rng: Random, document: str) -> str:
    found = [word for word in dict.fromkeys(traces.words(document)) if word not in traces.FUNCTION_WORDS]
    chosen = rng.sample(found, min(len(found), rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 20))))
    if rng.random() < 0.4:
        chosen.insert(rng.randint(0, len(chosen)), rng.choice(pool.vocabulary))
    return rng.choice((" ", " ", " ", ", ", "; ", " and ", " - ")).join(chosen)


def _span(rng: Random, text: Sequence[str]) -> str:
    at = rng.randrange(len(text))
    return " ".join(text[at : at + rng.choice((1, 1, 1, 2, 2, 3))]).strip(".,;:()?!")

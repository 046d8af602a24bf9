"""Examples to learn from: a query, a set of documents around it, and the trace to write."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from ..explanation.claims import words
from ..reranking.scores import Scores
from . import queries, standings, traces, weighed
from .pools import Pool

PLACE = 0.8
"""What a place further down costs, in shares of the words asked. This and `FEWEST` were chosen by what the rule does to
BM25's order on nfcorpus's training topics and on the topics of scifact, nfcorpus and cacm."""
FEWEST = 2
"""Of fewer words each counts as a half, so that one word alone is no reason to pass over several documents."""
UNKNOWN = 0.15
"""The share of words asked, where they are drawn, that no text holds: the model must tell apart words it never saw."""
Question: TypeAlias = tuple[str, list[str]]
"""A query and documents in any order."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """A query, its documents in label order, the `scores` of each where the prompt carries them, and the trace to
    write; `wrong` are the places, among the words that it
    says are asked, of slips: they are not to be learned, what follows them is. Nor are the words `beyond` the end of
    the lines of some documents, counted from 0, as in `traces.build`."""

    query: str
    documents: tuple[str, ...]
    trace: str
    scores: tuple[Scores, ...] = ()
    wrong: tuple[int, ...] = ()
    beyond: Mapping[int, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How an example is drawn: ranges are (least, most), both included; `query` is the length of queries that are
    a piece of a text, in words, `repeats` the share of all queries in which words come again, and `run` how many at
    once; above 1, made-up words and runs of function words are among them.

    `synthetic` is the share of examples whose documents are random words, `planted` the share of the others where
    random words, asked for in the query, are put into natural documents, `misnamed` the share whose traces slip when
    they name the words asked: a model that does so shall go on with the next one, end, and write one line a document;
    with `loops`, some of these say the same words over and over. `alike` is the share of queries that are short and ask
    about two things with words in common, about abbreviations or codes, or in function words only; with it, a fifth of
    the other queries hold a code too, and words asked are put into some documents. `circles` is the share of traces
    whose names go round in a circle, to the end or until the next word is named, `strays` the share of traces in which
    some lines go on beyond their end with words that they have said. `kin` is the share of queries,
    but for synthetic and planted ones, into which words are put that have most of their letters in common; with it,
    some slips are such words, or words whose letters go round. `related` is the share of documents, but for synthetic
    and planted ones, that are drawn around a word of the query. `unmatched` is the share of questions of which no
    document has a word, nor a BM25 score, as behind the few that hold a rare word, and `doubled` the share of queries
    into which a word is put that says a syllable twice. `close` is the share of questions whose documents are about
    equally near in meaning.
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
    alike: float = 0.0
    circles: float = 0.0
    strays: float = 0.0
    kin: float = 0.0
    related: float = 0.8
    unmatched: float = 0.0
    doubled: float = 0.0
    close: float = standings.CLOSE


def draw(pool: Pool, rng: Random, setting: Setting, *, is_weighed: bool = False) -> Example:
    """Return an example, the same for the same state of `rng`."""
    unmatched = setting.unmatched > 0 and rng.random() < setting.unmatched
    query, documents = foreign(pool, rng, setting) if unmatched else question(pool, rng, setting)
    if setting.doubled and rng.random() < setting.doubled:
        word = queries.doubled(pool, rng)
        query = with_words(rng, query, [word], 1.0)
        documents = [with_words(rng, text, [word], 0.0 if unmatched else 0.4) for text in documents]
    if setting.repeats and rng.random() < setting.repeats:
        query = queries.repeating(pool, rng, query.split(), setting.run)
    rng.shuffle(documents)
    slips = setting.misnamed and rng.random() < setting.misnamed
    named, wrong = misnamed(pool, rng, query, setting) if slips else (traces.content_words(query), ())
    if setting.circles and rng.random() < setting.circles:
        named, wrong = circling(rng, query)
    if is_weighed:
        documents, scores = standings.draw(
            rng, traces.distinct(named), documents, matched=not unmatched, close=setting.close
        )
        trace = weighed.build(named, documents, scores)
        return Example(query=query, documents=tuple(documents), trace=trace, wrong=wrong, scores=tuple(scores))
    strays = setting.strays and rng.random() < setting.strays
    beyond = straying(rng, named, len(documents)) if strays else {}
    trace = traces.build(named, documents, winner(traces.distinct(named), documents), beyond)
    return Example(query=query, documents=tuple(documents), trace=trace, wrong=wrong, beyond=beyond)


def question(pool: Pool, rng: Random, setting: Setting) -> Question:
    """Return a query and documents, some of which have its words."""
    many = rng.randint(*setting.documents)
    if rng.random() < setting.synthetic:
        return synthetic(pool, rng, many)
    size = rng.randint(*setting.words)
    if rng.random() < setting.planted:
        return planted(pool, rng, many, size)
    query, first = query_and_document(pool, rng, setting, size)
    terms = traces.content_words(query)
    documents = [first]
    while len(documents) < many:
        shares = rng.random() < setting.related
        word = rng.choice(terms) if shares else rng.choice(pool.vocabulary)
        documents.append(pool.around(rng, word, max(3, round(size * rng.uniform(0.7, 1.1)))))
    if setting.alike:
        documents = [with_words(rng, text, terms, 0.15) for text in documents]
    return query, documents


def foreign(pool: Pool, rng: Random, setting: Setting) -> Question:
    """Return a short query and documents that have nothing to do with it, from anywhere."""
    sizes = [rng.randint(*setting.words) for _ in range(rng.randint(*setting.documents))]
    terms = draw_terms(pool, rng, rng.choice((1, 1, 1, 2, 2, 3)))
    return " ".join(terms), [pool.around(rng, rng.choice(pool.vocabulary), size) for size in sizes]


def query_and_document(pool: Pool, rng: Random, setting: Setting, size: int) -> tuple[str, str]:
    """Return a query and a document that has to do with it."""
    if setting.alike and rng.random() < setting.alike:
        query = queries.alike(pool, rng)
        first = pool.around(rng, rng.choice(traces.content_words(query)), size)
    else:
        query, first = queries.around_text(pool, rng, size, setting.query)
        if setting.alike and rng.random() < 0.2:
            query = with_words(rng, query, [queries.code(pool, rng)] * rng.randint(1, 2), 1.0)
    if setting.kin and rng.random() < setting.kin:
        query = queries.with_kin(pool, rng, query)
    return query, first


def with_words(rng: Random, text: str, terms: Sequence[str], share: float) -> str:
    """Return the text with so many of the words asked put in at random."""
    found = text.split()
    for word in terms:
        if rng.random() < share:
            found.insert(rng.randint(0, len(found)), word)
    return " ".join(found)


def draw_terms(pool: Pool, rng: Random, many: int) -> list[str]:
    """Return so many different words to ask for."""
    drawn = [queries.made_up(pool, rng) if rng.random() < UNKNOWN else rng.choice(pool.vocabulary) for _ in range(many)]
    return list(dict.fromkeys(drawn))


def synthetic(pool: Pool, rng: Random, many: int) -> Question:
    """Return documents of words drawn evenly from the vocabulary, some of them words of the query."""
    terms = draw_terms(pool, rng, rng.choice((1, 2, 2, 3, 3, 4, 5, 6)))
    share = rng.choice((0.3, 0.5, 0.7, 0.9))
    documents = []
    for _ in range(many):
        held = [word for word in terms if rng.random() < share]
        held += rng.choices(pool.vocabulary, k=rng.randint(3, 8))
        rng.shuffle(held)
        documents.append(" ".join(held))
    return " ".join(terms), documents


def planted(pool: Pool, rng: Random, many: int, size: int) -> Question:
    """Return natural documents with words of the query put in at random: any word, however rare, at any distance."""
    terms = draw_terms(pool, rng, rng.choice((1, 2, 3, 3, 4, 5, 6)))
    query = " ".join(terms)
    if len(terms) == 2:
        query = rng.choice(queries.QUESTIONS).format(a=terms[0], b=terms[1])
    share = rng.choice((0.2, 0.4))
    documents = []
    for _ in range(many):
        text = pool.around(rng, rng.choice(pool.vocabulary if rng.random() < 0.5 else terms), size)
        documents.append(with_words(rng, text, terms, share))
    return query, documents


def misnamed(pool: Pool, rng: Random, query: str, setting: Setting) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the query words, corrupted, and where: some dropped, others put in, said twice
    or, with `loops`, over and over to the end; with `kin`, some whose letters go round or that have but most of their
    letters in common with the word asked."""
    every = traces.content_words(query, len(query))
    others = [word for word in words(query) if word not in every] or [rng.choice(pool.vocabulary)]
    kinds = ["other", "again", "over"]
    kinds += ["loop"] * setting.loops + ["stutter", "stutter", "kin"] * (setting.kin > 0)
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
            named.append(rng.choice((rng.choice(others), rng.choice(pool.vocabulary), queries.made_up(pool, rng))))
        elif slip == "again" and named:
            named.append(rng.choice(named))
        elif slip == "stutter":
            named.append(queries.stutter(rng, every[at]))
            at += 1
        elif slip == "kin":
            named.append(queries.kin(pool, rng, every[at]))
            at += 1
        else:
            at = min(at + rng.randint(1, 3), len(every) - 1) if slip else at
            named.append(every[at])
            at += 1
    return tuple(named), tuple(wrong)


def circling(rng: Random, query: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the words asked up to one of them, then the last of these again and again, and where these are."""
    every = traces.content_words(query, traces.MOST_WORDS - 1)
    count = rng.randint(1, len(every))
    room = traces.MOST_WORDS - count
    again = room if rng.random() < 0.6 else rng.randint(1, room)
    round_ = itertools.islice(itertools.cycle(every[rng.randrange(count) : count]), again)
    named = (*every[:count], *round_, *every[count:])
    return named[: traces.MOST_WORDS], tuple(range(count, count + again))


def straying(rng: Random, named: Sequence[str], many: int) -> dict[int, Sequence[str]]:
    """Return, for some of `many` documents, words that their lines say again: round and round from the first that was
    named twice, or from any."""
    terms = traces.distinct(named)
    again = terms.index(named[len(terms)]) if len(terms) < len(named) else rng.randrange(len(terms))
    lines = [place for place in range(many) if rng.random() < 0.3]
    return {
        place: tuple(itertools.islice(itertools.cycle(terms[again:]), rng.choice((1, 1, 1, 2, 2, 3, 4, 6))))
        for place in lines
    }


def winner(terms: Sequence[str], documents: Sequence[str]) -> int:
    """Return the document with the best of two evidences: words asked that it has, those it begins with counted twice,
    of all; less `PLACE` times the logarithm of its place, since documents stand in first-stage order."""
    scores = [
        sum(traces.found_in(terms, document)) / max(len(terms), FEWEST) - PLACE * math.log(place)
        for place, document in enumerate(documents, 1)
    ]
    return scores.index(max(scores))

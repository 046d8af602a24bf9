"""Queries that look real, and what makes them hard: words that come again, names that no text has."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from ..explanation.claims import words
from . import traces
from .pools import Pool

QUESTION_LIST = """
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
QUESTIONS = tuple(QUESTION_LIST.strip().splitlines())
ABOUT_TWO = tuple(frame for frame in QUESTIONS if "{b}" in frame)
BETWEEN = (
    "and",
    "or",
    "vs",
    "vs.",
    "versus",
    "than",
    "not",
    "of",
    "in a",
    "on a",
    "to",
    "after",
    "with another",
    "-",
    "/",
)
FUNCTION = sorted(traces.FUNCTION_WORDS)
SHORT, LONG = 3, 24
"""Letters: words with no more than the first are too short to have most of a word in common, and no more than the
second are taken of one, so that names stay names."""


def around_text(pool: Pool, rng: Random, size: int, lengths: tuple[int, int]) -> tuple[str, str]:
    """Return a query and a document that has to do with it; one that is a piece of a text has so many words."""
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
        query = keywords(pool, rng, document)
    elif kind < 0.65:
        query = " ".join(text[at : at + rng.randint(*lengths)]).strip(" ,;:()")
        query = query.rstrip(".") + rng.choice(("", ".", "?", " ?", "!"))
    elif kind < 0.9:
        query = rng.choice(QUESTIONS).format(a=span(rng, text), b=span(rng, text))
    else:
        query = " ".join(text[: rng.randint(3, 14)])
    return (query, document) if words(query) else (rng.choice(pool.vocabulary), document)


def repeating(pool: Pool, rng: Random, words: list[str], run: int) -> str:
    """Return the words with some of them once more further on."""
    for _ in range(rng.randint(0, 5) if run > 1 else 0):
        words.insert(rng.randint(0, len(words)), made_up(pool, rng, words))
    if run > 1 and rng.random() < 0.5:
        at = rng.randint(0, len(words))
        words[at:at] = rng.choices(FUNCTION, k=rng.randint(2, 10))
    for _ in range(rng.randint(1, 4)):
        size = rng.randint(1, run) if run > 1 else 1
        at = rng.randrange(len(words))
        again = rng.randint(min(at + size, len(words)), len(words))
        words[again:again] = words[at : at + size]
    return " ".join(words)


def alike(pool: Pool, rng: Random) -> str:
    """Return a short query with words in common between two things, with abbreviations, or of function words only."""
    kind = rng.random()
    if kind < 0.1:
        few = rng.choices(FUNCTION, k=rng.randint(2, 4))
        return " ".join(rng.choices(few, k=rng.randint(2, 6)))
    one, other, shared = (thing(pool, rng) for _ in range(3))
    if kind < 0.2:
        one, other = abbreviation(rng), abbreviation(rng)
        shared = rng.choice((one, shared))
    elif kind < 0.4:
        one = code(pool, rng)
        other = rng.choice((one, other, code(pool, rng)))
    first, second = rng.choice(
        (
            (f"{shared} {one}", f"{shared} {other}"),
            (f"{one} {shared}", f"{other} {shared}"),
            (f"{one} {shared}", f"{shared} {other}"),
            (f"{one} {shared} {other}", f"{one} {rng.choice(FUNCTION)} {other}"),
            (shared, f"{shared} {other}"),
            (f"{one} {shared}", shared),
            (shared, shared),
        )
    )
    query = f"{first} {rng.choice(BETWEEN)} {second}"
    if rng.random() < 0.5:
        query = rng.choice(ABOUT_TWO).format(a=first, b=second)
    if rng.random() < 0.4:
        thirds = (one, other, f"{shared} {thing(pool, rng)}", f"{thing(pool, rng)} {shared}", thing(pool, rng))
        third = rng.choice(thirds)
        query += f" {rng.choice((*BETWEEN, rng.choice(FUNCTION)))} {third}"
    return query


def thing(pool: Pool, rng: Random) -> str:
    """Return one to three words of a text, one of the vocabulary, or a number."""
    kind = rng.random()
    if kind < 0.1:
        return str(rng.randint(1, 20))
    if kind < 0.5:
        return rng.choice(pool.vocabulary)
    found = span(rng, rng.choice(pool.texts))
    return found if words(found) else rng.choice(pool.vocabulary)


def code(pool: Pool, rng: Random) -> str:
    """Return a word that no text has, whose pieces come again: letters and few different digits, or syllables said
    twice."""
    if rng.random() < 0.6:
        letters = "".join(rng.choices("abcdefghiklmnoprstuvwxyz", k=rng.randint(1, 4)))
        digits = "".join(rng.choices(rng.sample("0123456789", 3), k=rng.randint(1, 7)))
        return letters + digits + rng.choice(("", "", rng.choice(letters), letters))
    one, other = (rng.choice(pool.vocabulary)[: rng.randint(2, 8)] for _ in range(2))
    middle = rng.choice(("", "o", other, one))
    return one + middle + rng.choice((one, other, other + one))


def with_kin(pool: Pool, rng: Random, query: str) -> str:
    """Return the query with up to three made-up words put in, and one to four that have most of their letters in common
    with one of its words, or with each other."""
    words = query.split()
    strange = [made_up(pool, rng) for _ in range(rng.choice((0, 0, 0, 1, 2, 3)))]
    long = [word for word in (*traces.content_words(query), *strange) if len(word) > SHORT]
    word = rng.choice(long or pool.vocabulary)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        word = kin(pool, rng, word if rng.random() < 0.5 else rng.choice(long or pool.vocabulary))
        strange.append(word.capitalize() if rng.random() < 0.1 else word)
    for word in strange:
        words.insert(rng.randint(0, len(words)), word)
    return " ".join(words)


def kin(pool: Pool, rng: Random, word: str) -> str:
    """Return a word that has most of its letters in common with `word`: longer before or behind, with another end or
    beginning, with some letters twice, or with a slip of the pen."""
    other = rng.choice(pool.vocabulary)[:LONG]
    word = word[:LONG]
    at = rng.randint(0, len(word))
    cut = rng.randint(len(word) // 2, len(word))
    return rng.choice(
        (
            other[: rng.randint(1, 8)] + word,
            other + word,
            word + other[-rng.randint(1, 8) :],
            word[:cut] + other[-rng.randint(1, 8) :],
            other[: rng.randint(1, 8)] + word[-cut:],
            word[:at] + word[max(0, at - rng.randint(2, 4)) :],
            word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
            word[:at] + word[at + 1 :] or word,
        )
    )


def doubled(pool: Pool, rng: Random) -> str:
    """Return a made-up word that says a syllable twice, as "Deinococcus" does."""
    one, other, again = (rng.choice(pool.vocabulary) for _ in range(3))
    at = rng.randint(0, max(0, len(again) - 2))
    syllable = again[at : at + rng.randint(2, 3)]
    return one[: rng.randint(1, 5)] + 2 * syllable + other[-rng.randint(1, 5) :]


def stutter(rng: Random, word: str) -> str:
    """Return the word up to some letters, and these again and again, with or without its end."""
    at = rng.randint(1, len(word))
    again = word[max(0, at - rng.randint(1, 4)) : at] * rng.randint(1, 12)
    return word[:at] + again + rng.choice(("", word[at:]))


def abbreviation(rng: Random) -> str:
    """Return two to four letters, with or without points."""
    letters = rng.choices("abcdeghiklmnoprstuw", k=rng.randint(2, 4))
    return rng.choice((".", "", "-")).join(letters) + rng.choice((".", ""))


def keywords(pool: Pool, rng: Random, document: str) -> str:
    """Return some content words of a document, in any order."""
    found = [word for word in dict.fromkeys(words(document)) if word not in traces.FUNCTION_WORDS]
    chosen = rng.sample(found, min(len(found), rng.choice((1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 20))))
    if rng.random() < 0.4:
        chosen.insert(rng.randint(0, len(chosen)), rng.choice(pool.vocabulary))
    return rng.choice((" ", " ", " ", ", ", "; ", " and ", " - ")).join(chosen)


def span(rng: Random, text: Sequence[str]) -> str:
    """Return one to three words of a text that stand together."""
    at = rng.randrange(len(text))
    return " ".join(text[at : at + rng.choice((1, 1, 1, 2, 2, 3))]).strip(".,;:()?!")


def made_up(pool: Pool, rng: Random, beside: Sequence[str] = ()) -> str:
    """Return a word of the beginning of one, often one of those `beside` it, and the end of another, sometimes with a
    number, as names and codes have."""
    one, other = rng.choice(pool.vocabulary), rng.choice(pool.vocabulary)
    if beside and rng.random() < 0.4:
        one = rng.choice(beside)
    word = one[: rng.randint(1, 6)] + other[-rng.randint(1, 6) :]
    return word + str(rng.randint(1, 99)) if rng.random() < 0.2 else word

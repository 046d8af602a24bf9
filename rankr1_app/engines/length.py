"""Cutting a text to so many tokens: by a rule of thumb, or where a tokenizer cut it, always in its own characters."""

from __future__ import annotations

import re
from itertools import accumulate

TOKEN = 12
"""The rule counts in twelfths of a token."""
WORD = 16
"""An English word is four thirds of a token in subword vocabularies, about."""
LONG = 16
"""Characters of a word beyond which every four are a token more: addresses, hashes, tables."""
# Scripts that put no blank between words, and those that vocabularies hold letter by letter: Devanagari to Tibetan,
# Myanmar, Khmer, CJK, kana, Hangul, and everything beyond the basic plane.
WIDE = re.compile(
    r"[\u0900-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00010000-\U0010ffff]"
)


def cut_words(text: str, tokens: int) -> str:
    """Return the start of `text` that takes about `tokens` tokens, and at least one word or character of it.

    A word that does not fit is left out, but one of a script without blanks, or one with which the text begins, is
    cut."""
    room = max(1, tokens) * TOKEN
    for match in re.finditer(r"\S+", text):
        word = match[0]
        cost = cost_of(word)
        if cost > room:
            first = match.start() == len(text) - len(text.lstrip())
            size = characters(word, room, first) if first or WIDE.search(word) else 0
            return text[: match.start() + size].rstrip()
        room -= cost
    return text


def estimate(text: str) -> int:
    """Reckon the tokens of a text by the same rule."""
    return -(-sum(cost_of(match[0]) for match in re.finditer(r"\S+", text)) // TOKEN)


def cost_of(word: str) -> int:
    """Reckon the tokens of a word, in twelfths."""
    if word.isascii():
        return WORD + 3 * max(0, len(word) - LONG)
    return max(WORD, sum(map(character_cost, word)))


def character_cost(character: str) -> int:
    """Reckon the tokens of a character in a word that is not English, in twelfths."""
    return 1 if character.isascii() else TOKEN if WIDE.match(character) else TOKEN // 2


def characters(word: str, room: int, first: bool) -> int:
    """Count how many characters of a word fit, of the first word of a text at least one, or all of an ordinary one."""
    if first and word.isascii() and len(word) <= LONG:
        return len(word)
    if word.isascii():
        return max(1, LONG + (room - WORD) // 3)
    fitting = sum(cost <= room for cost in accumulate(map(character_cost, word)))
    return max(int(first), fitting)


def start_like(text: str, decoded: str) -> str:
    """Return the start of `text` that `decoded` stands for, as written.

    A tokenizer may change case, spacing or Unicode form, and what a model is shown of a document must be the
    document's own words. `decoded` is the text of the first tokens; its characters that are not blank are counted off
    in `text`."""
    if text.startswith(decoded):
        return decoded
    left = sum(not char.isspace() for char in decoded.rstrip("\ufffd"))
    for place, char in enumerate(text):
        if left == 0:
            return text[:place].rstrip()
        left -= not char.isspace()
    return text

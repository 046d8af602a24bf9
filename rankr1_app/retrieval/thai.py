"""Thai text divided into words. Lucene's own analyser needs a dictionary that the bundled Java lacks."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

SHORTEST = 3
"""Characters of a word that is looked for inside a longer one."""


@functools.cache
def divider() -> tuple[Callable[[str], list[str]], frozenset[str]]:
    """Return what divides a text into words and signs, and the dictionary it does so by, loaded once."""
    os.environ.setdefault("PYTHAINLP_READ_ONLY", "1")  # else it makes a folder in the user's home
    from pythainlp.corpus import thai_words
    from pythainlp.tokenize import word_tokenize

    return functools.partial(word_tokenize, engine="newmm", keep_whitespace=False), thai_words()


def divided(text: str) -> str:
    """Return a text with blanks between its words. A word made of two is followed by them, so that “กาแฟ” is found in
    “กาแฟเย็น”."""
    divide, _ = divider()
    return " ".join(part for word in (divide(text) if text else ()) for part in (word, *halves(word)))


@functools.lru_cache(100_000)
def halves(word: str) -> tuple[str, ...]:
    """Return the two words of the dictionary that a word is made of, the longest first one; none if it is not."""
    _, words = divider()
    for cut in range(len(word) - SHORTEST, SHORTEST - 1, -1):
        if word[:cut] in words and word[cut:] in words:
            return word[:cut], word[cut:]
    return ()

"""Why a query found nothing, word by word."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from .languages import LANGUAGES, SCRIPTS
from .protocol import Term, Word

WORD = re.compile(r"\w+(?:['’.]\w+)*")
NAMED = 8
"""Words named in a sentence."""
SHARED = {"ja": {"zh"}, "zh": {"ja", "ko"}, "ar": {"fa"}, "ru": {"uk"}}
"""Other languages that are well read with a script's letters."""


def pieces(query: str) -> list[str]:
    """Return the query's words as a person sees them, each once: what stands between blanks, without signs around."""
    found = (bare(piece) for piece in query.split())
    return list(dict.fromkeys(piece for piece in found if piece))


def parts(query: str, stems: Callable[[str], Sequence[str]], weight: Callable[[str], float]) -> tuple[Term, ...]:
    """Return every term of a query, with the words it stands for and its part of a score: `stems` is what the analyser
    makes of a text, `weight` what one occurrence of a stem in the query adds."""
    behind: dict[str, dict[str, None]] = {}
    for word in surface(query):
        for stem in stems(word):
            behind.setdefault(stem, {})[word] = None
    return tuple(
        Term(stem, tuple(behind.get(stem, {stem: None})), often, often * weight(stem))
        for stem, often in Counter(stems(query)).items()
    )


def bare(piece: str) -> str:
    """Return a piece without the signs around it; the piece itself if it is nothing else."""
    start, end = 0, len(piece)
    while start < end and not counts(piece[start]):
        start += 1
    while end > start and not counts(piece[end - 1]):
        end -= 1
    return piece[start:end]


def surface(text: str) -> list[str]:
    """Return the words of a text, with the apostrophes inside them. Marks belong to the letters they stand on."""
    plain = "".join("x" if unicodedata.category(letter)[0] == "M" else letter for letter in text)
    return [text[slice(*match.span())] for match in WORD.finditer(plain)]


def counts(letter: str) -> bool:
    """Return whether a character is part of a word: letters, marks, numbers, and pictures such as emoji."""
    return unicodedata.category(letter)[0] in "LMN" or unicodedata.category(letter) == "So"


def nothing_found(words: Sequence[Word], language: str) -> str:
    """Return a sentence on why a query of these words finds nothing in an index of that language; empty if one of
    them is there."""
    if any(any(word.documents) for word in words):
        return ""
    analyser = f"the {LANGUAGES[language]} analyser" if language in LANGUAGES else "the analyser"
    if not words:
        return "Nothing was found: the query holds no word"
    dropped = [word.text for word in words if not word.stems]
    absent = [word.text for word in words if word.stems]
    reasons = []
    if dropped:
        reasons.append(
            f"{analyser} drops {listing(dropped, 'and')} as {'stop words' if len(dropped) > 1 else 'a stop word'}"
        )
    if absent:
        reasons.append(f"no document holds {listing(absent, 'or')} as {analyser} divides and stems words")
    return f"Nothing was found: {'; '.join(reasons)}{hint(words, language)}"


def listing(words: Sequence[str], link: str) -> str:
    """Return words as a list in a sentence, the first few of many."""
    quoted = [f"“{word[:40]}”" for word in words[:NAMED]]
    if len(words) > NAMED:
        return f"{', '.join(quoted)} {link} {len(words) - NAMED} more"
    return f" {link} ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def hint(words: Iterable[Word], language: str) -> str:
    """Return the advice to build the index for the language that the words are written in, if it is another one."""
    for word in words:
        fitting = SCRIPTS.get(script(word.text))
        if fitting and fitting != language and language not in SHARED.get(fitting, ()):
            return f". For {LANGUAGES[fitting]}, build the index with --language {fitting}"
    return ""


def script(text: str) -> str:
    """Return the first word of the Unicode name of the text's first letter."""
    letter = next((each for each in text if each.isalpha()), "")
    return unicodedata.name(letter, "").split(" ")[0] if letter else ""

"""Rough English stems: the same by which the page underlines words (`stem` in ui/static/words.js)."""

from __future__ import annotations

import re

ENDINGS = ("ing", "ed")
LONG = re.compile(r"[aeiouy][^aeiouy]+[aeiouy]+[^aeiouy]+$")
"""What `ion` and `ous` are cut from: two syllables, so that `eruption` is `erupt` and `station` stays."""


def stem(word: str) -> str:
    """Return what a word has in common with its other forms: `ris` of `rises` and `rising`."""
    cut = word
    if cut.endswith("ous") and LONG.search(cut[:-3]):
        cut = cut[:-3]
    elif len(cut) > 4 and cut.endswith("ies"):
        cut = f"{cut[:-3]}y"
    elif len(cut) > 3 and cut.endswith("s") and not cut.endswith("ss"):
        cut = cut[:-1]
    if cut.endswith(("sion", "tion")) and LONG.search(cut[:-3]):
        cut = cut[:-3]
    for ending in ENDINGS:
        if len(cut) > len(ending) + 2 and cut.endswith(ending) and not cut.endswith("eed"):
            cut = cut[: -len(ending)]
            break
    return cut[:-1] if len(cut) > 3 and cut.endswith("e") else cut

"""How likely each label was at the place of the answer: what orders documents after one reasoning.

A label is one token in some vocabularies (`[3]`) and several in others (`[`, `1`, `2`, `]`). Where a label goes
on in a second token, its probability is that of the first times that of the second after it; what follows
a first token that the model did not choose has to be asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from ..engines.protocol import Token
from ..explanation.strengths import strengths

Follow = Callable[[str], Awaitable[Mapping[str, float]]]
"""From a text the answer could have begun with to the log-probabilities of what comes next."""
PLACE = re.compile(r"<answer>\s*\[?\s*(?=\d)", re.IGNORECASE)
DOUBT = 3.0
"""What strengths are divided by, since the next answer follows them in three of four cases only. Of 1 to 4, on 48
recorded searches of four collections, 3 takes the fewest rounds where there is room (3.8), and few calls where there is
none (24)."""
DIGITS = re.compile(r"\s*(\d+)(.?)", re.DOTALL)


async def likelihoods(text: str, tokens: Sequence[Token], labels: int, follow: Follow) -> tuple[float, ...]:
    """Return the probability of each label from 1 to `labels`; 0 for one that was not among the likeliest tokens.
    `tokens` are those around the answer in `text`, in order. Empty where the answer is not in them."""
    found = last_place(text)
    for number, token in enumerate(tokens):
        if found is not None and token.at <= found < token.at + len(token.text):
            after = tokens[number + 1].alternatives if number + 1 < len(tokens) else {}
            return await spread(token, text[: token.at], text[token.at : found], after, labels, follow)
    return ()


def weighed(text: str, labels: int) -> tuple[float, ...]:
    """Return how likely each label was by the words of an answer that weighs most documents as the bundled model does;
    a document it says nothing of is as weak as the weakest. Empty for any other answer."""
    said = strengths(text)
    found = [said.get(f"[{number}]") for number in range(1, labels + 1)]
    known = [strength for strength in found if strength is not None]
    if 2 * len(known) <= labels:
        return ()
    powers = [math.exp((min(known) if strength is None else strength) / DOUBT) for strength in found]
    return tuple(power / sum(powers) for power in powers)


async def uniform(text: str) -> Mapping[str, float]:
    """Stand in for an engine that cannot say what comes after `text`: a label ends or goes on with any digit,
    all equally likely."""
    return dict.fromkeys(("]", *"0123456789"), -math.log(11))


def last_place(text: str) -> int | None:
    """Return where the number of the answer begins."""
    places = [match.end() for match in PLACE.finditer(text)]
    return places[-1] if places else None


async def spread(
    token: Token, before: str, head: str, after: Mapping[str, float], labels: int, follow: Follow
) -> tuple[float, ...]:
    """Return the labels' share of the distribution at `token`, which begins with `head` before its digits."""
    found = [0.0] * labels
    for text, score in token.alternatives.items():
        match = DIGITS.match(text[len(head) :]) if text.startswith(head) else None
        if match is None:
            continue
        if match[2] or int(match[1]) * 10 > labels:
            add(found, match[1], score)
            continue
        following = after if text == token.text and after else await follow(before + text)
        for more, further in following.items():
            second = re.match(r"\d*", more)
            add(found, match[1] + (second[0] if second else ""), score + further)
    return tuple(found)


def add(found: list[float], digits: str, score: float) -> None:
    """Count a label in, if there is one of that number."""
    if len(digits) < 4 and 1 <= int(digits) <= len(found):
        found[int(digits) - 1] += math.exp(score)

"""Where in an answer the model thinks, and where it answers.

Models mark their thought in many ways, servers move it to a field of its own, cut the first tag or all of them.
Whatever comes before the answer is thought. `field` is how much of a text came in a field for thought; it stands at the
beginning of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NAMES = r"(?:\w+:)?(?:think(?:ing)?|thoughts?|reasoning|analysis)"
OPENING = (
    rf"<{NAMES}\s*>|\[THINK\]|◁think▷|<\|(?:START_THINKING|begin_of_thought)\|>|<\|channel>thought"
    r"|(?:<\|start\|>assistant)?<\|channel\|>\s*(?:analysis|commentary)[^<\n]*<\|message\|>|^\s*analysis(?=[A-Z])"
)
CLOSING = (
    rf"</{NAMES}\s*>|\[/THINK\]|◁/think▷|<\|(?:END_THINKING|end_of_thought)\|>|<channel\|>"
    r"|(?:<\|end\|>)?(?:<\|start\|>assistant)?<\|channel\|>\s*final[^<\n]*<\|message\|>|assistantfinal(?=\W|[A-Z]|$)"
)
OPEN = re.compile(OPENING, re.IGNORECASE)
CLOSE = re.compile(CLOSING, re.IGNORECASE)
TAG = re.compile(f"{OPENING}|{CLOSING}", re.IGNORECASE)
TRAINED = re.compile(r"<think>.*?</think>\s*(<answer>\s*\[\d+\]\s*</answer>)", re.DOTALL | re.IGNORECASE)
FIRST = re.compile(r"<think>", re.IGNORECASE)
ANSWER = re.compile(r"<answer\s*>", re.IGNORECASE)
LAST = re.compile(r"<answer\s*>[^<]*</answer\s*>\s*\Z", re.IGNORECASE)
# How an answer without tags ends: `\boxed{3}`, or a last line such as `The answer is [3].`
ENDING = re.compile(
    r"(?:\\boxed\{[^{}]*\}|(?:^|(?<=[.!?\n]))[ \t]*[*_#]*(?:so |thus |therefore,? |hence,? )?(?:the )?(?:final |best )?"
    r"answer(?: is)?[*_]*[ \t]*[:：]?[*_]*[ \t]*[^\n]{1,40})\W*\Z",
    re.IGNORECASE,
)
MARKUP = re.compile(r"<[^<>]{1,40}>")
WORD, UNSPACED = re.compile(r"[^\W\d_]{2,}"), re.compile(r"[\u2e80-\uffef]{4}")
FEW = 1
"""Words that an answer may have which gives no reasons."""
BEFORE, AFTER = "<think>", "</think>"
BARE = re.compile(r"\s*(?:[^\s\d]+\s+){0,2}\W*\d{1,4}\W*", re.ASCII)
"""A text without tags that is all answer."""


@dataclass(frozen=True)
class Parts:
    """Stretches of thought, without tags, and where the answer begins, None where there is none."""

    thought: tuple[tuple[int, int], ...]
    answer: int | None


def parts(text: str, field: int = 0) -> Parts:
    """Split an answer into what was thought and what was answered."""
    start = answer_start(text, field)
    end = len(text) if start is None else start
    seen, stretches = set(), []
    for first, last in between_tags(text, min(field, end), end):
        words = text[first:last].strip()
        if words and words not in seen:
            seen.add(words)
            stretches.append((first, last))
    return Parts(tuple(stretches), start)


def in_words(text: str) -> bool:
    """Return whether an answer says more than labels, a grade or a verdict."""
    plain = MARKUP.sub(" ", text)
    return bool(OPEN.search(text)) or len(WORD.findall(plain)) > FEW or bool(UNSPACED.search(plain))


def between_tags(text: str, field: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield what lies between tags up to `end`; the end of a field parts like a tag."""
    at = 0
    for first, last in sorted([match.span() for match in TAG.finditer(text, 0, end)] + [(field, field)]):
        yield at, max(at, first)
        at = max(at, last)
    yield at, max(at, end)


def answer_start(text: str, field: int = 0) -> int | None:
    """Find where the answer begins, None where there is none: as the model was trained, then after the thought in any
    other form, then by how an answer ends."""
    trained = trained_answer(text, field)
    if trained is not None:
        return trained
    ends = {match.end() for match in CLOSE.finditer(text)} | ({field} if field else set())
    for end in sorted(ends, reverse=True):
        if text[end:].strip():
            return end
    if OPEN.search(text):
        last = LAST.search(text)
        return last.start() if last else None
    starts = [match.start() for match in ANSWER.finditer(text)]
    if starts:
        return starts[-1]
    ending = ENDING.search(text[-200:])
    if ending:
        return max(0, len(text) - 200) + ending.start()
    return 0 if len(text) < 60 and BARE.fullmatch(text) else None


def trained_answer(text: str, field: int = 0) -> int | None:
    """Find the answer in the form that Rank-R1 was trained on."""
    match = after_opening(TRAINED, as_written(text, field))
    if not match:
        return None
    at = match.start(1)
    if not field:
        return at
    return at - len(BEFORE) if at - len(BEFORE) < field else at - len(BEFORE) - len(AFTER)


def after_opening(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Search for a pattern that begins with `<think>` and any text, in linear time: whatever matches from a later tag
    matches from the first."""
    first = FIRST.search(text)
    return pattern.match(text, first.start()) if first else None


def as_written(text: str, field: int) -> str:
    """Return the text as a model writes it, with the tags for which a server has a field; only to be read."""
    return f"{BEFORE}{text[:field]}{AFTER}{text[field:]}" if field else text

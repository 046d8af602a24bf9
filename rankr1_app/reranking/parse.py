"""Reading an answer: strictly as the model was trained, then leniently.

The strict form follows the reward of the Rank-R1 paper (`<think>…</think> <answer>[3]</answer>`, upper-case tags
accepted, the first match wins; a field of its own is as good as the tags of a thought). What only the lenient reading
understands is `repaired`: one label in any common dress, where the thought has ended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..explanation.thought import ANSWER, OPEN, after_opening, answer_start, as_written

STRICT = re.compile(r"<think>.*?</think>\s*<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
STRICT_SFT = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
LABEL = re.compile(r"\[(\d+)\]")
# An answer that was opened: closed, or cut by the end of the text.
OPENED = re.compile(r"<answer\s*>(.*?)(?:</answer\s*>|<(?=[/|a-z])|\Z)", re.DOTALL | re.IGNORECASE)
BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}")
LONGEST = 300
"""Characters of an answer in which its label must be."""
# What servers and models put around a label, and what they say before it.
FULL_WIDTH = dict(zip("［］【】０１２３４５６７８９．：", "[][]0123456789.:", strict=True))
DRESS = str.maketrans(dict.fromkeys("*_`'\"“”‘’«»„#$\\{}()~", " ") | FULL_WIDTH)
END = re.compile(r"<\|?/?(?:\w+\|?>|s>)|<｜[^｜]*｜>|```\w*")
WORDS = (
    r"(?:(?:so|thus|the|my|final|best|most|relevant|answer|label|is|it|should|be|number|no|document|doc|passage|text"
    r"|boxed|mathrm|id|identifier|option|choice|chosen|selected|of)\b[\s:.=,]*)*"
)
BARE = re.compile(rf"[\s:>=]*{WORDS}[\s:#]*(?P<label>\[\s*[0-9]+\s*\]|[0-9]+)[\s.!]*", re.IGNORECASE)
LEADING = re.compile(rf"[\s:>]*{WORDS}\[\s*(?P<label>[0-9]+)\s*\](?=[\s:.,;–—]|-\s)", re.IGNORECASE)
BRACKETED = re.compile(r"\[\s*[0-9]+")


@dataclass(frozen=True)
class Answer:
    """`label` counts from 1, None if the answer could not be read. `why` says in words what was wrong."""

    label: int | None
    status: Literal["ok", "repaired", "unreadable"]
    why: str = ""


def parse(text: str, labels: int, *, reasoning: bool = True, finish_reason: str = "stop", thought: int = 0) -> Answer:
    """Read the answer in `text`, one of `[1]` … `[labels]`; the first `thought` characters came in a field for it."""
    match = after_opening(STRICT, as_written(text, thought)) if reasoning else STRICT_SFT.search(text[thought:])
    if match:
        label = LABEL.fullmatch(match[1].strip())
        if label and 1 <= int(label[1]) <= labels:
            return Answer(int(label[1]), "ok")
    return repaired(text, labels, finish_reason, thought)


def repaired(text: str, labels: int, finish_reason: str, thought: int) -> Answer:
    """Read leniently; only after the thinking ended, because an answer tag inside it is still thought."""
    start = answer_start(text, thought)
    if start is None:
        never = "the thinking never ended" if OPEN.search(text) or thought else "there is no answer tag"
        return Answer(None, "unreadable", why_missing(finish_reason, never))
    rest = text[start:]
    opened = [match[1] for match in OPENED.finditer(rest)] or [match[1] for match in BOXED.finditer(rest)][-1:]
    found = {named(answer) for answer in opened or [rest]}
    if found == {None} and not ANSWER.search(rest):
        return Answer(None, "unreadable", why_missing(finish_reason, "there is no answer tag"))
    label = found.pop() if len(found) == 1 else None
    if label is None:
        return Answer(None, "unreadable", why_missing(finish_reason, "the answer names no single label"))
    if not 1 <= len(label) <= 4 or not 1 <= int(label) <= labels:
        return Answer(None, "unreadable", f"label [{label[:8]}] is out of range, there are {labels} documents")
    return Answer(int(label), "repaired")


def named(answer: str) -> str | None:
    """Return the digits of the one label that an answer names, None where it names none or several."""
    plain = " ".join(END.sub(" ", answer[:LONGEST]).translate(DRESS).split())
    bare = BARE.fullmatch(plain)
    if bare is None and len(set(BRACKETED.findall(plain))) == 1:
        bare = LEADING.match(plain)
    return (bare["label"].strip("[] \t\n").lstrip("0") or "0") if bare else None


def why_missing(finish_reason: str, otherwise: str) -> str:
    """Say why there is no answer: what ended it early explains most."""
    if finish_reason == "content_filter":
        return "the server's content filter cut it off"
    return "it was cut off by the length limit" if finish_reason == "length" else otherwise

"""Reading an answer: strictly as the model was trained, then leniently, and while it streams.

The strict form follows the reward of the Rank-R1 paper (`<think>…</think> <answer>[3]</answer>`,
upper-case tags accepted, the first match wins). What only the lenient pass can read is `repaired`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

STRICT = re.compile(r"<think>.*?</think>\s*<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
STRICT_SFT = re.compile(r"<answer>(.*?)</answer>", re.DOTALL | re.IGNORECASE)
LABEL = re.compile(r"\[(\d+)\]")
# An answer that was opened: closed, or cut by the end of the text.
OPENED = re.compile(r"<answer>\s*(.*?)\s*(?:</answer\s*>|<|$)", re.DOTALL | re.IGNORECASE)
LENIENT = re.compile(r"\[?\s*(\d+)\s*\]?\s*\.?")


@dataclass(frozen=True)
class Answer:
    """`label` counts from 1, None if the answer could not be read. `why` says in words what was wrong."""

    label: int | None
    status: Literal["ok", "repaired", "unreadable"]
    why: str = ""


def parse(text: str, labels: int, *, reasoning: bool = True, finish_reason: str = "stop") -> Answer:
    """The answer in `text`, one of `[1]` … `[labels]`."""
    match = (STRICT if reasoning else STRICT_SFT).search(text)
    if match:
        label = LABEL.fullmatch(match[1].strip())
        if label and 1 <= int(label[1]) <= labels:
            return Answer(int(label[1]), "ok")
    return repaired(text, labels, finish_reason)


def repaired(text: str, labels: int, finish_reason: str) -> Answer:
    """The lenient reading: `3`, `[3].`, a missing `</answer>` or `<think>`; only after the thinking ended,
    because an answer tag inside it is still thought."""
    closed = text.lower().rfind("</think>")
    rest = text[closed + len("</think>") :] if closed >= 0 else text
    opened = OPENED.search(rest)
    if closed < 0 and ("<think>" in text.lower()) and not re.search(r"<answer>[^<]*</answer>\s*$", text, re.IGNORECASE):
        return Answer(None, "unreadable", why_missing(finish_reason, "the thinking never ended"))
    if not opened:
        return Answer(None, "unreadable", why_missing(finish_reason, "there is no answer tag"))
    label = LENIENT.fullmatch(opened[1])
    if not label:
        return Answer(None, "unreadable", "the answer names no single label")
    if not 1 <= len(label[1].lstrip("0")) <= 4 or not 1 <= int(label[1]) <= labels:
        return Answer(None, "unreadable", f"label [{label[1][:8]}] is out of range, there are {labels} documents")
    return Answer(int(label[1]), "repaired")


def why_missing(finish_reason: str, otherwise: str) -> str:
    """Why there is no answer: the length limit explains most."""
    return "it was cut off by the length limit" if finish_reason == "length" else otherwise

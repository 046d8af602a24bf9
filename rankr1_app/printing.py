"""A search as text for a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from typing import Any

INDENT = " " * 5
TERMS = 20
"""Terms of a rewritten query that are printed."""
LINES = 10
"""Lines of a reason that are printed. A model may loop."""


def table(result: dict[str, Any], k: int) -> Iterator[str]:
    """Yield the lines of a readable list of the first `k`, each document with what the model said of it in the call
    that decided its rank, or that it said nothing."""
    width = min(shutil.get_terminal_size((100, 24)).columns, 110)
    calls = {call["id"]: call for call in result["calls"]}
    titles = {d["id"]: d["title"] or d["id"] for d in result["ranking"]}
    if result["rewritten"]:
        yield from wrapped(plain(became(result["rewritten"])), width)
    for entry in result["ranking"][:k]:
        yield plain(f"{entry['rank']:>3}. {entry['title'] or entry['id']}   {movement(entry)}   {entry['id']}")
        if entry["settled"]:
            deciding = [r for r in entry["reasons"] if r["call"] in entry["deciding_calls"][-1:]]
            for reason in deciding or entry["reasons"][-1:]:
                source = f"({source_of(calls[reason['call']], entry['id'], reason['outcome'])})"
                yield from folded(wrapped(f"{plain(named(reason, titles))} {source}", width), source)
        for note in entry["notes"]:
            yield from wrapped(plain(note), width)
    if result["calls"]:
        yield summary(result["totals"])


def became(rewritten: dict[str, Any]) -> str:
    """Return what a query became, in a sentence."""
    terms = ", ".join(f"{term['term']} {term['weight']:.2f}" for term in rewritten["terms"][:TERMS])
    return f"Searched for by {rewritten['by']}: {terms or rewritten['query']}"


def source_of(call: dict[str, Any], document: str, outcome: str) -> str:
    """Return which call a reason is from, and what became of its document there."""
    name = f"{'reading' if call['kind'] == 'score' else 'comparison'} {call['id']}"
    if outcome != "undecided":
        return f"{name}, {outcome}"
    if len(call["order"]) > 1 and document in call["order"]:
        return f"{name}, place {call['order'].index(document) + 1} of {len(call['order'])}"
    return name


def wrapped(text: str, width: int) -> list[str]:
    """Return text as lines below the title of a document."""
    return textwrap.wrap(text, width, initial_indent=INDENT, subsequent_indent=INDENT)


def folded(lines: list[str], source: str) -> list[str]:
    """Return the first lines of a reason, and how many more there are where it is long; its source stands last."""
    more = len(lines) - LINES
    if more <= 1:
        return lines
    return [*lines[:LINES], f"{INDENT}… {more} more lines, --format json has all {source}"]


def named(reason: dict[str, Any], titles: dict[str, str]) -> str:
    """Return the text of a reason with the title of a document in place of each label."""
    text: str = reason["text"]
    for mark in reversed(reason["labels"]):
        text = f"{text[: mark['start']]}“{titles[mark['document']]}”{text[mark['end'] :]}"
    return text


def summary(totals: dict[str, Any]) -> str:
    """Return what a search took, in a line."""
    cached = f"{counted(totals['cached'], 'answer')} from the cache, " if totals["cached"] else ""
    faults = f"{totals['faults']} broken by the engine, " if totals["faults"] else ""
    if totals["uncounted"] == totals["calls"] - totals["cached"] > 0:
        tokens = "tokens unknown"
    else:
        least = "at least " if totals["uncounted"] else ""
        reused = f" ({totals['cached_tokens']} of them cached by the engine)" if totals["cached_tokens"] else ""
        tokens = f"{least}{totals['prompt_tokens']} tokens read{reused}, {totals['completion_tokens']} written"
    calls = f"{counted(totals['calls'], 'call')} in {counted(totals['rounds'], 'round')}"
    return f"{calls}, {cached}{faults}{totals['unreadable']} unreadable, {tokens}, {totals['seconds']:.1f} s"


def counted(count: int, noun: str) -> str:
    """Return a number of things, in the singular or plural."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def movement(entry: dict[str, Any]) -> str:
    """Return how far a document moved, and from where."""
    moved = entry["first_stage_rank"] - entry["rank"]
    arrow = "=" if not moved else f"▲{moved}" if moved > 0 else f"▼{-moved}"
    return f"{arrow} (first stage {entry['first_stage_rank']})"


def plain(text: str) -> str:
    """Return text without control characters: a document must not drive the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)

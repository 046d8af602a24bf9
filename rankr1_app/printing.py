"""A search as text for a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from typing import Any


def table(result: dict[str, Any], k: int) -> Iterator[str]:
    """Lines of a readable list of the first `k`, each document with what the model said of it in the call
    that decided its rank, or that it said nothing."""
    width = min(shutil.get_terminal_size((100, 24)).columns, 110)
    documents = {d["id"]: d["title"] or d["id"] for d in result["ranking"]}
    labels = {call["id"]: call["documents"] for call in result["calls"]}
    for entry in result["ranking"][:k]:
        yield plain(f"{entry['rank']:>3}. {entry['title'] or entry['id']}   {movement(entry)}   {entry['id']}")
        if not entry["settled"]:
            if result["calls"]:
                yield "     Not reached: kept in first-stage order."
            continue
        deciding = [r for r in entry["reasons"] if r["call"] in entry["deciding_calls"][-1:]]
        for reason in deciding or entry["reasons"][-1:]:
            text = plain(reason["text"])
            for number, document in enumerate(labels[reason["call"]], 1):
                text = text.replace(f"[{number}]", f"“{documents[document]}”")
            source = f" (comparison {reason['call']}, {reason['outcome']})"
            yield from textwrap.wrap(text + source, width, initial_indent="     ", subsequent_indent="     ")
        if not entry["reasons"]:
            yield "     No answer mentioned this document."
    totals = result["totals"]
    if result["calls"]:
        known = f"{totals['cached']} of them known from before, " if totals["cached"] else ""
        reused = f" ({totals['cached_tokens']} of them kept by the engine)" if totals["cached_tokens"] else ""
        written = f"{totals['completion_tokens']} written, {totals['seconds']:.1f} s"
        yield (
            f"{totals['calls']} calls in {totals['rounds']} rounds, {known}{totals['unreadable']} unreadable, "
            f"{totals['prompt_tokens']} tokens read{reused}, {written}"
        )


def movement(entry: dict[str, Any]) -> str:
    """From where a document came."""
    moved = entry["first_stage_rank"] - entry["rank"]
    arrow = "=" if not moved else f"▲{moved}" if moved > 0 else f"▼{-moved}"
    return f"{arrow} (first stage {entry['first_stage_rank']})"


def plain(text: str) -> str:
    """Without control characters: a document must not drive the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)

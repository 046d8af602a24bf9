"""The ways to rewrite a query: the files of `prompts/rewriting`."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass

import msgspec

from . import paths

LONGEST = 8000
"""Characters that are searched for."""
THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
"""What begins a line of a list."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way to rewrite: what the model is asked, and how many tokens it may write. What it writes is searched for with
    the query, or `alone`; where it is to write `lines`, each of them is a query, and their rankings are fused."""

    about: str
    user: str
    max_tokens: int
    system: str = ""
    alone: bool = False
    lines: int = 0

    def searched(self, query: str, text: str) -> str:
        """Return what is searched for, given what the model wrote; empty where that is nothing."""
        written = THOUGHT.sub("", text, count=1).strip()
        if self.lines:
            written = "\n".join(queries(written)[: self.lines])
        if not written:
            return ""
        return written[:LONGEST] if self.alone else f"{query}\n{written}"[:LONGEST]


@functools.cache
def ways() -> dict[str, Way]:
    """Return the ways that come with the product, by name."""
    files = sorted((paths.PROMPTS / "rewriting").glob("*.toml"))
    return {file.stem: msgspec.convert(tomllib.loads(file.read_text("utf-8")), Way) for file in files}


def queries(text: str) -> list[str]:
    """Return the lines of a text as queries, each once, without what marks them as a list."""
    lines = (MARK.sub("", line).strip().strip('"“”').strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))

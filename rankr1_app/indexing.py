"""The commands around indexes: what they say while they work."""

from __future__ import annotations

from pathlib import Path


def build(corpus: Path, name: str, folder: Path | None, strict: bool) -> None:
    """Build with progress on standard error, then say what was skipped and where."""

"""Libraries that are slow to import are imported under one lock, so that no two threads import them at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from rankr1_app import paths, slow

SLOW = {"transformers", "sentence_transformers"}
LATE = {"kv.py"}
"""Modules that are imported when a model is loaded, and its libraries with it."""


def unlocked(path: Path) -> Iterator[str]:
    """Yield the imports of slow libraries in a file that are made while the lock is not held."""

    def visit(node: ast.AST, locked: bool) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Import) and not locked:
                yield from (f"{path.name} {alias.name}" for alias in child.names if alias.name.split(".")[0] in SLOW)
            if isinstance(child, ast.ImportFrom) and not locked and not child.level:
                yield from (f"{path.name} {name}" for name in [child.module or ""] if name.split(".")[0] in SLOW)
            held = isinstance(child, ast.With) and any("LOCK" in ast.unparse(item) for item in child.items)
            yield from visit(child, locked or held)

    yield from visit(ast.parse(path.read_text("utf-8")), False)


def test_the_lock_keeps_a_second_thread_out() -> None:
    with slow.LOCK:
        assert not slow.LOCK.acquire(blocking=False)
    assert slow.LOCK.acquire(timeout=60), "it is free again"
    slow.LOCK.release()


@pytest.mark.parametrize("folder", ["engines", "retrieval", "reranking"])
def test_slow_libraries_are_imported_under_the_lock(folder: str) -> None:
    found = [
        each
        for path in sorted((paths.PACKAGE / folder).glob("*.py"))
        if path.name not in LATE
        for each in unlocked(path)
    ]
    assert found == []

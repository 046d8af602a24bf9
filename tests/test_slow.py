"""Slow libraries are imported under one lock, and models loaded under another: never two at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rankr1_app import paths, slow
from rankr1_app.engines import transformers
from rankr1_app.plan import resolve
from rankr1_app.retrieval import encoders
from rankr1_app.settings import Settings

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


def loads(path: Path) -> Iterator[str]:
    """Yield the calls in a file that load weights while the lock for it is not held."""

    def visit(node: ast.AST, locked: bool) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            called = ast.unparse(child.func) if isinstance(child, ast.Call) else ""
            weights = called.endswith(".from_pretrained") and "Tokenizer" not in called
            if not locked and (weights or called in ("SentenceTransformer", "Model")):
                yield f"{path.name} {called}"
            held = isinstance(child, ast.With) and any("LOADING" in ast.unparse(item) for item in child.items)
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


@pytest.mark.parametrize("folder", ["engines", "retrieval", "reranking"])
def test_models_are_loaded_under_the_lock(folder: str) -> None:
    assert [each for path in sorted((paths.PACKAGE / folder).glob("*.py")) for each in loads(path)] == []


@pytest.mark.slow
def test_models_that_are_loaded_at_once_have_their_weights() -> None:
    """transformers keeps weights from being tied while it loads, in all threads."""
    plan = resolve(Settings())
    assert plan.engine is not None
    with ThreadPoolExecutor(8) as pool:
        models = [pool.submit(transformers.load, plan.engine.model, "", 1) for _ in range(4)]
        vectors = [pool.submit(encoders.load, encoders.entry(encoders.DEFAULT)) for _ in range(4)]
        for each in [*models, *vectors]:
            each.result()

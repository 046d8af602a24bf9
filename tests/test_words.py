"""How the code speaks: docstrings begin with a verb, functions fit a screen, modules are of one idea."""

from __future__ import annotations

import ast
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import rankr1_app

ROOT = Path(rankr1_app.__file__).parent
NO_VERB = re.compile(
    r"(The|What|Where|Who|Which|How|Why|Whether|Whatever|When|A|An|Every|Each|All|One|Some|Both|Any|It|Its|Itself|Ids?)\b"
)
LONGER = {"cli.py", "events.py", "engines/transformers.py", "web/shapes.py"}
"""Modules of over 350 lines that are one idea."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_docstrings_begin_with_a_verb() -> None:
    found = Counter(module for module, function in functions() if NO_VERB.match(ast.get_docstring(function) or ""))
    assert not found


def test_functions_are_short() -> None:
    lengths = [function.end_lineno - function.lineno + 1 for _, function in functions() if function.end_lineno]
    assert statistics.median(lengths) <= 8


def test_modules_are_of_one_idea() -> None:
    sizes = {module: len(path.read_text("utf-8").splitlines()) for module, path in modules().items()}
    assert {module: size for module, size in sizes.items() if size > 350 and module not in LONGER} == {}


def modules() -> dict[str, Path]:
    """Return every module of the package by its path within it."""
    return {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.rglob("*.py"))}


def functions() -> Iterator[tuple[str, Function]]:
    """Yield every public function and method with its module; properties are nouns, and so are their docstrings."""
    for module, path in modules().items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, Function) and not node.name.startswith("_") and not is_property(node):
                yield module, node


def is_property(node: Function) -> bool:
    """Return whether a method is read like an attribute."""
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)

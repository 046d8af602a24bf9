"""Who may import whom: no circle between modules, and no arrow from a lower floor to a higher one."""

from __future__ import annotations

import ast
import functools
import graphlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

import rankr1_app

ROOT = Path(rankr1_app.__file__).parent
Graph = Mapping[str, set[str]]

ONLY = {
    "errors": set[str](),
    "tables": {"errors"},
    "text": {"errors"},
    "writing": {"errors", "text"},
    "address": {"errors"},
    "events": {"errors"},
    "consistency": {"errors", "events"},
    "explanation": {"errors", "events"},
    "slow": set(),
    "threads": set(),
    "retrieval": {"address", "errors", "events", "paths", "slow", "tables", "text", "threads", "writing"},
    "engines": {"address", "errors", "events", "paths", "slow", "tables", "threads"},
}
"""What these import of the package, besides themselves."""
BY = {
    "web": {"serving", "commands", "report"},
    "training": {"commands"},
    "serving": {"commands"},
    "commands": {"cli"},
    "cli": {"__main__"},
}
"""What these are imported by, besides themselves."""


def test_no_circle_between_modules() -> None:
    assert circle(package()) == []


@pytest.mark.parametrize("room", ONLY)
def test_a_lower_floor_imports_no_higher_one(room: str) -> None:
    found = {(module, other) for module, other in arrows() if top(module) == room and top(other) not in ONLY[room]}
    assert found == set()


@pytest.mark.parametrize("room", BY)
def test_an_upper_floor_is_imported_from_above(room: str) -> None:
    found = {(module, other) for module, other in arrows() if top(other) == room and top(module) not in BY[room]}
    assert found == set()


def test_a_circle_is_found(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "one.py").write_text("from .two import name")
    (tmp_path / "two.py").write_text("def late():\n    from . import one")
    assert set(circle(graph(tmp_path))) == {"one", "two"}
    (tmp_path / "two.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import one")
    assert circle(graph(tmp_path)) == []


def arrows() -> Iterator[tuple[str, str]]:
    """Yield every import between two rooms of the package."""
    for module, others in package().items():
        yield from ((module, other) for other in others if top(module) != top(other) and other)


def top(module: str) -> str:
    """Return the room of a module: its folder, or itself."""
    return module.partition(".")[0]


def circle(found: Graph) -> list[str]:
    """Return the modules of a circle, none if there is none."""
    try:
        graphlib.TopologicalSorter(found).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


@functools.cache
def package() -> Graph:
    """Return the graph of the package."""
    return graph(ROOT)


def graph(root: Path) -> Graph:
    """Return what each module of a package imports of the package when it runs, by names within it; the package itself
    is the empty name. What only the type checker imports is left out."""
    paths = {name(path.relative_to(root)): path for path in root.rglob("*.py")}
    return {
        module: {other for other in imported(path, root) if other in paths and other != module}
        for module, path in paths.items()
    }


def name(path: Path) -> str:
    """Return the name of the module at a path."""
    return ".".join(path.with_suffix("").parts).removesuffix("__init__").removesuffix(".")


def imported(path: Path, root: Path) -> Iterator[str]:
    """Yield what may be modules among the names that a file imports, those it stands in included."""
    folder = path.parent.relative_to(root)
    for node in statements(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (within(alias.name, root) for alias in node.names)
            continue
        base = (node.module or "").split(".") if node.module else []
        if node.level:
            base = [*folder.parts[: len(folder.parts) - node.level + 1], *base]
        else:
            base = within(".".join(base), root).split(".")
        module = ".".join(base)
        for alias in node.names:
            yield f"{module}.{alias.name}".removeprefix(".")
        if not all((root / Path(*base) / f"{alias.name}.py").is_file() for alias in node.names):
            yield module


def within(module: str, root: Path) -> str:
    """Return an absolute name as it is within the package, or one that is not in it."""
    return module.removeprefix(root.name).removeprefix(".") if module.split(".")[0] == root.name else f"?.{module}"


def statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports of a module, those inside functions too, that are not for the type checker alone."""
    if isinstance(tree, ast.Import | ast.ImportFrom):
        yield tree
    for child in run_time(tree):
        yield from statements(child)


def run_time(tree: ast.AST) -> Iterable[ast.AST]:
    """Return the parts of a statement, without those that only the type checker sees."""
    if isinstance(tree, ast.If) and ast.unparse(tree.test) == "TYPE_CHECKING":
        return tree.orelse
    return ast.iter_child_nodes(tree)

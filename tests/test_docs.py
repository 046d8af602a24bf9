"""The documentation is true: its snippets run, its links lead somewhere, the files it names are there."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rankr1_app import engines, reranking, retrieval
from rankr1_app.reranking import sorts

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCED = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)[^)]*\)")
TABLES = (engines.KINDS, reranking.FAMILIES, retrieval.KINDS, sorts.SORTS)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder, where a snippet with a file name is written and can be imported. Tables and modules are as
    before afterwards."""
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    before, modules = [dict(table) for table in TABLES], set(sys.modules)
    yield tmp_path
    for table, entries in zip(TABLES, before, strict=True):
        table.clear()  # type: ignore[attr-defined]
        table.update(entries)  # type: ignore[attr-defined]
    for name in set(sys.modules) - modules:
        if (tmp_path / f"{name}.py").exists():
            del sys.modules[name]


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if FENCED.search(page.read_text("utf-8"))], ids=relative)
def test_the_snippets_of_a_page_run(page: Path, written: Path) -> None:
    names: dict[str, object] = {"__name__": "page"}
    for language, file, text in FENCED.findall(page.read_text("utf-8")):
        if file:
            (written / file).parent.mkdir(exist_ok=True)
            (written / file).write_text(text, "utf-8")
        elif language == "python":
            exec(compile(text, relative(page), "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    found = LINK.findall(page.read_text("utf-8"))
    assert [link for link in found if not (page.parent / link).exists()] == []

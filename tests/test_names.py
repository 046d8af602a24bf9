"""Every module has tests under its own name: `rankr1_app/<folder>/<module>.py` in `tests/<folder>/test_<module>.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app import paths

TESTS = Path(__file__).parent


def untested(package: Path, tests: Path) -> set[str]:
    """Return the modules that have no test file of their name."""
    modules = (path.relative_to(package) for path in package.rglob("*.py") if not path.name.startswith("__"))
    return {each.as_posix() for each in modules if not (tests / each.parent / f"test_{each.name}").is_file()}


def test_every_module_has_tests_under_its_own_name() -> None:
    assert untested(paths.PACKAGE, TESTS) == set()


@pytest.mark.parametrize("there", [True, False])
def test_a_module_without_tests_is_found(there: bool, tmp_path: Path) -> None:
    for name in ("app/__init__.py", "app/web/page.py", "tests/test_page.py", "tests/web/test_pages.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    if there:
        (tmp_path / "tests/web/test_page.py").touch()
    assert untested(tmp_path / "app", tmp_path / "tests") == (set() if there else {"web/page.py"})

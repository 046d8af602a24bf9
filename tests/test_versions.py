"""Versions of what shapes a result: those that are installed, and nothing is imported to find them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError

import pytest

from rankr1_app import __version__
from rankr1_app import versions as module
from rankr1_app.versions import versions


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    versions.cache_clear()
    yield
    versions.cache_clear()


def test_what_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        if package != "torch":
            raise PackageNotFoundError(package)
        return "9.9"

    monkeypatch.setattr(module, "version", version)
    assert versions() == {"rankr1-app": __version__, "torch": "9.9"}


def test_nothing_slow_is_imported() -> None:
    code = "import sys; from rankr1_app.versions import versions; versions(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

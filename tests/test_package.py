"""An installed product is the whole product: built as a wheel, run from another folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = {
    "demo/corpus.jsonl",
    "demo/topics.tsv",
    "models/catalogue.toml",
    "prompts/setwise-r1-v0.2.toml",
    "ui/static/main.js",
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a wheel holds, as it lies in site-packages."""
    copy, wheels, site = (tmp_path_factory.mktemp(name) for name in ("copy", "wheels", "site"))
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "rankr1_app", copy / "rankr1_app", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(wheels), "."]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def test_the_wheel_holds_what_the_product_reads(installed: Path) -> None:
    assert {name for name in FILES if not (installed / "rankr1_app" / name).is_file()} == set()
    assert list((installed / "rankr1_app" / "gallery").glob("*.gz"))


def test_an_installed_product_searches_its_demo(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed), "RANKR1_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-P", "-m", "rankr1_app", "search", "bread dough", "--reranker", "none", "--depth", "3"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "bread-0" in done.stdout
    assert (
        str(installed)
        in subprocess.run(
            [sys.executable, "-P", "-c", "import rankr1_app; print(rankr1_app.__file__)"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        ).stdout
    )

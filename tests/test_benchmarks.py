"""What `benchmarks/README.md` says is what was measured."""

from __future__ import annotations

import json

import pytest

from benchmarks.common import RESULTS, table
from benchmarks.report import README, SECTIONS

NAMES = sorted(path.stem for path in RESULTS.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_the_report_says_what_was_measured(name: str) -> None:
    whole = json.loads((RESULTS / f"{name}.json").read_text())
    said = README.read_text("utf-8")
    assert name in SECTIONS
    assert table(whole["rows"]) in said
    assert f"`{whole['command']}`" in said
    assert whole["command"].startswith("python -m benchmarks.")


def test_there_is_a_result_for_every_section() -> None:
    assert set(SECTIONS) == set(NAMES)

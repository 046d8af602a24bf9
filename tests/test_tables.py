"""Parts named `module:attribute`: imported when they are first needed, and every table names parts that are there."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from rankr1_app import engines, retrieval
from rankr1_app.reranking import FAMILIES
from rankr1_app.tables import first_unknown, resolve


def test_a_part_is_imported_when_it_is_needed_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "made_for_tables.py").write_text("def part():\n    return []\n")
    assert "made_for_tables" not in sys.modules
    part = resolve("made_for_tables:part")
    assert part() == []
    monkeypatch.delitem(sys.modules, "made_for_tables")
    assert resolve("made_for_tables:part") is part


@pytest.mark.parametrize(
    ("part", "error"), [("no_such_module_here:x", ModuleNotFoundError), ("json:nope", AttributeError)]
)
def test_a_part_that_is_not_there_is_an_error(part: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        resolve(part)


def test_every_table_of_the_product_names_parts_that_are_there() -> None:
    kinds = (*engines.KINDS.values(), *engines.SCORERS.values())
    parts = {*retrieval.KINDS.values(), *(family.create for family in FAMILIES.values()), *(k.factory for k in kinds)}
    assert len(parts) > 10
    for part in parts:
        assert callable(resolve(part)), part


def test_a_key_that_is_no_field_is_named_with_those_that_are() -> None:
    @dataclass
    class Kind:
        tea: str
        milk: int = 0

    assert first_unknown({"tea": "", "milk": 1}, Kind) == ""
    assert first_unknown({"tee": "", "tea": ""}, Kind) == "'tee', which is unknown; known are tea, milk"

"""The curves of a run as a picture, and the rows they are drawn from."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rankr1_app.errors import Problem
from rankr1_app.training.curves import picture, running, table

ROWS = [{"step": str(step), "loss": f"{10 / step:.3f}", "reward": "0.5"} for step in range(1, 31)]
COLUMNS = {"loss": "loss <b>", "reward": "share right"}


def test_rows_are_read_by_their_columns(tmp_path: Path) -> None:
    (tmp_path / "progress.csv").write_text("step,loss\n1,0.5\n2,nan\n")
    assert table(tmp_path / "progress.csv") == [{"step": "1", "loss": "0.5"}, {"step": "2", "loss": "nan"}]


def test_a_running_mean_is_of_a_value_and_those_before_it() -> None:
    assert running([1.0, 2.0, 3.0, 7.0], 2) == [1.0, 1.5, 2.0, 4.0]
    assert running([4.0], 10) == [4.0]
    assert running([], 3) == []


# What matplotlib imports calls parts of pyparsing old.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_picture_is_whole_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one.svg", "other.svg"):
        picture(ROWS, tmp_path / name, COLUMNS)
    drawn = (tmp_path / "one.svg").read_text("utf-8")
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert drawn == (tmp_path / "other.svg").read_text("utf-8")
    assert "loss <b>" not in drawn.replace("<!-- loss <b> -->", "")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(Problem) as raised:
        picture(ROWS, tmp_path / "one.svg", COLUMNS)
    assert str(raised.value) == "a picture needs matplotlib: pip install -r requirements-train.txt"
    assert not (tmp_path / "one.svg").exists()

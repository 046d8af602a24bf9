"""Runs: read in one order for all, every fault with its line, and read back as they were written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rankr1_app.errors import Problem
from rankr1_app.retrieval.runs import read_integer, read_run, run_lines, write_run


def run(folder: Path, text: str) -> Path:
    (folder / "a.run").write_text(text)
    return folder / "a.run"


def test_a_run_is_ordered_by_score_then_rank_as_written_then_id(tmp_path: Path) -> None:
    lines = ["q Q0 c 9 1 t", "q Q0 b 2 2.5 t", "q Q0 z 1 2.5 t", "q Q0 a 2 2.5 t", "p Q0 x 1 -1e3 t"]
    found = read_run(run(tmp_path, "\n".join(lines)))
    assert found == {"q": [("z", 2.5), ("a", 2.5), ("b", 2.5), ("c", 1.0)], "p": [("x", -1000.0)]}
    assert list(found) == ["q", "p"]


def test_a_run_of_ms_marco_has_the_score_of_its_rank(tmp_path: Path) -> None:
    path = run(tmp_path, "q\ta\t1\nq\tb\t2\np\tb\t1\n")
    assert read_run(path) == {"q": [("a", 1.0), ("b", 0.5)], "p": [("b", 1.0)]}
    assert not any(place.scored for place in run_lines(path))


def test_remarks_and_a_header_are_passed_over(tmp_path: Path) -> None:
    path = run(tmp_path, "# made by hand\n#tag only\nqid Q0 docno rank score tag\n#1 Q0 a 1 2 t\n")
    assert read_run(path) == {"#1": [("a", 2.0)]}
    assert [place.where for place in run_lines(path)] == ["run a.run line 4"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("q Q0 a 1 2 t\nq Q0 a 2 1 t", "run a.run line 2: document 'a' was there before for topic 'q'"),
        ("q Q0 a 1 nan t", "run a.run line 1: score 'nan' is not a finite number"),
        ("q Q0 a 1 1e999 t", "run a.run line 1: score '1e999' is not a finite number"),
        ("q Q0 a one 2 t", "run a.run line 1: rank 'one' is not a whole number"),
        ("q Q0 a 1.5 2 t", "run a.run line 1: rank '1.5' is not a whole number"),
        ("q Q0 a 1 2", "run a.run line 1: 'q Q0 a 1 2' has 5 fields, every line is topic Q0 document rank score tag"),
        ("q Q0 a 1 2 t\nq a 1", "run a.run line 2: 'q a 1' has 3 fields, every line is topic"),
        ("q,Q0,a,1,2,t", "'q,Q0,a,1,2,t' has 6 fields between commas, every line is topic"),
        ('{"q": "a"}', "has JSON, every line is topic"),
        ("q a 2", "'q a 2' has 3 fields, the last of which does not count 1, 2, 3 as in MS MARCO's runs"),
        ("# nothing", "has no line of a run, one is topic Q0 document rank score tag"),
        ("", "is empty"),
    ],
)
def test_a_line_that_is_none_of_a_run_is_named(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        read_run(run(tmp_path, text))
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("+7", 7), ("-7", -7), ("1.0", 1), ("2e1", 20), ("2147483647", 2**31 - 1), ("2147483648", None)]
    + [(each, None) for each in ("1.5", "", "1_000", "0x1", "\u0661", "inf", "1e999", " 1")],
)  # fmt: skip
def test_whole_numbers(text: str, number: int | None) -> None:
    assert read_integer(text) == number


IDS = st.text("abc123-_.", min_size=1, max_size=4)


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(IDS, st.lists(IDS, min_size=1, max_size=6, unique=True), min_size=1, max_size=4))
def test_a_run_that_was_written_is_read_back_in_its_order(tmp_path: Path, rankings: dict[str, list[str]]) -> None:
    write_run(tmp_path / "out.run", rankings.items(), "tag")
    found = read_run(tmp_path / "out.run")
    assert {topic: [document for document, _ in ranked] for topic, ranked in found.items()} == rankings


def test_a_run_is_written_with_scores_that_fall_by_one(tmp_path: Path) -> None:
    write_run(tmp_path / "out.run", [("q", ["b", "a"])], "mine")
    assert (tmp_path / "out.run").read_text() == "q Q0 b 1 2 mine\nq Q0 a 2 1 mine\n"


def test_a_run_whose_writing_fails_leaves_the_one_before(tmp_path: Path) -> None:
    path = run(tmp_path, "before")

    def rankings() -> Iterator[tuple[str, list[str]]]:
        yield "q", ["a"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_run(path, rankings(), "t")
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.run"]

"""Relevance judgements found by the words of a query, and nDCG of a ranking by them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.judgements import CUTOFF, Judgements, demo, gain, ideal, read


def written(folder: Path, qrels: str, topics: str) -> tuple[Path, Path]:
    (folder / "q.txt").write_text(qrels, "utf-8")
    (folder / "t.tsv").write_text(topics, "utf-8")
    return folder / "q.txt", folder / "t.tsv"


def test_a_query_has_its_grades_whatever_its_capitals_and_blanks(tmp_path: Path) -> None:
    found = read("mine", *written(tmp_path, "1 0 a 2\n1 0 b 0\n2 0 c 3\n9 0 d 7\n", "1\tStraße in Rome\n2\ttea\n"))
    assert found.of("mine", "  STRASSE in\trome ") == {"a": 2, "b": 0}
    assert found.of("mine", "streets in rome") == {}
    assert found.of("other", "tea") == {}, "another collection may ask the same"
    assert found.highest == 3, "a topic without a query counts for nothing"


def test_judgements_of_other_topics_are_refused(tmp_path: Path) -> None:
    qrels, topics = written(tmp_path, "q1 0 a 2\n", "1\ttea\n")
    with pytest.raises(Problem) as refused:
        read("mine", qrels, topics)
    assert str(refused.value) == f"no topic of qrels '{qrels}' is in topics '{topics}': 'q1' here, '1' there"


def test_the_gain_of_a_ranking_is_less_the_lower_its_documents_stand() -> None:
    grades = {"a": 3, "b": 1, "c": 0, "d": -2}
    assert gain(grades, ["a", "b"]) == pytest.approx(3 + 1 / math.log2(3))
    assert gain(grades, ["x", "a"]) == pytest.approx(3 / math.log2(3))
    assert gain(grades, ["d"]) == 0, "a grade below nought is none"
    assert gain(grades, []) == 0
    assert gain({"a": 1}, [*"bcdefghijk", "a"]) == 0, f"rank {CUTOFF + 1} is not looked at"


def test_no_ranking_is_better_than_the_ideal_one() -> None:
    grades = {"a": 0, "b": 3, "c": 1}
    assert ideal(grades) == gain(grades, ["b", "c", "a"]) > gain(grades, ["b", "a", "c"])
    assert ideal({}) == 0


def test_the_demo_collection_is_judged() -> None:
    found = demo()
    assert isinstance(found, Judgements)
    assert len(found.queries) >= 10
    assert found.highest >= 2
    assert all(ideal(grades) > 0 for grades in found.queries.values())

"""A first stage that was run elsewhere: its order, its texts, and what the two lack of each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.given import Given

RUN = "q1 Q0 b 1 2 t\nq1 Q0 a 2 2 t\nq1 Q0 c 3 1 t\nq2 Q0 d 1 5 t\nq3 Q0 gone 1 1 t\n"


def given(
    folder: Path, run: str = RUN, have: str = "abcd", topics: Sequence[str] = ("q1", "q2"), depth: int = 10
) -> Given:
    (folder / "in.run").write_text(run)
    rows = [{"id": each, "title": each.upper(), "text": f"text of {each}"} for each in have]
    (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return Given(folder / "in.run", folder / "c.jsonl", topics, depth)


def test_candidates_stand_by_score_then_rank_as_written_with_their_texts(tmp_path: Path) -> None:
    topic = given(tmp_path).topic("q1")
    found = topic.search("is not looked at", 2)
    assert [(each.id, each.rank, each.score) for each in found] == [("b", 1, 2.0), ("a", 2, 2.0)]
    assert (found[0].title, found[0].text) == ("B", "text of b")
    assert (topic.name, topic.index, topic.score_name) == ("run", "c.jsonl", "score of the given run")


def test_what_is_below_the_depth_follows_in_the_same_order(tmp_path: Path) -> None:
    here = given(tmp_path, depth=1)
    assert here.beyond("q1", 1) == ["a", "c"]
    assert here.beyond("q1", 3) == here.beyond("nobody", 0) == []


def test_texts_are_held_for_the_first_documents_of_the_topics_alone(tmp_path: Path) -> None:
    here = given(tmp_path, have="bd", topics=["q1", "q2"], depth=1)
    assert here.text("b") == ("B", "text of b")
    assert here.text("a") is here.text("gone") is None
    assert here.topic("q1").document("nobody") is None
    found = here.topic("q1").document("b")
    assert found is not None
    assert (found.rank, found.score) == (0, 0.0)
    with pytest.raises(Problem) as raised:
        here.topic("q1").search("", 2)
    assert str(raised.value) == "document 'a' of the run is not in the corpus, give the corpus it was made on"


def test_topics_without_candidates_are_left_out(tmp_path: Path) -> None:
    assert given(tmp_path, topics=["q2", "q9"]).topics == {"q2"}


def test_a_run_without_one_of_the_topics_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        given(tmp_path, topics=["q8", "q9"])
    assert str(raised.value) == (
        f"run '{tmp_path}/in.run' has none of the topics: its first is 'q1', the first asked for is 'q8'"
    )


def test_a_corpus_that_lacks_texts_is_refused_before_anything_slow(tmp_path: Path) -> None:
    with pytest.raises(Problem) as raised:
        given(tmp_path, have="bc")
    assert str(raised.value) == (
        f"corpus '{tmp_path}/c.jsonl' lacks 2 of the documents that the run begins with, the first is 'a'; give the "
        "corpus it was made on"
    )


def test_a_document_that_stands_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="^run in.run line 2: document 'a' was there before for topic 'q1'$"):
        given(tmp_path, run="q1 Q0 a 1 2 t\nq1 Q0 a 2 1 t\n")


def test_a_run_without_scores_says_that_they_are_of_ranks(tmp_path: Path) -> None:
    topic = given(tmp_path, run="q1 b 1\nq1 a 2\n", topics=["q1"]).topic("q1")
    assert topic.score_name == "1 / rank in the given run, which has no scores"
    assert [each.score for each in topic.search("", 5)] == [1.0, 0.5]


def test_ids_are_values_and_never_a_part_of_a_question_to_the_database(tmp_path: Path) -> None:
    odd = "a';drop"
    run = f"q1 Q0 {odd} 1 2 t\n"
    (tmp_path / "in.run").write_text(run)
    (tmp_path / "c.jsonl").write_text(json.dumps({"id": odd, "text": "x"}))
    here = Given(tmp_path / "in.run", tmp_path / "c.jsonl", ["q1"], 5)
    assert [each.id for each in here.topic("q1").search("", 5)] == [odd]

"""Questions drawn from relevance labels: one relevant document among others, the same for the same seed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.reranking.scores import UNKNOWN, Scores
from rankr1_app.training.questions import Source, draw
from rankr1_app.training.recipe import Recipe, read_toml, rendered

from .tiny import recipe, source


@pytest.mark.parametrize("run", [False, True])
def test_one_relevant_document_among_others(tmp_path: Path, run: bool) -> None:
    found = list(draw([source(tmp_path, run=run)], 40, (2, 6), in_order=False, seed=1))
    assert len(found) == 40
    for question in found:
        ids = [document.id for document in question.documents]
        assert len(ids) == len(set(ids))
        right = {"first topic": "d3", "second topic": "d1"}[question.query]
        assert ids[question.right] == right
        assert ids.count(right) == 1
    assert {question.query for question in found} == {"first topic", "second topic"}
    assert {question.right for question in found} > {0, 1, 2}
    assert {len(question.documents) for question in found} == {2, 3, 4, 5, 6}


def test_negatives_come_from_the_run(tmp_path: Path) -> None:
    found = list(draw([source(tmp_path, run=True)], 40, (5, 5), in_order=False, seed=1))
    shown = {document.id for question in found if question.query == "first topic" for document in question.documents}
    assert shown == {f"d{n}" for n in range(8)}


def test_first_stage_order_shows_what_the_run_has_as_it_has_it(tmp_path: Path) -> None:
    found = list(draw([source(tmp_path, run=True)], 30, (4, 4), in_order=True, seed=1))
    assert {question.query for question in found} == {"first topic"}, "d1 is not in the run of the second topic"
    for question in found:
        numbers = [int(document.id[1:]) for document in question.documents]
        assert numbers == sorted(numbers, reverse=True)


def test_the_same_seed_draws_the_same(tmp_path: Path) -> None:
    asked = [source(tmp_path, run=True)]
    assert list(draw(asked, 9, (2, 6), in_order=False, seed=1)) == list(draw(asked, 9, (2, 6), in_order=False, seed=1))
    assert list(draw(asked, 9, (2, 6), in_order=False, seed=1)) != list(draw(asked, 9, (2, 6), in_order=False, seed=2))


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="needs a first stage"):
        list(draw([source(tmp_path, run=False)], 1, (2, 2), in_order=True, seed=1))
    good = source(tmp_path, run=True)
    (tmp_path / "bm25.run").write_text("a Q0 dx 1 3 bm25")
    with pytest.raises(Problem, match="names document 'dx' for topic 'a'"):
        list(draw([good], 1, (2, 2), in_order=False, seed=1))
    (tmp_path / "qrels.txt").write_text("z 0 d1 1\n")
    with pytest.raises(Problem, match="no topic of"):
        list(draw([source_without_run(good)], 1, (2, 2), in_order=False, seed=1))


def source_without_run(source: Source) -> Source:
    """The same, negatives from the corpus."""
    return Source(corpus=source.corpus, topics=source.topics, qrels=source.qrels)


def test_scores_of_a_first_stage_are_shown_where_runs_have_them(tmp_path: Path) -> None:
    collection = source(tmp_path, run=True)
    lines = [f"a Q0 d{n} 1 {n / 10} dense" for n in range(1, 6)]
    (tmp_path / "dense.run").write_text("\n".join(lines))
    with_scores = replace(collection, lexical=tmp_path / "bm25.run", semantic=tmp_path / "dense.run")
    for question in draw([with_scores], 10, (8, 8), in_order=True, seed=1):
        found = {each.id: scores for each, scores in zip(question.documents, question.scores, strict=True)}
        assert found["d3"] == Scores(words=45, meaning=30)
        assert found["d0"] == Scores(words=0, meaning=None)
    (plain,) = draw([collection], 1, (3, 3), in_order=True, seed=1)
    assert plain.scores == (UNKNOWN,) * 3


def test_a_prompt_that_carries_scores_is_learnt_with_them(tmp_path: Path) -> None:
    made = recipe(tmp_path, 4, 'prompt = "setwise-insert-v1"\nlearning_rate = 1.0\naccumulate = 1\n')
    source(tmp_path / "data", run=True)
    text = made.read_text().replace('bm25.run"', f'bm25.run"\nlexical = "{tmp_path}/data/bm25.run"')
    made.write_text(text)
    every = "".join(each.messages[1]["content"] for each in rendered(read_toml(made, Recipe), None))
    assert re.search(r"\[\d\] words (\.\d\d|1\.00), meaning none: T\d", every)

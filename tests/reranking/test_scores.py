"""What the first stage knows of a candidate, in the forms that prompts show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rankr1_app.events import Candidate, Source
from rankr1_app.reranking.prompt import load
from rankr1_app.reranking.scores import UNKNOWN, Scores, scores_of
from rankr1_app.retrieval.protocol import sourced


def candidate(name: str, **scores: float) -> Candidate:
    names = {"bm25": "BM25", "dense": "cosine similarity", "own": "score"}
    sources = tuple(Source(retriever=kind, rank=1, score=s, score_name=names[kind]) for kind, s in scores.items())
    return Candidate(id=name, title="", text="x", rank=1, score=0.0, sources=sources)


def test_scores_are_shares_and_hundredths() -> None:
    known = scores_of([candidate("a", bm25=8.0, dense=0.614), candidate("b", bm25=3.1), candidate("c", dense=-0.2)])
    assert known == {"a": Scores(100, 61), "b": Scores(40, None), "c": Scores(None, 0)}
    assert [str(each) for each in known.values()] == [
        "words 1.00, meaning .61",
        "words .40, meaning none",
        "words none, meaning .00",
    ]


def test_what_is_near_to_query_and_first_documents_together_goes_before_the_cosine() -> None:
    near, far = candidate("a", dense=0.6), candidate("b", dense=0.6)
    sources = tuple(replace(source, near=0.42) for source in near.sources)
    assert scores_of([replace(near, sources=sources), far]) == {"a": Scores(None, 42), "b": Scores(None, 60)}


def test_scores_of_another_kind_are_not_shown() -> None:
    assert scores_of([candidate("a", own=17.0)]) == {"a": UNKNOWN}
    assert scores_of([candidate("a", bm25=0.0)]) == {"a": UNKNOWN}
    assert scores_of([]) == {}


def test_a_single_first_stage_names_its_score() -> None:
    plain, fused = replace(candidate("a"), score=4.0), candidate("b", bm25=1.0)
    found = sourced((plain, replace(plain, id="c", score=8.0), fused), "bm25", "BM25")
    assert found[0].sources == (Source(retriever="bm25", rank=1, score=4.0, score_name="BM25", best=8.0),)
    assert found[2] is fused


def test_a_part_of_a_list_shows_the_same_as_the_whole() -> None:
    """A comparison that is asked again differs in nothing but what was changed."""
    whole = sourced([replace(candidate(f"d{n}"), score=10.0 / n) for n in (1, 2, 3)], "bm25", "BM25")
    assert scores_of(whole[1:]) == {name: scores_of(whole)[name] for name in ("d2", "d3")}
    assert scores_of(whole)["d2"] == Scores(50, None)


def test_the_prompt_shows_them_before_each_document() -> None:
    content = load("setwise-insert-v1").messages("q", ["a", "b"], ["words .40, meaning none", str(UNKNOWN)])[1].content
    assert load("setwise-insert-v1").messages("q", ["a"])[1].content.endswith("[1] words none, meaning none: a")
    assert content.endswith("documents:\n[1] words .40, meaning none: a\n\n[2] words none, meaning none: b")


@pytest.mark.parametrize("name", ["setwise-r1-v0.1", "setwise-r1-v0.2", "setwise-sft"])
def test_published_prompts_show_none(name: str) -> None:
    prompt = load(name)
    assert prompt.messages("q", ["a"], ["words .40, meaning none"]) == prompt.messages("q", ["a"])

"""Recordings of several rankers beside each other: whose ranking each is, what it took, and how much they agree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rankr1_app.contrast import Recorded, cell, costs, least, ranker, recorded, section, systems
from rankr1_app.events import (
    CallStarted,
    Candidate,
    Event,
    RankSettled,
    Retrieved,
    SearchFinished,
    SearchStarted,
    Totals,
)
from rankr1_app.judgements import demo

BASE = Recorded(
    name="one",
    query="bread",
    ranker="mine",
    settings={"reranker": "mine"},
    ranked=("a", "b", "c"),
    order=("a", "b", "c", "d"),
    totals=Totals(calls=4, prompt_tokens=900, completion_tokens=100, seconds=2.0),
    grades={},
)


def events(settings: dict[str, object], ended: bool = True) -> list[Event]:
    """A search of four documents, of which the model settled two."""
    documents = tuple(Candidate(id=each, title="", text="", rank=rank, score=1) for rank, each in enumerate("abcd", 1))
    found: list[Event] = [
        SearchStarted(query="bread", settings=settings, versions={}, seed=1, started=""),
        Retrieved(at=0, index="i", retriever="r", score_name="s", candidates=documents, seconds=0),
        CallStarted(at=0, call=1, round=1, purpose="p", documents=("a", "b")),
        RankSettled(at=1, rank=2, document="b", calls=()),
        RankSettled(at=1, rank=1, document="d", calls=()),
    ]
    end = SearchFinished(at=2, ranking=("d", "b", "a", "c"), settled=2, totals=Totals(calls=1))
    return [*found, end] if ended else found


def test_a_reranker_ranked_what_it_settled_and_a_first_stage_its_first() -> None:
    assert recorded("x", events({"reranker": "mine"})).ranked == ("d", "b")
    assert recorded("x", events({"reranker": "none", "k": 3})).ranked == ("d", "b", "a")
    assert recorded("x", events({"reranker": "none"}, ended=False)).order == ("d", "b", "a", "c")


@pytest.mark.parametrize("k", ["ten", 1e400, -3, [3], 2.5, True])
def test_a_recording_of_another_maker_may_have_any_k(k: object) -> None:
    assert recorded("x", events({"reranker": "none", "k": k})).ranked == ("d", "b", "a", "c")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"reranker": "rankgpt", "engine": "openai", "model": "gpt"}, "gpt, prompted as rankgpt"),
        ({"reranker": "rankgpt", "engine": "transformers", "model": "gpt"}, "rankgpt"),
        ({"reranker": "none", "retriever": "dense"}, "dense"),
        ({}, "first stage"),
    ],
)
def test_whose_ranking_a_search_is(settings: dict[str, object], name: str) -> None:
    assert ranker(settings) == name


def test_one_ranker_that_was_asked_twice_is_told_apart_by_what_was_changed() -> None:
    runs = [
        replace(BASE, name=sort, settings={"reranker": "mine", "sort": sort, "index": sort})
        for sort in ("chain", "heapsort")
    ]
    assert [*systems(runs)] == ["mine, sort chain", "mine, sort heapsort"]
    assert [*systems(runs[:1])] == ["mine"]
    assert [*systems([runs[0], replace(runs[1], query="another")])] == ["mine"], "it ranked no query twice"


def test_rankers_without_a_query_in_common_are_not_compared() -> None:
    assert section([BASE, replace(BASE, ranker="other", query="tea")]) == ""
    assert section([BASE]) == ""


def test_queries_come_first_on_which_rankers_agree_least() -> None:
    other = replace(BASE, name="two", ranker="other")
    far = replace(other, name="far", query="tea", ranked=("x", "y", "z"))
    html = section([BASE, other, replace(BASE, name="near", query="tea"), far])
    assert "<h2>2 rankers on 2 queries</h2>" in html
    assert html.index(">tea</a></td><td>0.00</td>") < html.index(">bread</a></td><td>1.00</td>")
    assert "<td>mine and other</td><td>2</td><td>1.00</td><td>0.50</td>" in html
    assert 'href="#one,two"' in html


def test_a_ranking_of_nothing_agrees_with_none() -> None:
    assert least([BASE, replace(BASE, ranked=())]) == 0.0
    assert least([BASE, BASE]) == pytest.approx(1.0)


def test_costs_and_measures_are_those_that_are_known() -> None:
    judged = replace(BASE, query="tea", grades={"b": 1}, totals=Totals(calls=2, seconds=4.0))
    assert judged.ndcg == pytest.approx(0.6309, abs=1e-4)
    row = costs({"<mine>": [BASE, judged]})
    assert "<td><b>&lt;mine&gt;</b></td><td>2</td><td>0.6309 <small>(1 judged)</small></td>" in row
    assert "<td>3.0</td><td>500</td><td>3.00</td>" in row
    late = replace(BASE, totals=Totals(calls=1, seconds=99.0))
    assert "<td>4.00</td>" in costs({"mine": [BASE, judged, late]}), "one that hung does not count"
    assert "<td>–</td>" in costs({"mine": [BASE]})


def test_a_cell_leads_to_its_recording() -> None:
    assert cell(replace(BASE, name="a,b/c")) == '<a href="#a%2Cb%2Fc">3 ranks</a>'
    assert cell(replace(BASE, grades={"a": 1})) == '<a href="#one">nDCG 1.00</a>'
    assert cell(None) == "–"


def test_grades_are_those_of_the_demo_collection() -> None:
    query = (Path(__file__).parent.parent / "rankr1_app" / "demo" / "topics.tsv").read_text("utf-8").split("\t")[1]
    query = query.splitlines()[0]
    first, found, *rest = events({"reranker": "mine"})
    assert isinstance(first, SearchStarted)
    assert isinstance(found, Retrieved)
    known = [replace(first, query=query), replace(found, index="demo"), *rest]
    assert recorded("x", known).grades == demo().of("demo", query) != {}
    assert recorded("x", [known[0], found, *rest]).grades == {}

"""What is asked about a search once its list is there: where a document stands, and which of two is better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import CallFinished, Candidate, RankSettled, Retrieved
from rankr1_app.inquiry import FARTHEST, FOUND, Inquiry
from rankr1_app.plan import Plan
from rankr1_app.retrieval.protocol import Term, Word
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from rankr1_app.wiring import Wiring

from .doubles import Fixed, Scripted, candidates, setwise


@dataclass
class Words(Fixed):
    """A first stage that can say what a term does; it finds documents whose text holds a word that is asked for."""

    name: str = "words"
    hidden: tuple[Candidate, ...] = ()

    def search(self, query: str, depth: int) -> tuple[Candidate, ...]:
        wanted = [each for each in self.found if set(query.split()) & set(each.text.split())]
        return tuple(replace(each, rank=rank) for rank, each in enumerate(wanted[:depth], 1))

    def document(self, document: str) -> Candidate | None:
        below = {each.id: replace(each, rank=0, score=0.0) for each in (*self.found, *self.hidden)}
        return below.get(document)

    def terms(self, query: str, document: str) -> tuple[Term, ...]:
        return tuple(Term(stem=word, words=(word,), often=1, weight=0.5) for word in query.split())

    def explain(self, query: str) -> tuple[Word, ...]:
        held = [sum(word in each.text.split() for each in (*self.found, *self.hidden)) for word in query.split()]
        return tuple(Word(word, (word,), (often,)) for word, often in zip(query.split(), held, strict=True))


@dataclass
class Meaning(Fixed):
    """A first stage by meaning, which can say where any document stands."""

    name: str = "meaning"
    encoder: str = "two"

    def places(self, query: str, documents: list[str]) -> dict[str, tuple[int, float]]:
        return dict.fromkeys(documents, (1234, 0.25))

    def sentences(self, query: str, document: Candidate) -> tuple[Any, ...]:
        return ()


@dataclass
class Both(Words):
    """A fused first stage of the two."""

    @property
    def parts(self) -> tuple[Fixed, ...]:
        return (Words(self.found), Meaning(self.found))


def inquiry(monkeypatch: pytest.MonkeyPatch, retriever: Fixed, query: str = "number", **given: Any) -> Inquiry:
    monkeypatch.setattr(Wiring, "retriever", lambda wiring, plan: retriever)
    return Inquiry(Service(Settings(index="numbers", retriever="bm25", **given)), Settings(**given), query)


def test_a_document_is_found_by_its_id_before_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = inquiry(monkeypatch, Words(candidates([3, 9, 5])), "number 9")
    [found] = asked.find(" d9 ")["documents"]
    assert (found["id"], found["rank"], found["text"]) == ("d9", 2, "number 9")
    assert [term["stem"] for term in found["terms"]] == ["number", "9"]
    assert (found["encoder"], found["sentences"]) == ("", [])
    by_words = asked.find("number")
    assert ([each["id"] for each in by_words["documents"]], by_words["note"]) == (["d3", "d9", "d5"], "")


def test_no_more_documents_are_offered_than_a_person_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    found = inquiry(monkeypatch, Words(candidates(range(20)))).find("number")
    assert len(found["documents"]) == FOUND


def test_where_no_document_has_the_id_or_the_words_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    found = inquiry(monkeypatch, Words(candidates([3]))).find("elsewhere")
    assert found == {"documents": [], "note": "No document has this id or any of these words."}


def test_a_document_below_the_list_has_no_rank_and_the_sum_of_its_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = (Candidate(id="far", title="", text="x" * 999, rank=1, score=1.0),)
    [found] = inquiry(monkeypatch, Words(candidates([3]), hidden=hidden), "number 3").find("far")["documents"]
    assert (found["rank"], found["score"], found["sources"]) == (None, 1.0, [])
    assert len(found["text"]) == 400


def test_a_part_that_knows_where_a_document_stands_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = (Candidate(id="far", title="", text="x", rank=1, score=1.0),)
    [found] = inquiry(monkeypatch, Both(candidates([3]), hidden=hidden)).find("far")["documents"]
    assert [(each["retriever"], each["rank"], each["score"]) for each in found["sources"]] == [("meaning", 1234, 0.25)]
    assert (found["score"], found["encoder"]) == (0.0, "two"), "the terms of one part are not the score of both"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_is_not_looked_for(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem) as refused:
        inquiry(monkeypatch, Words(())).find(text)
    assert str(refused.value) == "type an id or some words of the document that is looked for"


async def test_two_documents_are_compared_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Scripted()

    def reranker(wiring: Wiring, plan: Plan) -> object:
        return setwise(engine)

    monkeypatch.setattr(Wiring, "reranker", reranker)
    events = await inquiry(monkeypatch, Words(candidates([3, 9, 5]))).compare(["d5", "d9"])
    assert isinstance(events[0], Retrieved)
    assert [(each.id, each.rank) for each in events[0].candidates] == [("d9", 2), ("d5", 3)], "in first-stage order"
    assert [each.sources[0].retriever for each in events[0].candidates] == ["words", "words"]
    assert [event.order for event in events if isinstance(event, CallFinished)] == [("d9",)]
    assert [event.document for event in events if isinstance(event, RankSettled)] == ["d9"]
    assert len(engine.asked) == 1


async def test_a_document_below_the_list_may_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = (Candidate(id="far", title="", text="other 7", rank=1, score=1.0),)
    found = inquiry(monkeypatch, Words(candidates([3]), hidden=hidden)).two(["far", "d3"])
    assert [(each.id, each.rank) for each in found] == [("d3", 1), ("far", FARTHEST + 1)]


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        (["d3"], "['d3'] are not two different documents"),
        (["d3", "d3"], "['d3', 'd3'] are not two different documents"),
        (["d3", "nope"], "document 'nope' is not in index 'demo'"),
        ([], "[] are not two different documents"),
    ],
)
async def test_what_cannot_be_compared_is_refused(
    documents: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Problem) as refused:
        await inquiry(monkeypatch, Words(candidates([3, 9]))).compare(documents)
    assert str(refused.value) == says


async def test_the_first_stage_alone_compares_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match="^reranker 'none' compares nothing, choose one that does$"):
        await inquiry(monkeypatch, Words(candidates([3, 9])), reranker="none").compare(["d3", "d9"])

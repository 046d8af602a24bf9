"""Whether anything that was found may fit the query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rankr1_app import paths
from rankr1_app.catalogue import entry
from rankr1_app.events import Candidate, Source
from rankr1_app.inquiry import Inquiry
from rankr1_app.pipeline import found
from rankr1_app.retrieval import fit
from rankr1_app.retrieval.protocol import Retriever, Term, Word
from rankr1_app.service import Service
from rankr1_app.settings import Settings
from tests.doubles import Fixed


@dataclass
class Lexical(Fixed):
    """A first stage by words, which knows of every document how many of the query's words it has."""

    has: tuple[int, ...] = ()

    def terms(self, query: str, document: str) -> tuple[Term, ...]:
        words = query.split()
        return tuple(Term(word, (word,), 1, float(n < self.has[int(document)])) for n, word in enumerate(words))

    def explain(self, query: str) -> tuple[Word, ...]:
        raise NotImplementedError


@dataclass
class Both(Fixed):
    """One by words beside one by meaning."""

    parts: tuple[Retriever, ...] = ()


def made(closeness: Sequence[float]) -> tuple[Candidate, ...]:
    """Return candidates as near in meaning as that."""
    return tuple(
        Candidate(
            id=str(n),
            title="",
            text="t",
            rank=n + 1,
            score=1.0,
            sources=(Source(retriever="dense", rank=n + 1, score=each, score_name="cosine similarity"),),
        )
        for n, each in enumerate(closeness)
    )


def doubt(query: str, closeness: Sequence[float], has: Sequence[int]) -> str:
    documents = made(closeness)
    return fit.doubt(Both(documents, parts=(Lexical(documents, has=tuple(has)),)), query, documents)


def test_far_documents_with_few_of_the_words_are_doubted_with_both_figures() -> None:
    assert doubt("zebra quantum tax", [0.131, 0.05], [1, 1]) == (
        "It may be that nothing here fits: no document is nearer in meaning to the query alone than .13 (1 at most), "
        "and the best of the first 2 documents has 1 of the query's 3 words"
    )


def test_the_page_knows_the_sentence_that_it_sets_above_the_list() -> None:
    begins = re.search(r'const DOUBT = "(.+)";', (paths.STATIC / "words.js").read_text("utf-8"))
    assert begins is not None
    assert fit.sentence(["so far"]).startswith(f"{begins[1]}: ")


def test_what_is_nearer_is_doubted_only_with_what_is_known_of_words() -> None:
    assert fit.FAR < 0.28 < fit.NEAR
    assert doubt("zebra quantum tax", [0.28], [1]).endswith("the only document has 1 of the query's 3 words")
    assert fit.doubt(Fixed(made([0.28])), "q", made([0.28])) == ""


@pytest.mark.parametrize(
    ("closeness", "has"),
    [([0.3, 0.0], [1, 1]), ([0.1, 0.1], [0, 2]), ([0.29], [2])],
    ids=["near in meaning", "most of the words", "the only one has most"],
)
def test_what_may_fit_is_not_doubted(closeness: Sequence[float], has: Sequence[int]) -> None:
    assert doubt("zebra quantum tax", closeness, has) == ""


def test_by_meaning_alone_only_what_is_far_is_doubted() -> None:
    for nearest, doubted in ((0.24, True), (0.26, False)):
        documents = tuple(
            Candidate(id=str(n), title="", text="t", rank=n + 1, score=nearest - n / 100) for n in range(2)
        )
        assert bool(fit.doubt(Fixed(documents, score_name="cosine similarity"), "q", documents)) == doubted


def test_by_words_alone_one_word_of_many_is_doubted() -> None:
    documents = tuple(Candidate(id=str(n), title="", text="t", rank=n + 1, score=1) for n in range(3))
    for query, has, doubted in (("a b c", 1, True), ("a b c", 2, False), ("a b", 1, False)):
        retriever = Lexical(documents, has=(1, has, 1))
        assert bool(fit.doubt(retriever, query, documents)) == doubted, query


def test_nothing_found_and_nothing_known_is_not_doubted() -> None:
    assert fit.doubt(Fixed(()), "q", ()) == ""
    assert fit.doubt(Fixed(made([0.9])), "q", made([0.9])) == ""


def test_it_is_said_of_the_list_unless_something_else_was_searched_for(texts: Path) -> None:
    service = Service(Settings(index=str(texts), reranker="none"))
    parts = service.prepare("zebra quantum tax", service.settings)
    _, note = found(parts, parts.query, True)
    assert ". It may be that nothing here fits: no document is nearer" in note
    assert "It may be" not in found(parts, parts.query, False)[1]
    fitting = service.prepare("a vehicle and its engine", service.settings)
    assert found(fitting, fitting.query, True)[1] == ""


def test_the_list_says_what_the_model_cannot_read(texts: Path) -> None:
    service = Service(Settings(index=str(texts)))
    parts = service.prepare("面包", service.settings)
    assert found(parts, parts.query, True)[1].endswith(". " + entry("rank-r1-nano").unread("面包"))
    oracle = Settings(index=str(texts), engine="openai", model="another", base_url="http://127.0.0.1:1/v1")
    assert Service(oracle).prepare("面包", oracle).unread == ""


def test_a_document_that_is_not_there_is_not_found(texts: Path) -> None:
    settings = Settings(index=str(texts), reranker="none")
    looked = Inquiry(Service(settings), settings, "engine")
    absent = looked.find("xyzzyq")
    assert absent["documents"] == []
    assert absent["note"].startswith("No document has this id or any of these words, and none is near in meaning: the ")
    near = looked.find("automobiles")
    assert [each["id"] for each in near["documents"]][:1] == ["car"]
    by_words = Inquiry(Service(settings), Settings(index=str(texts), reranker="none", retriever="bm25"), "engine")
    assert by_words.find("xyzzyq") == {"documents": [], "note": "No document has this id or any of these words."}
    assert by_words.find("engine")["note"] == ""

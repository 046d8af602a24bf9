"""BM25's parts add up to BM25's score, for every hit of every demo topic."""

from __future__ import annotations

import pytest

from rankr1_app.paths import DEMO
from rankr1_app.retrieval.bm25 import BM25, open_index


@pytest.fixture(scope="module")
def demo() -> BM25:
    return open_index("demo")


def test_the_parts_add_up_to_the_score(demo: BM25) -> None:
    topics = [line.split("\t", 1)[1] for line in (DEMO / "topics.tsv").read_text("utf-8").splitlines()]
    seen = 0
    for topic in [*topics, "bread and bread and more bread, dough and doughs"]:
        for hit in demo.search(topic, 5):
            seen += 1
            # A hit's score is rounded to four digits, and lowered by millionths where it ties.
            assert sum(term.weight for term in demo.terms(topic, hit.id)) == pytest.approx(hit.score, abs=3e-4)
    assert seen > 100


def test_stems_stand_for_the_words_of_the_query(demo: BM25) -> None:
    terms = demo.terms("breads bread's rising risings xyzzy", "bread-03")
    assert {term.stem: (term.words, term.often) for term in terms} == {
        "bread": (("breads", "bread's"), 2),
        "rise": (("rising", "risings"), 2),
        "xyzzi": (("xyzzy",), 1),
    }
    assert terms[-1].weight == 0


def test_a_document_by_its_id(demo: BM25) -> None:
    (hit,) = demo.search("bread dough rises", 1)
    found = demo.document(hit.id)
    assert found is not None
    assert (found.title, found.text) == (hit.title, hit.text)
    assert demo.document("no such id") is None

"""BM25 as vectors: the weights of a document are those that Lucene gives it, or the index is refused."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator

import numpy
import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import bm25, cluster, indexes, weights
from rankr1_app.retrieval.weights import NOTHING, Terms, Weights

TEXTS = ["bread rises", "bread bread and dough", "the of", "tea " * 300, "", "bread é漢"]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bm25.Opened]:
    """An open index of a few documents, one of which has no term, and one a long text."""
    folder = tmp_path_factory.mktemp("weights")
    rows = [{"id": f"d{n}", "title": "T" * (text == ""), "text": text} for n, text in enumerate(TEXTS)]
    (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    opened = bm25.opened(indexes.build(folder / "c.jsonl", "mine", folder)[0].folder)
    yield opened
    opened.close()


def test_an_index_of_other_terms_than_those_of_its_texts_is_refused(
    index: bm25.Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = weights.read

    def doubled(index: bm25.Opened, number: int) -> weights.Read:
        found = read(index, number)
        return weights.Read(found.found, [*found.terms, *found.terms])

    for other in (doubled, lambda index, number: weights.Read(read(index, number).found, ["unheard"])):
        monkeypatch.setattr(weights, "read", other)
        with pytest.raises(Problem, match="its terms are not those of its texts, build it again"):
            weights.check(index, table(index))


def table(index: bm25.Opened) -> weights.Terms:
    from array import array

    pairs = list(weights.vocabulary(index))
    return weights.terms_of(
        index, array("q", [cluster.key_of(term) for term, _ in pairs]), array("q", [often for _, often in pairs])
    )


def test_terms_come_in_one_order_with_how_many_documents_have_them(index: bm25.Opened) -> None:
    found = list(weights.vocabulary(index))
    assert found == list(weights.vocabulary(index)) == sorted(found)
    assert dict(found)["bread"] == 3
    assert index.counts()[1] == 2 + 3 + 300 + 1 + 3


def test_weights_of_documents_are_lucenes(index: bm25.Opened) -> None:
    terms = table(index)
    weights.check(index, terms)
    weigh, numbers = (
        Weights(index, terms),
        dict(zip([t for t, _ in weights.vocabulary(index)], range(1, 99), strict=False)),
    )
    for number in range(index.documents):
        document = weights.read(index, number)
        found = weigh.of(number, document.terms)
        assert found == pytest.approx(
            {numbers[term]: bm25.weight(index, document.found.id, term) for term in set(document.terms)}
            or {NOTHING: 1.0},
            abs=1e-6,
        )


def test_a_term_that_no_document_has_is_refused_in_words(index: bm25.Opened) -> None:
    with pytest.raises(Problem) as raised:
        Weights(index, table(index)).of(0, ["unheard"])
    assert str(raised.value) == (
        "index 'mine' was not built as this product builds one: its terms are not those of its texts, build it again"
    )


def test_two_terms_of_one_key_are_refused(index: bm25.Opened) -> None:
    with pytest.raises(Problem) as raised:
        weights.terms_of(index, array("q", [5, 3, 5]), array("q", [1, 1, 1]))
    assert str(raised.value) == "index 'mine' has two terms of one key, it cannot be told which is meant"


def test_terms_are_found_by_their_keys_or_none_of_them_is(index: bm25.Opened) -> None:
    terms = table(index)
    places = terms.places(["rise", "bread"])
    assert places is not None
    assert terms.keys[places].tolist() == [cluster.key_of("rise"), cluster.key_of("bread")]
    assert terms.places(["bread", "unheard"]) is None
    none = Terms(numpy.zeros(0, numpy.int64), numpy.zeros(0, numpy.int64), numpy.zeros(0, numpy.float32))
    assert none.places(["bread"]) is None

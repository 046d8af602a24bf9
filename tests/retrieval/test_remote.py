"""An index in Milvus, opened: its rows become documents, terms and scores, whatever is in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.events import Place
from rankr1_app.retrieval import cluster, remote
from rankr1_app.retrieval.cluster import Gone, Pushed
from rankr1_app.retrieval.indexes import IndexInfo, VectorsInfo
from rankr1_app.retrieval.protocol import Choices
from rankr1_app.retrieval.remote import Opened, candidate

INFO = IndexInfo(name="x", documents=3, bytes=9, created="now", source="c.jsonl", fingerprint="f", version=2)


def row(number: int, document: str, **more: Any) -> dict[str, Any]:
    """Return a document as Milvus gives it, its texts in pieces."""
    return {"number": number, "id": [document], "title": ["T"], "text": ["one ", "two"], "place": []} | more


TERMS = {
    cluster.key_of(term): {"term": term, "number": number, "documents": documents}
    for term, number, documents in (("bread", 1, 2), ("rise", 2, 1))
}


@dataclass
class Fake:
    """A Milvus with these documents."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def rows(self, collection: str, keys: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
        self.asked.append((collection, list(keys)))
        if collection == "c_terms":
            return [TERMS[key] for key in keys if key in TERMS]
        return [each for each in self.documents if each["number"] in keys]

    def call(self, method: str, collection: str, **how: Any) -> Any:
        self.asked.append((method, how))
        if method == "search":
            return [
                [{"number": each["number"], "distance": 0.5, "entity": {"id": each["id"]}} for each in self.documents]
            ]
        return self.documents


def opened(*documents: dict[str, Any], info: IndexInfo = INFO) -> tuple[Opened, Fake]:
    """Return an open index with these documents, and the Milvus that it is in."""
    fake = Fake(list(documents))
    return Opened(milvus=fake, pushed=Pushed(info, "c")), fake  # type: ignore[arg-type]


def test_a_document_is_put_together_from_its_pieces() -> None:
    place = Place(file="f.pdf", page=2, start=0, end=7)
    found = candidate(row(0, "a", place=[json.dumps(vars(place))[:9], json.dumps(vars(place))[9:]]))
    assert (found.id, found.title, found.text, found.place) == ("a", "T", "one two", place)
    assert (found.rank, found.score) == (0, 0.0)
    assert candidate(row(0, "a")).place is None


def test_a_document_is_the_one_of_that_id_among_those_of_one_key() -> None:
    index, fake = opened(row(0, "other"), row(1, "a"))
    found = index.document("a")
    assert found is not None
    assert found.id == "a"
    assert fake.asked[0][1]["filter"] == f"key == {cluster.key_of('a')}"
    assert index.document("nobody") is None


def test_an_id_is_never_a_part_of_a_question() -> None:
    index, fake = opened()
    index.document('a" or key > 0 or "')
    assert fake.asked[0][1]["filter"].removeprefix("key == ").isdigit()


def test_texts_are_read_a_hundred_at_a_time_and_lost_ones_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "TEXTS", 2)
    index, fake = opened(*(row(number, f"d{number}") for number in range(5)))
    assert {number: each.id for number, each in index.texts([0, 1, 2, 3, 4]).items()} == {n: f"d{n}" for n in range(5)}
    assert [keys for _, keys in fake.asked] == [[0, 1], [2, 3], [4]]
    assert index.texts([]) == {}
    with pytest.raises(Gone) as raised:
        index.texts([4, 9])
    assert str(raised.value) == "index 'x' in Milvus lost documents while it was searched"


def test_terms_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    index, fake = opened()
    assert index.terms(["bread", "unheard", "bread"]) == {"bread": (1, 2)}
    assert index.frequencies(["bread", "unheard", "rise"]) == {"bread": 2, "unheard": 0, "rise": 1}
    assert [len(keys) for _, keys in fake.asked] == [2, 1]
    monkeypatch.setattr(remote, "WORDS", 1)
    assert index.terms(["rise", "another"]) == {"rise": (2, 1)}
    assert set(index.vocabulary) == {"another"}, "what is held does not grow without end"


def test_weights_go_by_the_numbers_of_terms() -> None:
    index, _ = opened(row(0, "a", words={1: 0.75, 9: 2.0}))
    assert remote.numbered(index, {"bread": 2, "unheard": 1}) == {1: 2.0}
    assert remote.weights(index, "a", ["bread", "rise", "unheard"]) == {"bread": 0.75}
    assert remote.weights(index, "nobody", ["bread"]) == {}


def test_the_best_are_ranked_by_score_then_id() -> None:
    index, _ = opened(*(row(number, document) for number, document in enumerate("abc")))
    found = index.ranked([(2, "c", 1.0), (1, "b", 2.0), (0, "a", 1.0)], 2)
    assert [(each.id, each.rank, each.score) for each in found] == [("b", 1, 2.0), ("a", 2, 1.0)]


def test_lists_of_vectors_are_searched_as_on_the_machine_that_made_them() -> None:
    lists = replace(INFO, vectors=VectorsInfo(encoder={}, folder="v", lists=7, probes=3, cut=0))
    for info, field_, params in ((INFO, "meaning", {}), (lists, "meaning", {"nprobe": 3}), (lists, "words", {})):
        index, fake = opened(row(0, "a"), info=info)
        assert index.hits(field_, [1.0], 5) == [{"number": 0, "distance": 0.5, "id": "a"}]
        assert fake.asked[0][1]["search_params"] == {"metric_type": "IP", "params": params}


def test_an_index_without_vectors_cannot_be_opened_by_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "pushed", lambda *_: (Fake(), Pushed(INFO, "c")))
    with pytest.raises(Problem) as raised:
        remote.opened_meaning("x", Choices(milvus="all.db"))
    assert str(raised.value) == (
        "index 'x' is in Milvus without vectors: `rankr1 index build --dense --name x` adds them, push it then again"
    )
    assert remote.opened_words("x", Choices(milvus="all.db")).documents == 3

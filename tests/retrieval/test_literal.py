"""Documents handed in are found in the order they were given."""

from __future__ import annotations

from typing import Any

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.literal import literal


def test_texts_and_mappings_are_documents() -> None:
    found = literal(["one", {"text": "two", "title": "Two", "id": 7}, {"title": "only a title", "text": ""}])
    assert [(each.id, each.title, each.text, each.rank) for each in found.search("any", 10)] == [
        ("1", "", "one", 1),
        ("7", "Two", "two", 2),
        ("3", "only a title", "", 3),
    ]
    assert [each.score for each in found.search("any", 2)] == [1, 1 / 2]
    assert found.document("7") == found.documents[1]
    assert found.document("8") is None


def test_what_cannot_be_stored_is_replaced() -> None:
    (found,) = literal(["a\0b\ud800c"]).documents
    assert found.text == "a\ufffdb?c"


@pytest.mark.parametrize(
    ("documents", "says"),
    [
        ("a text", "documents 'a text' must be a list"),
        ({"text": "a"}, "must be a list"),
        (["a", 5], "document 2 5 is not valid, give a string or a mapping"),
        (["a", {"id": "x"}], "text None of document 2 must be a string"),
        (["a", {"id": True, "text": "b"}], "id True of document 2 must be a string"),
        (["a", {"text": "b", "title": 3}], "title 3 of document 2 must be a string"),
        (["a", {"text": "b", "body": "c"}], "document 2 has a field 'body', known are id, title, text"),
        (["a", "  "], "document 2 is empty"),
        (["a", {"id": "1", "text": "b"}], "id '1' of document 2 is that of document 1 too"),
    ],
)
def test_what_is_not_a_document_is_named(documents: Any, says: str) -> None:
    with pytest.raises(Problem, match=says):
        literal(documents)

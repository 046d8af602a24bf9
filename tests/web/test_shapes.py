"""The shapes of requests: what may be sent, of which type, and what is passed over or refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from rankr1_app.service import OPEN
from rankr1_app.settings import Settings
from rankr1_app.web import shapes
from rankr1_app.web.shapes import Changes, ColumnsRequest, FindRequest, RerankRequest, SearchRequest, TrialRequest


def wrong(shape: type[BaseModel], sent: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the field and the kind of each fault."""
    with pytest.raises(ValidationError) as refused:
        shape.model_validate(sent)
    return [(".".join(map(str, each["loc"])), each["type"]) for each in refused.value.errors()]


def test_a_visitor_may_change_every_open_setting_by_its_type() -> None:
    assert sorted(Changes.model_fields) == sorted(OPEN)
    types = {name: type(getattr(Settings(), name)) for name in OPEN}
    sent = {name: 7 if kind is int else "x" for name, kind in types.items()}
    assert Changes.model_validate(sent).changes() == sent
    for name, kind in types.items():
        fault = "int_type" if kind is int else "string_type"
        assert wrong(Changes, {name: "7" if kind is int else 7}) == [(name, fault)]


def test_what_is_left_out_is_no_change_and_what_is_sent_empty_is_one() -> None:
    assert SearchRequest.model_validate({"query": "tea"}).changes() == {}
    assert SearchRequest.model_validate({"query": "tea", "k": 0, "sort": "", "like": ["a"]}).changes() == {
        "k": 0,
        "sort": "",
    }


@pytest.mark.parametrize("name", ["base_url", "milvus", "encoder_url", "model", "cache", "colour"])
def test_what_is_no_open_setting_is_refused(name: str) -> None:
    assert wrong(SearchRequest, {"query": "tea", name: "x"}) == [(name, "extra_forbidden")]


@pytest.mark.parametrize(
    ("shape", "sent", "place"),
    [
        (SearchRequest, {"query": "a\ud800"}, "query"),
        (FindRequest, {"query": "a", "text": "\udfff"}, "text"),
        (SearchRequest, {"query": "a", "like": ["a", "\ud800"]}, "like.1"),
        (ColumnsRequest, {"columns": {"a.csv": {"id": "\ud800"}}}, "columns.a.csv.id"),
        (shapes.VoteRequest, {"choice": "\ud800"}, "choice"),
    ],
)
def test_text_that_cannot_be_written_is_refused(shape: type[BaseModel], sent: dict[str, Any], place: str) -> None:
    assert wrong(shape, sent) == [(place, "string_unicode")]


def test_the_documentation_says_the_range_of_numbers() -> None:
    fields = SearchRequest.model_json_schema()["properties"]
    assert (fields["depth"]["minimum"], fields["depth"]["maximum"]) == (1, 1000)
    assert (fields["docs_per_call"]["minimum"], fields["docs_per_call"]["maximum"]) == (0, 20)
    assert all(field.get("description") for field in fields.values())


def test_documents_to_rerank_are_strings_or_objects() -> None:
    objects: list[Any] = ["tea", {"text": "milk", "title": "Milk", "more": 1}, {"text": "rice"}, {"title": None}]
    sent = RerankRequest.model_validate({"query": "q", "documents": objects, "user": "passed over"})
    assert [sent.fields(place) for place in range(4)] == [
        {"id": "1", "text": "tea"},
        {"id": "2", "title": "Milk", "text": "milk"},
        {"id": "3", "title": "", "text": "rice"},
        {"id": "4", "title": "", "text": None},
    ]
    assert [sent.echoed(place) for place in range(3)] == [{"text": "tea"}, objects[1], objects[2]]
    assert sent.return_documents


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"top_n": 0}, ("top_n", "greater_than_equal")),
        ({"top_n": 1001}, ("top_n", "less_than_equal")),
        ({"top_n": "3"}, ("top_n", "int_type")),
        ({"return_documents": 1}, ("return_documents", "bool_type")),
        ({"documents": "tea"}, ("documents", "list_type")),
    ],
)
def test_a_rerank_request_of_another_shape_is_refused(more: dict[str, Any], fault: tuple[str, str]) -> None:
    assert fault in wrong(RerankRequest, {"query": "q", "documents": [], **more})


def test_a_reason_is_tried_in_one_of_two_ways() -> None:
    assert TrialRequest.model_validate({"call": 3, "way": "only"}).way == "only"
    assert wrong(TrialRequest, {"call": 3, "way": "both"}) == [("way", "literal_error")]
    assert wrong(TrialRequest, {"call": True, "way": "only"}) == [("call", "int_type")]

"""Encoders on a server: what is sent, and what may come back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import embeddings, encoders
from tests.retrieval import embedder
from tests.retrieval.embedder import TWO


def test_a_server_is_sent_prefixed_texts_and_answers_in_any_order() -> None:
    with embedder.Server() as server:
        found = encoders.encoder(TWO, server.url)
        assert found.embed(["a", "abc", ""], "passage").tolist() == [[4, 0], [6, 0], [3, 0]]
        assert found.embed(["one two three four five six"], "query").tolist() == [[12, 0]]
        assert encoders.encoder(replace(TWO, normalised=True), server.url).embed(["a"], "query").tolist() == [[1, 0]]
        assert found.embed([], "query").shape == (0, 2)
    assert [request["input"] for request in server.requests[:2]] == [["p: a", "p: abc", "p: "], ["q: one two t"]]
    assert server.requests[0]["model"] == "ours/two"
    assert found.cut(["a"]) == 0
    assert found.place == server.url


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            (400, {"error": {"message": "the model `ours/two` is not here"}}),
            "refused to encode .HTTP 400.: '.*not here",
        ),
        ((200, {"data": [{"index": 0, "embedding": [1.0]}]}), "vectors of 1 numbers, encoder 'two' has 2"),
        ((200, {"data": []}), "gave 0 vectors for 1 texts"),
        ((200, "<p>a page</p>"), "does not answer like"),
        ((200, {"data": [{"index": 0, "embedding": ["a", "b"]}]}), "does not answer like"),
        ((200, {"data": [{"index": 0, "embedding": [10**400, 1.0]}]}), "does not answer like"),
        ((200, {"data": [{"index": 0, "embedding": [float("nan"), 1.0]}]}), "gave a vector with NaN or infinity in it"),
        ((200, {"data": [{"index": 0, "embedding": [1e300, 1.0]}]}), "gave a vector with NaN or infinity in it"),
    ],
)
def test_a_server_that_is_wrong(answer: tuple[int, object], words: str) -> None:
    with embedder.Server(lambda _: answer) as server, pytest.raises(Problem, match=words):
        encoders.encoder(TWO, server.url).embed(["a"], "query")


def test_vectors_that_are_not_all_as_long_are_refused() -> None:
    rows = [{"index": 0, "embedding": [1.0, 2.0]}, {"index": 1, "embedding": [1.0, 2.0, 3.0]}]
    says = "gave vectors of 3 numbers, encoder 'two' has 2: it runs another model"
    with embedder.Server(lambda _: (200, {"data": rows})) as server, pytest.raises(Problem, match=says):
        encoders.encoder(TWO, server.url).embed(["a", "b"], "query")


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "RETRIES", 0)
    with pytest.raises(Problem, match="cannot be reached, check --encoder-url"):
        embeddings.Endpoint(TWO, "http://127.0.0.1:9/v1").embed(["a"], "query")
    with pytest.raises(Problem, match="encoder-url 'nowhere' is not an address"):
        embeddings.Endpoint(TWO, "nowhere").embed(["a"], "query")


def test_a_text_is_cut_to_what_surely_fits() -> None:
    assert embeddings.start("abcdefghijkl", 3) == "abcdefghi"
    assert embeddings.start("文字文字", 3) == "文字文"
    assert embeddings.start("ab文字文字", 3) == "ab文字"
    assert embeddings.start("abc", 3) == "abc"

"""Streams and bodies that nobody thought of: an answer, or words of ours, and never anything else."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import aclosing
from typing import Any, TypeVar
from unittest.mock import patch

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rankr1_app.engines import refusal
from rankr1_app.engines.dialect import Dialect
from rankr1_app.engines.openai import OpenAI, model_names
from rankr1_app.engines.protocol import Chunk, Decoding
from rankr1_app.engines.stream import DONE, Broken, Refused, lines, pieces
from rankr1_app.errors import Problem
from rankr1_app.events import Message, Usage
from rankr1_app.explanation.reasons import labels, reasons
from rankr1_app.explanation.thought import parts
from rankr1_app.reranking.parse import parse

T = TypeVar("T")
FEWER = settings(max_examples=400, deadline=5000, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=2000, deadline=5000, suppress_health_check=list(HealthCheck))
NAMES = st.sampled_from(
    [
        *(
            "choices",
            "delta",
            "message",
            "content",
            "text",
            "reasoning",
            "reasoning_content",
            "thinking",
            "type",
            "role",
        ),
        *("finish_reason", "index", "usage", "prompt_tokens", "completion_tokens", "prompt_tokens_details", "x_groq"),
        *("error", "code", "detail", "msg", "loc", "param", "metadata", "raw", "object", "n_ctx", "logprobs", "token"),
        *("top_logprobs", "logprob", "refusal", "data", "id", "name", "cached_tokens", "summary", "reasoning_details"),
    ]
)
WORDS = st.sampled_from(
    [
        *("<think>", "</think>", "<answer>[1]</answer>", "why", "stop", "length", "abort", "thinking", "text", "error"),
        *("maximum context length is 100 tokens", "seed", "max_tokens", "insufficient_quota", "null", "", "[DONE]"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=20)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=14
)
PIECES = st.fixed_dictionaries(
    {"choices": st.lists(st.dictionaries(st.sampled_from(["delta", "message", "text", "index"]), VALUES), max_size=2)},
    optional={"usage": VALUES, "error": VALUES, "id": LEAVES},
)
MARKERS = st.sampled_from([None, "", "<answer>"])
WHOLE = st.builds(lambda text: {"choices": [{"delta": {"content": text}, "finish_reason": "stop"}]}, WORDS)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Events, their frames more or less as they should be."""
    body = draw(st.sampled_from([b"", b"\xef\xbb\xbf", b": hello\n\n", b"retry: 3\n\n"]))
    for value in draw(st.lists(PIECES | VALUES | WHOLE | st.just(DONE), max_size=8)):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=draw(st.booleans()))
        field = draw(st.sampled_from(["data: ", "data: ", "data:", "event: error\ndata: ", "id: 1\ndata: ", "", "x: "]))
        end = draw(st.sampled_from(["\n\n", "\n\n", "\r\n\r\n", "\r\r", "\n", ""]))
        body += (field + text + end).encode("utf-8", "surrogatepass")
    return body + draw(st.sampled_from([b"", b"data: [DONE]\n\n", b"data: {", b"\xff\xfe", b"\r"]))


async def blocks(body: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    """The body in pieces."""
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        yield body[start:end]


async def read(body: bytes, cuts: list[int], marker: str | None) -> tuple[str, str, Chunk | None]:
    """The text of an answer, what is said in place of the rest, and the last piece."""
    text, last, words = "", None, ""
    try:
        async with aclosing(pieces(blocks(body, cuts), marker)) as chunks:
            async for last in chunks:
                text += last.text
    except Broken as broken:
        words = str(broken)
    except Refused as refused:
        words = refused.refusal.quoted
    return text, words, last


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run what never waits, without a loop."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    raise AssertionError("it waits")


@MANY
@given(
    streams() | st.binary(max_size=200),
    st.lists(st.integers(0, 4000), max_size=5),
    st.sampled_from([None, "", "<answer>"]),
)
def test_any_stream(body: bytes, cuts: list[int], marker: str | None) -> None:
    text, words, last = done(read(body, cuts, marker))
    assert done(read(body, [], marker))[:2] == (text, words), "it does not matter how the bytes arrive"
    text.encode("utf-8")
    if words:
        assert len(words) < refusal.LONGEST + 60
        assert "\n" not in words
        return
    assert last is not None
    assert last.finish_reason in ("stop", "length", "content_filter")
    assert text.strip()
    assert last.usage is None or isinstance(last.usage, Usage)


@MANY
@given(st.binary(max_size=300) | VALUES.map(lambda value: json.dumps(value).encode()), st.integers(0, 599))
def test_any_body_of_an_error(body: bytes, status: int) -> None:
    found = refusal.of_body(status, body)
    assert len(found.words) <= refusal.LONGEST + 1
    assert found.words.isprintable()
    assert found.quoted
    model_names(body)
    dialect = Dialect()
    turns = (Message(role="system", content="a"), Message(role="user", content="b"))
    for _ in range(20):
        sent = dialect.body("m", turns, Decoding(max_tokens=50, seed=1, alternatives_after=""))
        if not dialect.adapt(found, sent):
            break
    else:
        raise AssertionError("it never gives up")
    list(dialect.notes())


@FEWER
@given(
    st.sampled_from([200, 200, 200, 204, 302, 400, 401, 404, 413, 422, 429, 500, 503, 529, 599]),
    streams() | st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(
        st.sampled_from(["content-type", "retry-after", "content-encoding", "location"]),
        st.sampled_from(
            ["text/event-stream", "0", "-1", "soon", "Wed, 21 Oct 2099 07:28:00 GMT", "gzip", "/v1/models"]
        ),
    ),
)
def test_any_answer_over_http(loop: asyncio.Runner, status: int, body: bytes, headers: dict[str, str]) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=body, headers=headers))
    with patch("rankr1_app.engines.connection.new_client", lambda *_: httpx.AsyncClient(transport=transport)):
        text, words = loop.run(call())
    assert text.strip() or words
    assert len(words) < 700
    assert "hunter22" not in words


async def call() -> tuple[str, str]:
    """The text of an answer, and what is said in its place."""
    engine, text, words = OpenAI("http://alice:hunter22@server/v1", "judge", timeout=0.01), "", ""
    try:
        async for chunk in engine.generate((Message(role="user", content="hello"),), Decoding(max_tokens=5, seed=1)):
            text += chunk.text
    except Problem as problem:
        words = str(problem)
    await engine.close()
    return text, words


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


LINES = st.sampled_from(["data: a", "data:b", "data", "id: 1", "event: x", "retry: 2", ": c", "", "x", "data: é"])


@FEWER
@given(st.lists(LINES), st.lists(st.integers(0, 99)), st.sampled_from(["\n", "\r\n", "\r"]))
def test_lines_are_split_as_the_standard_says(written: list[str], cuts: list[int], end: str) -> None:
    async def ours(body: bytes) -> list[str]:
        return [line async for line in lines(blocks(body, cuts))]

    assert done(ours("".join(line + end for line in written).encode())) == written


ANSWERS = st.lists(
    st.sampled_from(
        [
            *(
                "<think>",
                "</think>",
                "<answer>",
                "</answer>",
                "[1]",
                "[2]",
                "3",
                "［2］",
                "\\boxed{",
                "}",
                "Document",
                "\n",
            ),
            *(
                "<|channel|>analysis<|message|>",
                "<|channel|>final<|message|>",
                "◁think▷",
                "◁/think▷",
                "[THINK]",
                "[/THINK]",
            ),
            *("analysis", "assistantfinal", "The answer is", "because", ". ", "**", "`", " ", "<", ">", "é"),
        ]
    )
    | st.text(max_size=6),
    max_size=14,
).map("".join)


@MANY
@given(ANSWERS, st.integers(0, 200), st.booleans(), st.sampled_from(["stop", "length", "content_filter"]))
def test_any_answer_is_read_or_not(text: str, field: int, reasoning: bool, finish: str) -> None:
    field = min(field, len(text))
    answer = parse(text, 3, reasoning=reasoning, finish_reason=finish, thought=field)
    assert (answer.label is None) == (answer.status == "unreadable")
    assert answer.label in (None, 1, 2, 3)
    found = parts(text, field)
    at = 0
    for start, end in found.thought:
        assert at <= start < end <= len(text)
        at = end
    assert found.answer is None or at <= found.answer <= len(text)
    for reason in reasons(text, ["a", "b", "c"], "a", {"a": "A title"}, field):
        assert reason.text == text[reason.start : reason.end]
    for document, start, end in labels(text, ["a", "b", "c"], {"a": "A title"}, field):
        assert document in "abc"
        assert 0 <= start < end <= len(text)

"""From the bytes of an answer to its pieces: events, one object or lines of them, and what stands there instead."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from rankr1_app.engines import stream
from rankr1_app.engines.protocol import Chunk, Token
from rankr1_app.engines.stream import Broken, Refused, lines, pieces
from rankr1_app.events import Usage


async def blocks(body: bytes | str, size: int = 1 << 20) -> AsyncIterator[bytes]:
    body = body.encode() if isinstance(body, str) else body
    for start in range(0, len(body), size):
        yield body[start : start + size]


def events(*values: Any, done: bool = True) -> str:
    """Return values as server-sent events."""
    return "".join(f"data: {json.dumps(value)}\n\n" for value in values) + ("data: [DONE]\n\n" if done else "")


def delta(text: Any = None, finish: Any = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text, **more}, "finish_reason": finish}]}


async def read(body: bytes | str, marker: str | None = None, size: int = 1 << 20) -> list[Chunk]:
    return [chunk async for chunk in pieces(blocks(body, size), marker)]


async def text(body: bytes | str) -> str:
    return "".join(chunk.text for chunk in await read(body))


WHOLE = {"choices": [{"message": {"content": "It is [1]."}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9}}


@pytest.mark.parametrize(
    "body",
    [
        events(delta("It is "), delta("[1].", "stop")),
        events(delta("It is "), delta("[1]."), delta(None, "stop"), done=False),
        events(delta("It is "), delta("[1].")),
        ": a comment\n\nretry: 3\n\n" + events(delta("It is [1].", "stop")),
        events(delta("It is "), delta("[1].", "stop")).replace("\n", "\r\n"),
        "\ufeff" + events(delta("It is [1].", "stop")),
        json.dumps(WHOLE),
        json.dumps(WHOLE, indent=2),
        json.dumps(delta("It is ")) + "\n" + json.dumps(delta("[1].", "stop")) + "\n",
        events(WHOLE, done=False),
        events(delta("It is [1]."), WHOLE, done=False),
        events(delta([{"type": "text", "text": "It is "}, {"type": "text", "text": "[1]."}], "stop")),
        events({"choices": [{"index": 1, "delta": {"content": "another"}}]}, delta("It is [1].", "stop")),
        events(None, delta("It is [1].", "stop")),
    ],
)
async def test_an_answer_is_read_in_whatever_shape_it_comes(body: str) -> None:
    assert await text(body) == "It is [1]."
    parts = await read(body, size=3)
    assert "".join(part.text for part in parts) == "It is [1].", "it does not matter how the bytes arrive"
    assert parts[-1].finish_reason == "stop"


@pytest.mark.parametrize(
    ("sent", "finish"),
    [("stop", "stop"), ("EOS", "stop"), ("max_tokens", "length"), ("safety", "content_filter"), ("whatever", "stop")],
)
async def test_the_end_of_an_answer_has_one_name(sent: str, finish: str) -> None:
    assert (await read(events(delta("so", sent))))[-1].finish_reason == finish


async def test_a_thought_in_a_field_of_its_own_is_told_from_the_answer() -> None:
    for name in ("reasoning_content", "reasoning", "thinking"):
        parts = await read(
            events(delta(None, **{name: "hm", "reasoning_details": [{"text": "hm"}]}), delta("so", "stop"))
        )
        assert [(part.text, part.reasoning) for part in parts[:-1]] == [("hm", True), ("so", False)]
    typed = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "so"}]
    parts = await read(events(delta(typed, "stop")))
    assert [(part.text, part.reasoning) for part in parts[:-1]] == [("hm", True), ("so", False)]


@pytest.mark.parametrize(
    ("sent", "usage"),
    [
        (
            {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
            Usage(prompt_tokens=9, completion_tokens=2, cached_tokens=4),
        ),
        ({"input_tokens": 9, "cache_read_input_tokens": 0}, Usage(prompt_tokens=9, cached_tokens=0)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, None),
        ({"prompt_tokens": True, "completion_tokens": "2"}, None),
        ({"prompt_tokens": -1, "completion_tokens": 1e300}, None),
        ([], None),
    ],
)
async def test_counts_are_those_that_the_server_tells(sent: object, usage: Usage | None) -> None:
    assert (await read(events({**delta("so", "stop"), "usage": sent})))[-1].usage == usage


async def test_counts_may_come_in_parts() -> None:
    body = events(
        {**delta("so"), "usage": {"prompt_tokens": 9}}, {"choices": [], "x_groq": {"usage": {"completion_tokens": 2}}}
    )
    assert (await read(body))[-1].usage == Usage(prompt_tokens=9, completion_tokens=2)


def logprobs(*tokens: tuple[str, list[tuple[Any, Any]]]) -> dict[str, Any]:
    content = [
        {"token": token, "top_logprobs": [{"token": other, "logprob": score} for other, score in others]}
        for token, others in tokens
    ]
    return {"logprobs": {"content": content}}


async def test_tokens_after_the_marker_come_with_what_could_have_stood_there() -> None:
    first = delta("I say: ")
    second = delta(":[2]")
    second["choices"][0] |= logprobs(
        (":", [("x", -1)]), ("[", []), ("2", [("2", -0.5), ("1", -2), ("2", -3)]), ("]", [])
    )
    found = [token for chunk in await read(events(first, second), "::") for token in chunk.tokens]
    assert found == []
    found = [token for chunk in await read(events(first, second), " :[") for token in chunk.tokens]
    assert found == [Token(9, "2", {"2": -0.5, "1": -2.0}), Token(10, "]", {})]
    assert not [token for chunk in await read(events(first, second)) for token in chunk.tokens]


async def test_probabilities_of_plain_text_are_read_as_those_of_a_chat() -> None:
    choice = {
        "text": "[2]",
        "logprobs": {"tokens": ["[", "2", "]"], "top_logprobs": [None, {"2": -0.5, "1": -2}, None]},
    }
    found = [token for chunk in await read(events({"choices": [choice]}), "") for token in chunk.tokens]
    assert found == [Token(0, "[", {}), Token(1, "2", {"2": -0.5, "1": -2.0}), Token(2, "]", {})]


@pytest.mark.parametrize("score", [pytest.param(10**400, id="huge"), True, float("nan"), float("inf"), "-1", None])
async def test_a_probability_that_is_none_is_left_out(score: object) -> None:
    value = delta("2", "stop")
    value["choices"][0] |= logprobs(("2", [("1", score), ("2", -1)]))
    found = [token for chunk in await read(events(value), "") for token in chunk.tokens]
    assert found == [Token(0, "2", {"2": -1.0})]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "sent nothing"),
        ("\n\n", "sent nothing"),
        (events(delta("half an ans"), done=False), "cut the connection in the middle of an answer"),
        (events(delta("", "stop")), "sent an empty answer"),
        (events(delta(" \n", "stop")), "sent an empty answer"),
        (
            events(delta(None, "length")),
            "sent no text before the length limit was reached, a larger --max-tokens may help",
        ),
        (events(delta(None, "content_filter")), "withheld the answer by its content filter"),
        (events(delta(None, "stop", refusal="I will not.")), "has a model that refused to answer: 'I will not.'"),
        (events(delta("so", "tool_calls")), "broke the answer off ('tool_calls')"),
        ("data: {half\n\n", "sent an answer that is not JSON: '{half'"),
        ("data: 5\n\n", "sent an answer of another shape: '5'"),
        ("plain words", "sent an answer that is not JSON: 'plain words'"),
    ],
)
async def test_an_answer_that_does_not_come_whole_says_how(body: str, says: str) -> None:
    with pytest.raises(Broken) as broken:
        await read(body)
    assert str(broken.value) == says


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('event: error\ndata: {"message": "overloaded"}\n\n', "overloaded"),
        ("event: error\ndata: gone\n\n", "gone"),
        (events(delta("so"), {"error": {"message": "out of memory"}}), "out of memory"),
        (events({"error": {"message": "out of memory"}}), "out of memory"),
        (json.dumps({"detail": "no such model"}), "no such model"),
        (json.dumps({"object": "error", "message": "too long"}), "too long"),
        ("<html><title>502 Bad Gateway</title></html>", "502 Bad Gateway"),
    ],
)
async def test_what_a_server_says_in_place_of_an_answer_is_a_refusal(body: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        await read(body)
    assert says in refused.value.refusal.words


async def test_an_endless_answer_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST", 1 << 20)
    with pytest.raises(Broken, match="^sent more than 1 MB and did not end$"):
        [line async for line in lines(blocks(b"data: x\n" * 200_000, 1000))]


async def test_bytes_that_are_no_text_become_marks() -> None:
    assert [line async for line in lines(blocks(b"data: a\xff\xfeb\n", 7))] == ["data: a\ufffd\ufffdb"]
    assert await text(events(delta("\ud800", "stop"), done=True)) == "?"

"""What is sent to a server that refuses what others take."""

from __future__ import annotations

from typing import Any

import pytest

from rankr1_app.engines.dialect import Dialect
from rankr1_app.engines.protocol import Decoding
from rankr1_app.engines.refusal import of_json
from rankr1_app.events import Message

TURNS = (Message(role="system", content="be brief"), Message(role="user", content="hello"))
FULL = Decoding(max_tokens=8000, seed=3, alternatives_after="<answer>")


def sent(dialect: Dialect) -> dict[str, Any]:
    return dialect.body("m", TURNS, FULL)


def after(*refusals: str, status: int = 400) -> tuple[dict[str, Any], Dialect]:
    dialect = Dialect()
    for words in refusals:
        assert dialect.adapt(of_json(status, {"error": {"message": words}}), sent(dialect)), words
    return sent(dialect), dialect


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("Unknown parameter: 'seed'.", {"seed": None}),
        ("Extra inputs are not permitted: body.stream_options", {"stream_options": None}),
        ("Unsupported parameter: 'max_tokens'", {"max_tokens": None, "max_completion_tokens": 8000}),
        ("max_tokens is too large: 8000. This model supports at most 4096 completion tokens", {"max_tokens": 4096}),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 4096]", {"max_tokens": 4096}),
        ("`max_new_tokens` must be <= 512. Given: 8000", {"max_tokens": 512}),
        ("'temperature' must be greater than 0", {"temperature": 0.01}),
        ("temperature is deprecated for this model", {"temperature": None}),
        ("Invalid value for 'top_logprobs': must be less than or equal to 5.", {"top_logprobs": 5}),
        ("logprobs is not supported", {"logprobs": None, "top_logprobs": None}),
        ("Streaming is not enabled for this model", {"stream": False, "stream_options": None}),
    ],
)
def test_a_parameter_that_is_refused(words: str, changes: dict[str, Any]) -> None:
    body, dialect = after(words)
    assert {name: body.get(name) for name in changes} == changes
    others = set(sent(Dialect())) - set(changes)
    assert {name: body[name] for name in others} == {name: sent(Dialect())[name] for name in others}
    assert len(list(dialect.notes())) == 1


def test_one_after_the_other_until_nothing_is_left_to_change() -> None:
    body, dialect = after(
        "max_tokens is not supported, use max_completion_tokens", "max_completion_tokens is not supported", "seed: no"
    )
    assert not {"max_tokens", "max_completion_tokens", "seed"} & set(body)
    assert not dialect.adapt(of_json(400, {"error": "the model crashed"}), body)
    assert dialect.adapt(of_json(400, {}), body), "refused without a word: everything optional is left out"
    assert set(sent(dialect)) == {"model", "messages", "stream"}
    assert not dialect.adapt(of_json(400, {}), sent(dialect))


@pytest.mark.parametrize(
    "words",
    [
        "System role not supported",
        "Only user and assistant roles are supported!",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "'messages[0].role' does not support 'system' with this model",
        "Developer instruction is not enabled for models/gemma-3-27b-it",
    ],
)
def test_a_system_turn_that_is_refused_is_put_before_the_users(words: str) -> None:
    body, dialect = after(words)
    assert body["messages"] == [{"role": "user", "content": "be brief\n\nhello"}]
    assert "before the user's" in next(dialect.notes())


def test_broken_servers_teach_nothing() -> None:
    dialect = Dialect()
    for status in (401, 402, 403, 429, 503, 504):
        assert not dialect.adapt(of_json(status, {"error": "max_tokens temperature seed"}), sent(dialect))
    assert not dialect.adapt(of_json(500, {"error": "stream broke in the system"}), sent(dialect))
    assert sent(dialect) == sent(Dialect())


def test_an_answer_that_is_begun_is_gone_on_with() -> None:
    turns = [*TURNS, Message(role="assistant", content="[")]
    body = Dialect().body("m", turns, FULL)
    assert body["messages"][-1] == {"role": "assistant", "content": "["}
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert "continue_final_message" not in Dialect().body("m", TURNS, FULL)


def test_text_without_a_chat_has_a_route_of_its_own() -> None:
    body = Dialect().body("m", [Message(role="assistant", content="Passage: x\n<think>")], FULL)
    assert body["prompt"] == "Passage: x\n<think>"
    assert "messages" not in body
    assert "top_logprobs" not in body
    assert body["logprobs"] == 20

"""What servers say when they do not answer, in every shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rankr1_app.engines.refusal import LONGEST, of_body, of_json


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "no", "type": "x"}}, "no"),
        ({"error": "no"}, "no"),
        ({"object": "error", "message": "no"}, "no"),
        ({"detail": "no"}, "no"),
        ({"detail": [{"loc": ["body", "seed"], "msg": "no"}, {"msg": "never"}]}, "body.seed: no; never"),
        ({"errors": [{"message": "no"}]}, "no"),
        ([{"error": {"message": "no"}}], "no"),
        ({"error": {"message": "bad", "metadata": {"raw": "no"}}}, "bad: no"),
        ({"message": {"detail": [{"msg": "no"}]}}, "no"),
        ({"error": {"message": "two\n lines\x00"}}, "two lines"),
        ({"error": {"message": None}, "message": "no"}, "no"),
        ({}, ""),
        (None, ""),
        (7, ""),
    ],
)
def test_words_in_json(body: Any, words: str) -> None:
    assert of_body(400, json.dumps(body).encode()).words == words


def test_words_that_are_no_json() -> None:
    page = of_body(502, b"<html><head><title> 502\n Bad &amp; Gateway</title>" + b"x" * 10_000)
    assert (page.words, page.page) == ("a web page, '502 Bad & Gateway'", True)
    assert of_body(404, b"<!DOCTYPE html>").words == "a web page"
    assert of_body(503, b"upstream\xff error").words == "upstream� error"
    assert of_body(500, b"").quoted == "HTTP 500, without a reason"
    assert len(of_body(500, b"long " * 10_000).words) == LONGEST + 1
    assert of_body(400, b"[" * 100_000).words


TOO_LONG = {
    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (3000 in the messages, "
    "2000 in the completion).": (4096, 3000),
    "The input (61709 tokens) is longer than the model's context length (40960 tokens).": (40960, 61709),
    "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 6000 "
    "tokens: 4000 tokens from the input messages and 2000 tokens for the completion.": (4096, 4000),
    "Requested tokens (2285) exceed context window of 2048": (2048, 2285),
    "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens": (4096, 5000),
    "prompt is too long: 210000 tokens > 200000 maximum": (200000, 210000),
    "Prompt contains 40000 tokens, too large for model with 32768 maximum context length": (32768, 40000),
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).": (1048576, 1200000),
    "Trying to keep the first 10136 tokens when context the overflows. However, the model is loaded with context "
    "length of only 7866 tokens, which is not enough.": (7866, 10136),
    "'max_tokens' is too large: 8000. This model's maximum context length is 4096 tokens and your request has 3000 "
    "input tokens (8000 > 4096 - 3000)": (4096, 3000),
    "request (5,000 tokens) exceeds the available context size (4,096 tokens), try increasing it": (4096, 5000),
    "max_tokens must be at least 1, got -186.": (None, None),
    "Context size has been exceeded.": (None, None),
}


@pytest.mark.parametrize("words", TOO_LONG)
def test_lengths(words: str) -> None:
    refusal = of_json(400, {"error": {"message": words}})
    assert refusal.too_long
    assert (refusal.limit, refusal.length) == TOO_LONG[words]


def test_lengths_in_fields() -> None:
    refusal = of_json(500, {"error": {"type": "exceed_context_size_error", "n_prompt_tokens": 14429, "n_ctx": 8192}})
    assert (refusal.too_long, refusal.limit, refusal.length) == (True, 8192, 14429)


def test_what_is_spent_and_what_passes() -> None:
    quota = "You exceeded your current quota, please check your plan and billing details."
    assert of_json(429, {"error": {"message": quota, "code": "insufficient_quota"}}).spent
    assert of_json(429, {"error": {"message": quota}}).spent
    assert not of_json(429, {"error": {"message": f"{quota} Please retry in 27s."}}).spent
    assert not of_json(429, {"error": {"message": "Rate limit reached for requests per minute, see billing"}}).spent
    assert not of_json(429, {"error": {"message": quota}}, wait=3.0).spent
    assert of_json(402, {}).spent
    assert of_json(0, {"error": {"code": 429, "message": "slow down"}}).passes
    assert not of_json(400, {"error": "slow down"}).passes

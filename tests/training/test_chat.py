"""The chat that the bundled model is trained on is the one that it is asked in."""

from __future__ import annotations

import json

import pytest

from rankr1_app.paths import MODELS
from rankr1_app.reranking.scores import Scores
from rankr1_app.training import chat
from rankr1_app.training.tokenizer import CHAT_TEMPLATE

DOCUMENTS = ["A stone falls.", "Tea <b>is</b> {hot}."]


@pytest.mark.parametrize("scores", [[], [Scores(words=45, meaning=30), Scores(words=None, meaning=None)]])
def test_the_text_is_that_of_the_chat_template_over_the_prompt(scores: list[Scores]) -> None:
    import jinja2

    prompt = chat.WEIGHED if scores else chat.PROMPT
    messages = prompt.messages("why {docs}?", DOCUMENTS, [str(each) for each in scores])
    rendered = jinja2.Template(CHAT_TEMPLATE).render(messages=messages, add_generation_prompt=True)
    assert chat.chat("why {docs}?", DOCUMENTS, scores) == rendered
    assert rendered.endswith("<|im_end|>\n<|im_start|>assistant\n")


def test_the_template_is_the_one_the_bundled_model_came_with() -> None:
    config = json.loads((MODELS / "rank-r1-nano" / "tokenizer_config.json").read_text("utf-8"))
    assert config["chat_template"] == CHAT_TEMPLATE


def test_scores_are_shown_only_by_the_prompt_that_carries_them() -> None:
    scores = [Scores(words=45, meaning=30), Scores(words=None, meaning=7)]
    assert ".45" in chat.chat("q", DOCUMENTS, scores)
    assert "meaning" not in chat.chat("q", DOCUMENTS)


@pytest.mark.parametrize("prompt", [chat.PROMPT, chat.WEIGHED])
def test_what_is_fixed_is_in_every_chat_and_holds_neither_query_nor_documents(prompt: object) -> None:
    fixed = chat.fixed(chat.PROMPT if prompt is chat.PROMPT else chat.WEIGHED)
    said = chat.chat("q", DOCUMENTS, [] if prompt is chat.PROMPT else [Scores(words=1, meaning=1)] * 2)
    assert len(fixed) == 3
    assert all(part and part in said for part in fixed)
    assert not any(part in "".join(fixed) for part in ("{query}", "{docs}"))

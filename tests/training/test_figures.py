"""What is measured of a model's answers."""

from __future__ import annotations

import json
from pathlib import Path

from rankr1_app.explanation.claims import words
from rankr1_app.training import figures, traces


def test_figures_say_what_was_read_named_and_true() -> None:
    documents = ("bread and dough", "stones")
    right = figures.Call(
        query="bread dough", documents=documents, wanted=0, answer=traces.build(("bread", "dough"), documents, 0)
    )
    wrong = figures.Call(
        query="bread dough", documents=documents, wanted=0, answer=traces.build(("stones",), documents, 1)
    )
    endless = figures.Call(query="bread", documents=documents, wanted=0, answer="<think> The query asks about bread,")
    found = figures.figures([right, wrong, endless])
    assert (found.calls, found.readable, found.all_words, found.wanted) == (3, 2 / 3, 1 / 3, 1 / 3)
    assert found.spoken_of == 4 / 6
    assert found.true_words == 1.0
    assert found.true < 1.0


def test_repeating_questions_say_a_word_twice_or_only_function_words(tmp_path: Path) -> None:
    rows = [{"id": str(n), "text": f"a phone of {n} stones"} for n in range(12)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    calls = figures.repeating_calls(tmp_path)
    assert len({call.query for call in calls}) == len(calls) > 100
    for call in calls:
        asked = words(call.query)
        assert len(set(asked)) < len(asked) or traces.FUNCTION_WORDS.issuperset(asked), call.query
        assert call.documents

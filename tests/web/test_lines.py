"""The lines a page receives."""

from __future__ import annotations

from rankr1_app.events import CallFinished, Candidate, Usage
from rankr1_app.explanation.reasons import reasons
from rankr1_app.web.lines import explained


def test_quotations_come_with_their_places() -> None:
    candidate = Candidate(id="a", title="Bread ü", text="the 🍞 yeast eats sugar", rank=1, score=1.0)
    text = '<think>😀 [1] says "yeast eats sugar", "Bread ü" and "stones roll far away".</think><answer>[1]</answer>'
    event = CallFinished(
        at=1.0,
        call=1,
        answer=("a",),
        order=("a",),
        status="ok",
        finish_reason="stop",
        text=text,
        usage=Usage(),
        seconds=1.0,
    )
    spoken = reasons(text, ("a",), "a", {"a": candidate.title})
    line = explained(event, ("a",), {"a": candidate}, spoken)
    (reason,) = line["reasons"]

    def units(source: str, start: int, end: int) -> str:
        return source.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")

    first, second, third = reason["quotes"]
    assert units(text, first["start"], first["end"]) == "yeast eats sugar"
    assert (first["in"], units(candidate.text, first["from"], first["to"])) == ("text", "yeast eats sugar")
    assert (second["in"], units(candidate.title, second["from"], second["to"])) == ("title", "Bread ü")
    assert third["in"] is None
    assert units(text, third["start"], third["end"]) == "stones roll far away"
    assert [units(text, start, end) for start, end, _ in line["labels"]] == ["[1]", "[1]"]

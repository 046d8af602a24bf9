"""Every quirk of a server, over real HTTP: the right ranking, or the server's own words. Connection, dialect, stream,
refusal and search are tested together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rankr1_app.engines.openai import OpenAI
from rankr1_app.events import CallFinished, RankSettled, SearchFailed
from rankr1_app.pipeline import Search, search

from ..doubles import ENTRY, Fixed, candidates, setwise
from .quirks import QUIRKS, Quirk, QuirkServer, table

KEY = "sk-hidden-0123456789"
PYTHON = re.compile(r"Traceback|Error\(|Exception|object at 0x|NoneType|httpx|Errno|\bself\b|dict\b")


@pytest.mark.parametrize("quirk", QUIRKS, ids=lambda quirk: quirk.name)
async def test_quirk(quirk: Quirk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKR1_API_KEY", KEY)
    with QuirkServer(quirk) as server:
        engine = OpenAI(server.base_url, "judge", timeout=5, concurrency=8)
        reranker = setwise(engine, docs_per_call=4, entry=ENTRY)
        stage = Fixed(candidates([3, 1, 6, 2, 5, 4]))
        asked = Search(query="largest", retriever=stage, reranker=reranker, depth=6, k=3, seed=929)
        events = [event async for event in search(asked)]
        notes = engine.notes
        await engine.close()
    told = "\n".join(map(str, events)) + engine.state
    assert KEY not in told
    assert not PYTHON.search(getattr(events[-1], "message", ""))
    if quirk.requests:
        assert len(server.asked) <= quirk.requests
    if quirk.fails:
        assert isinstance(events[-1], SearchFailed)
        assert re.search(quirk.fails, events[-1].message)
        assert len(events[-1].message) < 600
        return
    assert [event.document for event in events if isinstance(event, RankSettled)] == ["d6", "d5", "d4"], told[-900:]
    finished = [event for event in events if isinstance(event, CallFinished)]
    assert {event.status for event in finished} <= {"ok", "repaired", "cancelled"}
    assert all("largest number" in event.text for event in finished), "the thought is there"
    assert quirk.notes in "; ".join(notes)
    known = [event.usage.known for event in finished]
    assert not any(known) if quirk.unknown_usage else True


def test_the_list_of_quirks_is_as_it_is() -> None:
    listed = Path("tests/cases/servers.md").read_text("utf-8")
    assert table() in listed, "python -m tests.engines.test_quirks writes it"


if __name__ == "__main__":
    place = Path("tests/cases/servers.md")
    head = place.read_text("utf-8").partition("| Quirk |")[0]
    place.write_text(head + table(), "utf-8")

"""What rerankers of every family share: the name of their catalogue entry, and the calls their engine takes at once."""

from __future__ import annotations

from ..doubles import ENTRY, Scripted, setwise


def test_a_reranker_has_the_name_of_its_entry_and_the_calls_of_its_engine() -> None:
    engine = Scripted(concurrency=3)
    assert (setwise(engine).name, setwise(engine).concurrency) == (ENTRY.name, 3)
    engine.concurrency = 5
    assert setwise(engine).concurrency == 5, "as the engine says it now"

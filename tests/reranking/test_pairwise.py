"""The pairwise family: two documents a call, on the engine of the bundled model."""

from __future__ import annotations

from rankr1_app import reranking
from rankr1_app.events import CallFinished, CallStarted, RankSettled
from rankr1_app.plan import resolve
from rankr1_app.settings import Settings
from rankr1_app.wiring import Wiring

from ..doubles import Scripted, candidates

SETTINGS = Settings(reranker="rank-r1-nano-pairwise", cache=False).checked()


async def test_two_documents_a_call_in_the_right_order() -> None:
    engine = Scripted(room=8)
    reranker = reranking.create(resolve(SETTINGS), engine)
    events = [event async for event in reranker.rerank("largest", candidates([3, 1, 4, 0, 2]), 3, lambda: 0.0)]
    assert {len(texts) for texts in engine.asked} == {2}
    assert [event.document for event in events if isinstance(event, RankSettled)] == ["d4", "d3", "d2"]


async def test_bundled_model_compares_pairs() -> None:
    wiring = Wiring()
    plan = resolve(SETTINGS)
    retriever, reranker = wiring.retriever(plan), wiring.reranker(plan)
    assert reranker is not None
    try:
        found = retriever.search("why does bread dough rise", 3)
        events = [event async for event in reranker.rerank("why does bread dough rise", found, 2, lambda: 0.0)]
    finally:
        await wiring.close()
    assert {len(event.documents) for event in events if isinstance(event, CallStarted)} == {2}
    assert {event.status for event in events if isinstance(event, CallFinished)} <= {"ok", "repaired"}
    assert [event.rank for event in events if isinstance(event, RankSettled)] == [1, 2]

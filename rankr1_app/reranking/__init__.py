"""Second stage: candidates in, events out. Adding a family of rerankers is one module and one line in `FAMILIES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..tables import resolve

if TYPE_CHECKING:
    from ..engines.protocol import Engine
    from ..plan import Plan
    from .protocol import Reranker

FAMILIES = {
    "setwise": "rankr1_app.reranking.setwise:create",
    "pairwise": "rankr1_app.reranking.pairwise:create",
    "pointwise": "rankr1_app.reranking.pointwise:create",
}
DOCS_PER_CALL = {"pairwise": 2, "pointwise": 1}
"""Documents of a call, for families that have no choice."""


def create(plan: Plan, engine: Engine) -> Reranker:
    """Return the reranker of the plan's catalogue entry, which its `family` makes."""
    assert plan.entry is not None
    reranker: Reranker = resolve(FAMILIES[plan.entry.family])(plan, engine)
    return reranker

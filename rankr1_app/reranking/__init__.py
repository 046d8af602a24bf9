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
    "graded": "rankr1_app.reranking.grades:create",
    "true-false": "rankr1_app.reranking.verdicts:create",
    "judge": "rankr1_app.reranking.judge:create",
    "listwise": "rankr1_app.reranking.listwise:create",
    "first-token": "rankr1_app.reranking.letters:create",
    "cross-encoder": "rankr1_app.reranking.scoring:create",
    "cosine": "rankr1_app.reranking.scoring:create",
    "pseudo-query": "rankr1_app.reranking.scoring:create",
    "query-label": "rankr1_app.reranking.scoring:create",
    "document-labels": "rankr1_app.reranking.scoring:create",
}
DOCS_PER_CALL = {
    "pairwise": 2,
    "judge": 2,
    "pointwise": 1,
    "graded": 1,
    "true-false": 1,
    "cross-encoder": 1,
    "cosine": 1,
    "pseudo-query": 1,
    "query-label": 1,
    "document-labels": 1,
}
"""Documents of a call, for families that have no choice."""
SCORED = frozenset(family for family, documents in DOCS_PER_CALL.items() if documents == 1)
"""Families that give every document a score."""
INTERPOLATED = "rankr1_app.reranking.interpolation:Interpolated"
INTERPOLATIONS = ("min-max", "z-score", "rrf")
BY_RANKS = "rrf"
"""The interpolation that needs no scores."""


def create(plan: Plan, engine: Engine) -> Reranker:
    """Return the reranker of the plan's catalogue entry, which its `family` makes."""
    assert plan.entry is not None
    reranker: Reranker = resolve(FAMILIES[plan.entry.family])(plan, engine)
    if plan.interpolation:
        interpolated: Reranker = resolve(INTERPOLATED)(reranker, plan.interpolation, plan.first_stage_weight)
        return interpolated
    return reranker

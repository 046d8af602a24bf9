"""Second stage: candidates in, events out. Adding a family of rerankers is one module, one line in `FAMILIES`, and an
entry of the catalogue for each of its models."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..errors import Problem, shown
from ..tables import resolve

if TYPE_CHECKING:
    from ..engines.protocol import Engine
    from ..plan import Plan
    from .protocol import Reranker


class Method(NamedTuple):
    """Describe a family: what makes its reranker, the documents of a call where it has no choice, whether it gives
    every document a score, and what its answers call documents by: `numbers`, `letters`, or nothing. A family whose
    models write nothing names its engine in this process, and the one that asks a server where there is one
    (`engines.SCORERS`)."""

    create: str
    docs_per_call: int = 0
    scores: bool = False
    labels: str = ""
    scorer: str = ""
    server: str = ""


SCORING = "rankr1_app.reranking.scoring:create"
FAMILIES = {
    "setwise": Method("rankr1_app.reranking.setwise:create", labels="numbers"),
    "pairwise": Method("rankr1_app.reranking.pairwise:create", docs_per_call=2, labels="numbers"),
    "pointwise": Method("rankr1_app.reranking.pointwise:create", docs_per_call=1, scores=True),
    "graded": Method("rankr1_app.reranking.grades:create", docs_per_call=1, scores=True),
    "true-false": Method("rankr1_app.reranking.verdicts:create", docs_per_call=1, scores=True),
    "judge": Method("rankr1_app.reranking.judge:create", docs_per_call=2, labels="letters"),
    "listwise": Method("rankr1_app.reranking.listwise:create", labels="numbers"),
    "first-token": Method("rankr1_app.reranking.letters:create", labels="letters"),
    "cross-encoder": Method(SCORING, 1, scores=True, scorer="cross-encoder", server="rerank"),
    "cosine": Method(SCORING, 1, scores=True, scorer="encoder", server="encoder"),
    "pseudo-query": Method(SCORING, 1, scores=True, scorer="pseudo-query"),
    "query-label": Method(SCORING, 1, scores=True, scorer="query-label"),
    "document-labels": Method(SCORING, 1, scores=True, scorer="document-labels"),
}
INTERPOLATED = "rankr1_app.reranking.interpolation:Interpolated"
INTERPOLATIONS = ("min-max", "z-score", "rrf")
BY_RANKS = "rrf"
"""The interpolation that needs no scores."""


def create(plan: Plan, engine: Engine) -> Reranker:
    """Return the reranker of the plan's catalogue entry, which its `family` makes. Raises `Problem` where its prompt
    labels documents otherwise than answers of that family are read."""
    from .prompt import load

    assert plan.entry is not None
    method = FAMILIES[plan.entry.family]
    lettered = method.labels == "letters"
    if method.labels and load(plan.entry.prompt).letters != lettered:
        raise Problem(
            f"prompt {shown(plan.entry.prompt)} is not valid for {shown(plan.entry.name)}: answers of the family "
            f"{plan.entry.family} call documents by {method.labels}, so letters must be {str(lettered).lower()} in it"
        )
    reranker: Reranker = resolve(method.create)(plan, engine)
    if plan.interpolation:
        interpolated: Reranker = resolve(INTERPOLATED)(reranker, plan.interpolation, plan.first_stage_weight)
        return interpolated
    return reranker

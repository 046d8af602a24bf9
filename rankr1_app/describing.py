"""What a model of the catalogue is, in lines: its method, licence and needs, its prompt, and what a search takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

from . import engines
from .catalogue import Entry, entry
from .engines.scorer import Scorer
from .events import Candidate
from .plan import resolve
from .reranking import FAMILIES, create, prompt
from .settings import Settings

METHODS = {
    "setwise": "setwise: names the best of several documents, again and again",
    "pairwise": "pairwise: names the better of two documents, again and again",
    "pointwise": "pointwise: how likely yes is for each document",
    "graded": "pointwise: thinks about each document, then grades it",
    "true-false": "pointwise: thinks about each document, then says true or false",
    "judge": "pairwise: judges two documents in both orders; verdicts that disagree are a tie",
    "listwise": "listwise: puts a window of documents in order, and the window slides to the top",
    "first-token": "listwise: orders a window by the likelihood of each letter as the first token",
    "cross-encoder": "scoring: reads query and document together and gives a number",
    "cosine": "scoring: the cosine of the vectors of query and document",
    "query-label": "scoring: how well the query fits a document as its label",
    "document-labels": "scoring: how well documents fit the query as its labels, 25 at a time",
    "pseudo-query": "scoring: the cosine of a document's vector and that of the query read with the first documents",
}
"""What each family does, in words; one of somebody's own is named as it is."""
DEPTHS = (20, 100)
"""Candidates of the searches whose calls are told."""


def description(name: str, settings: Settings) -> Iterator[str]:
    """Yield the lines about a model: `key`, tab, value. Raises `Problem` for an unknown one."""
    model = entry(name)
    yield f"method\t{METHODS.get(model.family, model.family)}"
    for key, value in asdict(model).items():
        if value not in ("", 0, 0.0):
            yield f"{key}\t{value}"
    for depth in DEPTHS:
        yield f"top {settings.k} of {depth}\t{cost(model, settings, depth)}"
    if model.prompt:
        yield from prompt_lines(model)


def cost(model: Entry, settings: Settings, depth: int) -> str:
    """Return the calls and rounds to reckon with for a search."""
    # A plan is not checked: what a model needs to run is not needed to reckon.
    plan = resolve(replace(settings, reranker=model.name))
    spec = plan.engine if FAMILIES[model.family].scorer else None
    engine = engines.create(spec) if spec else Scorer("none", model.name, "", 1)
    planned = create(plan, engine).plan(depth, settings.k)
    calls = f"{planned.calls} call{'s'[: planned.calls != 1]}"
    return calls if planned.rounds is None else f"{calls} in {planned.rounds} round{'s'[: planned.rounds != 1]}"


def prompt_lines(model: Entry) -> Iterator[str]:
    """Yield the prompt with stand-ins for the query and two documents, turn by turn."""
    template = prompt.load(model.prompt)
    documents = [Candidate(id=str(n), title="", text=f"(document {n})", rank=n, score=0.0) for n in (1, 2)]
    shown = documents[: min(2, model.docs_per_call)]
    texts = [template.text(document) for document in shown]
    for message in template.messages("(query)", texts, ["(score)"] * len(texts)):
        yield f"\n{message.role}:"
        yield message.content

"""Is a reason worth what it says? The model is asked again without the passage that it rests on, and with that alone.

A reason holds if the choice changes when its passage is left out (comprehensiveness), or stays when only the passage is
kept of the document (sufficiency; DeYoung et al., ERASER, ACL 2020). Nothing of the search is changed by it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from .errors import Problem
from .events import CallFinished, CallStarted, Candidate, Event, Retrieved, Rewritten, SearchStarted
from .explanation.evidence import evidence
from .explanation.reasons import Reason, reasons
from .reranking.prompt import load
from .reranking.protocol import Reranker, RerankEvent
from .reranking.scores import LEXICAL, SEMANTIC, scores_of
from .retrieval import KINDS
from .retrieval.hybrid import FIRST
from .retrieval.protocol import Retriever, sourced
from .retrieval.rescoring import rescore

if TYPE_CHECKING:
    from .plan import Plan
    from .wiring import Wiring

Way = Literal["without", "only"]
SENTENCE = re.compile(r"[^.!?。！？\n]+(?:[.!?。！？]+[\"'”’)]*|\n|$)\s*")
WORD = re.compile(r"[^\W_]{4,}")


@dataclass(frozen=True)
class Trial:
    """One answer whose choice is tried: the `call`, its `documents` in label order as they were found, the one that was
    `chosen`, the stretches of its text that the reason rests on, and whether it rests on its `title`. `first` are the
    documents at the head of the first stage's list, none where that searched for something else than the query."""

    call: int
    documents: tuple[Candidate, ...]
    chosen: str
    passage: tuple[tuple[int, int], ...]
    title: bool = False
    first: tuple[str, ...] = ()

    def rest(self, way: Way) -> Candidate:
        """Return the chosen document `without` the passage, or with it `only`."""
        whole = self.whole
        text = only(whole.text, self.passage) if way == "only" else without(whole.text, self.passage)
        return replace(whole, text=text, title=whole.title if self.title == (way == "only") else "")

    @property
    def whole(self) -> Candidate:
        """Return the chosen document as it was found."""
        return next(each for each in self.documents if each.id == self.chosen)

    def with_rest(self, rest: Candidate) -> tuple[Candidate, ...]:
        """Return the documents in label order, the `rest` of the chosen one in its place."""
        found = (rest if each.id == self.chosen else each for each in self.documents)
        return tuple(replace(each, rank=rank) for rank, each in enumerate(found, 1))


@dataclass(frozen=True)
class Version:
    """One version of a comparison: the `documents` in label order, and what the prompt tells of the chosen one
    by the first stage, `before` and `after` it was changed. Both are empty where that is nothing, or still of the whole
    document."""

    documents: tuple[Candidate, ...]
    before: str = ""
    after: str = ""


def version(trial: Trial, way: Way, query: str, retriever: Retriever | None) -> Version:
    """Return the documents of a trial; the chosen one has the scores that the first stage gives what is left of it,
    where there is a `retriever` that can say. Blocks."""
    rest, names = trial.rest(way), (LEXICAL, SEMANTIC)
    again = rescore(retriever, query, trial.first, trial.whole, rest, names) if retriever else None
    if again is None:
        return Version(trial.with_rest(rest))
    documents = trial.with_rest(again)
    before, after = (str(scores_of(each)[trial.chosen]) for each in (trial.documents, documents))
    return Version(documents, before, after)


def retriever_of(wiring: Wiring, plan: Plan, trial: Trial) -> Retriever | None:
    """Return the retriever of a plan whose prompt shows scores of the first stage; None for any other, and where it
    searched for something else than the query or its index is not here. Blocks."""
    if not trial.first or not shows_scores(plan) or plan.retriever not in KINDS:
        return None
    try:
        return wiring.retriever(plan)
    except Problem:
        return None


def shows_scores(plan: Plan) -> bool:
    """Return whether the prompt of a plan shows what the first stage knows of a document."""
    return plan.entry is not None and load(plan.entry.prompt).scored


def only(text: str, stretches: Iterable[tuple[int, int]]) -> str:
    """Return the stretches alone."""
    return " ".join(text[start:end].strip() for start, end in stretches)


def without(text: str, stretches: Iterable[tuple[int, int]]) -> str:
    """Return the text without the stretches."""
    parts, at = [], 0
    for start, end in stretches:
        parts.append(text[at:start])
        at = end
    return " ".join("".join([*parts, text[at:]]).split())


@dataclass
class FirstStage:
    """What a first stage found, as events tell it: its `candidates`, and whether it searched for the `query` itself,
    with nothing added to it."""

    candidates: dict[str, Candidate] = field(default_factory=dict)
    query: str = ""
    plain: bool = False

    def see(self, event: Event) -> None:
        """Take in an event."""
        match event:
            case SearchStarted():
                self.query = event.query
                self.plain = not event.like and "candidates" not in event.settings
            case Rewritten() if event.complete:
                self.plain = self.plain and event.query == self.query
            case Retrieved():
                found = sourced(event.candidates, event.retriever, event.score_name)
                self.candidates = {candidate.id: candidate for candidate in found}

    @property
    def first(self) -> tuple[str, ...]:
        """Return the documents at the head of its list, none where it searched for something else."""
        return tuple(list(self.candidates)[:FIRST]) if self.plain else ()


def trial(events: Iterable[Event], call: int) -> Trial:
    """Return what is tried of a call. Raises `Problem` for one that chose nothing, or says nothing that could be
    found in the document it chose."""
    first_stage, started, finished = FirstStage(), None, None
    for event in events:
        first_stage.see(event)
        match event:
            case CallStarted() if event.call == call:
                started = event
            case CallFinished() if event.call == call:
                finished = event
            case _:
                pass
    if started is None or finished is None:
        raise Problem(f"comparison {call} is not in this search")
    tried = trial_of(started, finished, first_stage)
    if tried is None:
        raise Problem(f"comparison {call} has no reason that rests on a passage of the document it chose")
    return tried


def trial_of(started: CallStarted, finished: CallFinished, first_stage: FirstStage) -> Trial | None:
    """Return what is tried of an answer, None where it chose nothing or rests on nothing that can be left out."""
    candidates, chosen = first_stage.candidates, finished.winner
    if started.kind != "choose" or finished.status not in ("ok", "repaired") or chosen not in candidates:
        return None
    titles = {document: candidates[document].title for document in started.documents if document in candidates}
    quotes = [
        reason
        for reason in reasons(finished.text, started.documents, chosen, titles, finished.thought)
        if reason.document == chosen
    ]
    document = candidates[chosen]
    passage, title = rests_on(quotes, document)
    if not passage and not title:
        return None
    documents = tuple(candidates[each] for each in started.documents if each in candidates)
    return Trial(started.call, documents, chosen, passage, title, first_stage.first)


def rests_on(quotes: Sequence[Reason], document: Candidate) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Return the sentences of a document's text that a reason quotes, and whether it quotes the title; where it quotes
    nothing, the sentence that shares most of its longer words with it, if one does."""
    text, shift = document.text, len(document.title) + 1
    sentences = [match.span() for match in SENTENCE.finditer(text) if match[0].strip()]
    places = [
        each.found[0] - shift
        for reason in quotes
        for each in evidence(reason.text, f"{document.title} {text}")
        if each.found is not None
    ]
    if places:
        quoted = tuple((start, end) for start, end in sentences if any(start <= place < end for place in places))
        return quoted, any(place < 0 for place in places)
    words = {word.casefold() for reason in quotes for word in WORD.findall(reason.text)}
    shared = [len(words & {word.casefold() for word in WORD.findall(text[start:end])}) for start, end in sentences]
    return ((sentences[shared.index(max(shared))],) if any(shared) else ()), False


async def ask(reranker: Reranker, query: str, candidates: tuple[Candidate, ...]) -> list[Retrieved | RerankEvent]:
    """Ask one comparison again, of these documents in label order; return what was said as events."""
    began = time.monotonic()
    found: list[Retrieved | RerankEvent] = [
        Retrieved(at=0.0, index="", retriever="", score_name="", candidates=candidates, seconds=0.0)
    ]
    events = reranker.rerank(query, candidates, 1, lambda: time.monotonic() - began)
    async with aclosing(events):
        async for event in events:
            found.append(event)
    return found


def choice(events: Iterable[Retrieved | RerankEvent]) -> str | None:
    """Return the document that was chosen of all, None where no answer could be read."""
    for event in events:
        if isinstance(event, CallFinished) and event.status in ("ok", "repaired"):
            return event.winner
    return None

"""Is a reason worth what it says? The model is asked again without the passage that it rests on, and with that alone.

A reason holds if the choice changes when its passage is left out (comprehensiveness), or stays when only the passage is
kept of the document (sufficiency; DeYoung et al., ERASER, ACL 2020). Nothing of the search is changed by it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal

from .errors import Problem
from .events import CallFinished, CallStarted, Candidate, Event, Retrieved
from .explanation.evidence import evidence
from .explanation.reasons import Reason, reasons
from .reranking.protocol import Reranker, RerankEvent
from .retrieval.protocol import sourced

Way = Literal["without", "only"]
SENTENCE = re.compile(r"[^.!?。！？\n]+(?:[.!?。！？]+[\"'”’)]*|\n|$)\s*")
WORD = re.compile(r"[^\W_]{4,}")


@dataclass(frozen=True)
class Trial:
    """One answer whose choice is tried: the `call`, its `documents` in label order as they were found, the one that was
    `chosen`, the stretches of its text that the reason rests on, and whether it rests on its `title`."""

    call: int
    documents: tuple[Candidate, ...]
    chosen: str
    passage: tuple[tuple[int, int], ...]
    title: bool = False

    def changed(self, way: Way) -> tuple[Candidate, ...]:
        """Return the documents in label order, the chosen one `without` the passage or with it `only`."""
        found = []
        for rank, each in enumerate(self.documents, 1):
            if each.id == self.chosen:
                text = only(each.text, self.passage) if way == "only" else without(each.text, self.passage)
                each = replace(each, text=text, title=each.title if self.title == (way == "only") else "")
            found.append(replace(each, rank=rank))
        return tuple(found)


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


def trial(events: Iterable[Event], call: int) -> Trial:
    """Return what is tried of a call. Raises `Problem` for one that chose nothing, or says nothing that could be
    found in the document it chose."""
    found, candidates, started, finished = None, dict[str, Candidate](), None, None
    for event in events:
        match event:
            case Retrieved():
                retrieved = sourced(event.candidates, event.retriever, event.score_name)
                candidates = {candidate.id: candidate for candidate in retrieved}
            case CallStarted() if event.call == call:
                started = event
            case CallFinished() if event.call == call:
                finished = event
            case _:
                pass
    if started is None or finished is None:
        raise Problem(f"comparison {call} is not in this search")
    found = trial_of(started, finished, candidates)
    if found is None:
        raise Problem(f"comparison {call} has no reason that rests on a passage of the document it chose")
    return found


def trial_of(started: CallStarted, finished: CallFinished, candidates: dict[str, Candidate]) -> Trial | None:
    """Return what is tried of an answer, None where it chose nothing or rests on nothing that can be left out."""
    chosen = finished.winner
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
    return Trial(started.call, documents, chosen, passage, title)


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


async def ask(reranker: Reranker, query: str, trial: Trial, way: Way) -> list[Retrieved | RerankEvent]:
    """Ask one comparison again with the chosen document changed; return what was said as events."""
    began = time.monotonic()
    candidates = trial.changed(way)
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

"""Which of two reasonings about a document is sounder: a judge reads both, in both orders, under what they answer.

A judge such as FARE compares two answers of assistants to a question. The reasonings are such answers; the question,
whether the document is relevant, is ours.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from .errors import Problem, shown
from .events import CallFinished, Candidate, Event, Retrieved, SearchStarted
from .explanation.reasons import Reason, labels
from .explanation.story import Stories
from .reranking.protocol import Reranker, RerankEvent

FAMILY = "judge"
"""The family of rerankers that read two answers and say which is better."""
QUESTION = "Is this document relevant to the query, and why? Query: “{query}”. Document: {document}"


@dataclass(frozen=True, kw_only=True)
class Reasoning:
    """What a search says of a document: its run, the query, the document's text, and the words of the answer that
    decided its rank, labels as titles."""

    run: str
    query: str
    document: str
    words: str


def reasoning(run: str, events: Iterable[Event], document: str) -> Reasoning:
    """Return what a search says of a document. Raises `Problem` where that is nothing."""
    stories, texts, query = Stories(), dict[str, str](), ""
    for event in events:
        stories.see(event)
        if isinstance(event, SearchStarted):
            query = event.query
        elif isinstance(event, Retrieved):
            texts = {each.id: f"{each.title}\n{each.text}".strip() for each in event.candidates}
    main = stories.of(document).main
    if main is None:
        raise Problem(f"no answer of run {run} gives a reason for document {shown(document)}, there is none to judge")
    call, documents = stories.finished[main], stories.started[main].documents
    found = [reason for reason in stories.reasons[main] if reason.document == document]
    words = " ".join(spelled(call, reason, documents, stories.titles) for reason in found)
    return Reasoning(run=run, query=query, document=texts.get(document, ""), words=words)


def spelled(call: CallFinished, reason: Reason, documents: Sequence[str], titles: dict[str, str]) -> str:
    """Return the words of a reason, its labels replaced by the titles of what they stand for."""
    parts, at = [], reason.start
    for document, start, end in labels(call.text, documents, titles, call.thought):
        if start >= at and end <= reason.end:
            parts += [call.text[at:start], f"“{titles.get(document) or document}”"]
            at = end
    return "".join([*parts, call.text[at : reason.end]])


async def sounder(judge: Reranker, first: Reasoning, second: Reasoning) -> list[Retrieved | RerankEvent]:
    """Ask a judge which of two reasonings about one document is sounder; return what it said as events, the runs in
    the place of documents."""
    began = time.monotonic()
    both = tuple(
        Candidate(id=each.run, title="", text=each.words, rank=rank, score=0.0)
        for rank, each in enumerate((first, second), 1)
    )
    question = QUESTION.format(query=first.query, document=first.document)
    found: list[Retrieved | RerankEvent] = [
        Retrieved(at=0.0, index="", retriever="", score_name="", candidates=both, seconds=0.0)
    ]
    async with aclosing(judge.rerank(question, both, 1, lambda: time.monotonic() - began)) as events:
        async for event in events:
            found.append(event)
    return found

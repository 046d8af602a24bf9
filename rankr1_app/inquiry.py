"""What is asked about a search once its list is there: where a document stands and why, and which of two is better."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from typing import Any

from .errors import Problem, shown
from .events import Candidate, Retrieved, Source
from .plan import Plan, resolve
from .reranking.protocol import RerankEvent
from .retrieval import fit
from .retrieval.protocol import Places, Resembles, Retriever, explainer, parts_of, sourced
from .service import Service
from .settings import Settings

FARTHEST = 1000
"""How far down the first stage's list a document is looked for."""
FOUND = 5
"""Documents offered for words."""


@dataclass(frozen=True)
class Inquiry:
    """Questions about the search for `query` under `settings`, and for more `like` some documents. All block but
    `compare`."""

    service: Service
    settings: Settings
    query: str
    like: tuple[str, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan of the search."""
        return resolve(self.settings)

    @property
    def retriever(self) -> Retriever:
        """The retriever of the search. Blocks while it opens."""
        return self.service.wiring.lazy(self.plan, self.like).opened

    def find(self, text: str) -> dict[str, Any]:
        """Return the `documents` that `text` names, each with its place in the first stage (None below the first 1,000
        or without a word of the query) and its score term by term; `note` says where none has its words."""
        if not text.strip():
            raise Problem("type an id or some words of the document that is looked for")
        wanted, note = self.named(text)
        places = self.places() if wanted else {}
        return {"documents": [self.described(document, places) for document in wanted], "note": note}

    def named(self, text: str) -> tuple[list[Candidate], str]:
        """Return the document whose id is `text`, in whatever case it was typed, else those that its words find. Where
        no document has one of them, say so, and return what is near to it in meaning, if anything is."""
        retriever, typed = self.retriever, text.strip()
        for name in dict.fromkeys((typed, typed.lower(), typed.upper())):
            if exact := retriever.document(name):
                return [exact], ""
        found = list(retriever.search(text, FOUND))
        words = explainer(retriever)
        held = words is None or any(any(word.documents) for word in words.explain(text))
        nearest = fit.closeness(retriever, found)
        if held and (words is not None or nearest is None or nearest >= fit.NEAR):
            return found, ""
        lacking = "No document has this id" + ("" if held else " or any of these words")
        if nearest is None:
            return [], f"{lacking}."
        if nearest >= fit.NEAR:
            return found, f"{lacking}. The nearest in meaning:"
        return [], f"{lacking}, and none is near in meaning: the nearest has {fit.hundredths(nearest)} (1 at most)."

    def described(self, document: Candidate, places: dict[str, Candidate]) -> dict[str, Any]:
        """Return one document, its place, the parts of its score, and its sentences nearest to the query where the
        retriever is one by meaning."""
        place = places.get(document.id)
        parts = parts_of(self.retriever)
        words = explainer(self.retriever)
        meaning = next((part for part in parts if isinstance(part, Resembles)), None)
        terms = words.terms(self.query, document.id) if words else ()
        return {
            "id": document.id,
            "title": document.title,
            "text": document.text[:400],
            "rank": place.rank if place else None,
            "score": place.score if place else sum(term.weight for term in terms) if len(parts) == 1 else 0.0,
            "sources": [asdict(source) for source in (place.sources if place else self.further(document.id))],
            "terms": [asdict(term) for term in terms],
            "encoder": meaning.encoder if meaning else "",
            "sentences": [asdict(each) for each in meaning.sentences(self.query, document)] if meaning else [],
        }

    def further(self, document: str) -> list[Source]:
        """Return where a document stands that is below the list, by the parts of the first stage that can say it."""
        return [
            Source(retriever=part.name, rank=rank, score=score, score_name=part.score_name)
            for part in parts_of(self.retriever)
            if isinstance(part, Places)
            for rank, score in part.places(self.query, [document]).values()
        ]

    def places(self) -> dict[str, Candidate]:
        """Return the first stage's list, as far as it is looked at."""
        found = self.retriever.search(self.query, FARTHEST)
        return {candidate.id: candidate for candidate in found}

    async def compare(self, documents: list[str]) -> list[Retrieved | RerankEvent]:
        """Ask the model once which of two documents is better; return what it said as events. The ranking of the
        search is not touched."""
        reranker = self.service.wiring.reranker(self.plan)
        if reranker is None:
            raise Problem("reranker 'none' compares nothing, choose one that does")
        candidates = await asyncio.to_thread(self.two, documents)
        began = time.monotonic()
        found: list[Retrieved | RerankEvent] = [
            Retrieved(
                at=0.0, index=self.settings.index, retriever="", score_name="", candidates=candidates, seconds=0.0
            )
        ]
        events = reranker.rerank(self.query, candidates, 1, lambda: time.monotonic() - began)
        async with aclosing(events):
            async for event in events:
                found.append(event)
        return found

    def two(self, documents: list[str]) -> tuple[Candidate, ...]:
        """Return two different documents of the index, in first-stage order. Raises `Problem`."""
        if len(set(documents)) != 2:
            raise Problem(f"{shown(documents, 80)} are not two different documents")
        retriever = self.retriever
        ranked = sourced(tuple(self.places().values()), retriever.name, retriever.score_name)
        places = {candidate.id: candidate for candidate in ranked}
        found = []
        for document in documents:
            candidate = places.get(document) or retriever.document(document)
            if candidate is None:
                raise Problem(f"document {shown(document)} is not in index {shown(self.settings.index)}")
            found.append(candidate if candidate.rank else replace(candidate, rank=FARTHEST + 1))
        return tuple(sorted(found, key=lambda candidate: candidate.rank))

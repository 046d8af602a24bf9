"""Questions with a known right answer, from any corpus, topics and qrels: what GRPO learns from.

Each shows one relevant document among others that are not known to be (Rank-R1, section 3.2): negatives are drawn from
a first-stage run where one is given, else from the corpus.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeAlias

from ..errors import Problem, shown
from ..reranking.scores import Scores, scores_from
from ..retrieval.corpus import Document, read
from ..retrieval.qrels import Qrels, read_qrels
from ..retrieval.runs import read_run
from ..retrieval.topics import read_topics

ScoresByTopic: TypeAlias = Mapping[str, Mapping[str, float]]
"""Scores by topic and document."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A collection. `run` is the first stage's, in TREC's format; `depth` its documents that count as candidates.
    `lexical` and `semantic` are runs whose scores a prompt shows that carries them: BM25's, and cosine similarities."""

    corpus: Path
    topics: Path
    qrels: Path
    run: Path | None = None
    depth: int = 100
    lexical: Path | None = None
    semantic: Path | None = None


@dataclass(frozen=True)
class Question:
    """A topic and documents in label order, of which the one at `right` (counted from 0) is relevant, and what a first
    stage knows of each."""

    query: str
    documents: tuple[Document, ...]
    right: int
    scores: tuple[Scores, ...] = ()


@dataclass(frozen=True)
class Collection:
    """A source in memory."""

    documents: dict[str, Document]
    topics: dict[str, str]
    qrels: Qrels
    ranked: dict[str, list[str]] | None
    lexical: ScoresByTopic = field(default_factory=dict)
    semantic: ScoresByTopic = field(default_factory=dict)

    def scores(self, topic: str, documents: Sequence[str]) -> tuple[Scores, ...]:
        """Return what is known of documents."""
        lexical, semantic = self.lexical.get(topic, {}), self.semantic.get(topic, {})
        best = max(lexical.values(), default=0.0)
        return tuple(scores_from(lexical.get(each), best, semantic.get(each)) for each in documents)


def load(source: Source) -> Collection:
    """Read a source. Raises `Problem` for what cannot be read or does not fit together."""
    documents = {document.id: document for document in read(source.corpus)}
    topics, qrels = read_topics(source.topics), read_qrels(source.qrels)
    ranked = None
    if source.run:
        ranked = {topic: [d for d, _ in found[: source.depth]] for topic, found in read_run(source.run).items()}
        for topic, found in ranked.items():
            if strange := next((document for document in found if document not in documents), None):
                raise Problem(
                    f"run {shown(str(source.run))} names document {shown(strange)} for topic {shown(topic)}, "
                    f"which is not in {shown(str(source.corpus))}"
                )
    if not any(topic in qrels for topic in topics):
        raise Problem(f"no topic of {shown(str(source.topics))} is judged in {shown(str(source.qrels))}")
    return Collection(documents, topics, qrels, ranked, scored(source.lexical), scored(source.semantic))


def scored(run: Path | None) -> ScoresByTopic:
    """Return the scores of a run."""
    return {topic: dict(found) for topic, found in read_run(run).items()} if run else {}


def draw(
    sources: Sequence[Source], many: int, sizes: tuple[int, int], *, in_order: bool, seed: int
) -> Iterator[Question]:
    """Yield `many` questions with `sizes` (least, most) documents, topics of all sources in random order, each as often
    as the others. With `in_order` documents stand in first-stage order and the relevant one is of the run too; else
    they are shuffled. The same seed draws the same questions."""
    dice = Random(seed)
    collections = [load(source) for source in sources]
    if in_order and any(collection.ranked is None for collection in collections):
        raise Problem("first-stage order needs a first stage: give every source a run, or order = 'shuffled'")
    every = [
        (collection, topic)
        for collection in collections
        for topic in collection.topics
        if positives(collection, topic, in_order)
    ]
    if not every:
        raise Problem("no topic has a relevant document that could be shown, look at corpus, qrels and run")
    drawn = 0
    while drawn < many:
        dice.shuffle(every)
        for collection, topic in every[: many - drawn]:
            drawn += 1
            yield question(collection, topic, dice.randint(*sizes), in_order=in_order, dice=dice)


def positives(collection: Collection, topic: str, in_order: bool) -> list[str]:
    """Return the relevant documents of a topic that can be shown."""
    judged = collection.qrels.get(topic, {})
    found = [document for document, grade in judged.items() if grade > 0 and document in collection.documents]
    if in_order and collection.ranked is not None:
        ranked = set(collection.ranked.get(topic, ()))
        found = [document for document in found if document in ranked]
    return found


def question(collection: Collection, topic: str, size: int, *, in_order: bool, dice: Random) -> Question:
    """Return one relevant document among `size - 1` others."""
    relevant = {document for document, grade in collection.qrels[topic].items() if grade > 0}
    positive = dice.choice(positives(collection, topic, in_order))
    pool = collection.ranked.get(topic, []) if collection.ranked is not None else list(collection.documents)
    others = [document for document in pool if document not in relevant]
    if len(others) < size - 1:
        others += [document for document in collection.documents if document not in relevant.union(others)]
        others = others[: size - 1]
    shown_ids = [positive, *dice.sample(others, min(len(others), size - 1))]
    if in_order and collection.ranked is not None:
        place = {document: rank for rank, document in enumerate(collection.ranked.get(topic, ()))}
        shown_ids.sort(key=lambda document: place.get(document, len(place)))
    else:
        dice.shuffle(shown_ids)
    return Question(
        collection.topics[topic],
        tuple(collection.documents[document] for document in shown_ids),
        shown_ids.index(positive),
        collection.scores(topic, shown_ids),
    )

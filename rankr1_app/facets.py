"""Labels of a reader's own over the list of a search: which documents each fits, as a GLiClass classifier sees it.

The classifier reads title and text of every document with all labels at once and gives each label a probability.
Nothing of the search is changed by it: ranks stay as they are, and its reasons are the ranking model's alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .catalogue import Entry, entries
from .engines.gliclass import GLiClass
from .errors import Problem, logger, shown
from .events import Candidate
from .plan import EngineSpec, resolve
from .printing import plain
from .reranking.prompt import document_text
from .results import Fold
from .settings import Settings

FAMILY = "query-label"
"""The family of models that say how well labels fit a document."""
THRESHOLD = 0.5
"""The probability from which on a label counts as fitting."""
LABELS, LONGEST = 12, 60
"""Labels that are asked for at once, and characters of one."""
DOCUMENTS = 100
"""Documents that are read, the first of the list."""
TOGETHER = 8
"""Documents that are read between two chances to end it."""
PATIENCE = 5.0
"""Seconds in which the hub has to say that it has a model."""


@dataclass(frozen=True, kw_only=True)
class Facets:
    """The probability of each of `labels` for documents of a list, in the list's order, by the classifier `model`; when
    it was `asked` (UTC in ISO 8601)."""

    model: str
    labels: tuple[str, ...]
    documents: Mapping[str, tuple[float, ...]]
    asked: str
    threshold: float = THRESHOLD

    @property
    def counts(self) -> tuple[int, ...]:
        """How many documents each label fits."""
        rows = self.documents.values()
        return tuple(sum(row[place] >= self.threshold for row in rows) for place in range(len(self.labels)))


def checked_labels(given: Iterable[str]) -> tuple[str, ...]:
    """Return labels in one spelling, each once. Raises `Problem` for too many, too long ones, or none."""
    found = dict[str, str]()
    for label in given:
        visible = (" " if unicodedata.category(each).startswith("C") else each for each in label)
        if words := " ".join("".join(visible).split()):
            found.setdefault(words.casefold(), words)
    if not 1 <= len(found) <= LABELS:
        raise Problem(f"labels are {len(found)}, there must be 1 to {LABELS}")
    for label in found.values():
        if len(label) > LONGEST:
            raise Problem(f"label {shown(label, 20)} has {len(label)} characters, at most {LONGEST} are read")
    return tuple(found.values())


def classifier() -> tuple[Entry, bool]:
    """Return the first classifier of the catalogue whose weights are on this machine, else the first of all, and
    whether they are. Raises `Problem` where the catalogue has none."""
    found = [entry for entry in entries().values() if entry.family == FAMILY]
    if not found:
        raise Problem(f"the catalogue has no model of the family {FAMILY!r}, which labels need")
    here = next((entry for entry in found if present(entry)), None)
    return here or found[0], here is not None


def present(entry: Entry) -> bool:
    """Return whether the weights of a model are on this machine."""
    from huggingface_hub import try_to_load_from_cache

    if Path(entry.weights).is_dir():
        return True
    with suppress(ValueError):
        files = ("model.safetensors", "pytorch_model.bin")
        return any(isinstance(try_to_load_from_cache(entry.base, file), str) for file in files)
    return False


def fetchable(entry: Entry) -> None:
    """Raise `Problem` where the hub does not offer a model now: loading it would find out only after minutes."""
    from huggingface_hub import HfApi

    try:
        HfApi().model_info(entry.base, timeout=PATIENCE)
    except Exception as error:
        logger.warning("model %s is not to be had", entry.base, exc_info=error)
        raise Problem(
            f"labels need a classifier such as {entry.name}: its weights are not on this machine, and Hugging Face, "
            "which has them, cannot be reached"
        ) from None


def engine_of(entry: Entry) -> EngineSpec:
    """Return the engine of a classifier, which searches with it share."""
    spec = resolve(Settings(reranker=entry.name)).engine
    assert spec is not None
    return spec


def listed(fold: Fold) -> list[Candidate]:
    """Return the documents of a search that are read, as they are ranked."""
    order = dict.fromkeys((*fold.order, *fold.candidates))
    return [fold.candidates[document] for document in order][:DOCUMENTS]


async def classify(engine: GLiClass, entry: Entry, labels: Sequence[str], documents: Sequence[Candidate]) -> Facets:
    """Return how well labels fit documents. Raises `Problem` where the model is not to be had or the labels are too
    long for it."""
    found = dict[str, tuple[float, ...]]()
    for start in range(0, len(documents), TOGETHER):
        some = documents[start : start + TOGETHER]
        async with engine.lane:
            rows = await engine.label([document_text(each) for each in some], labels, entry.passage_tokens)
        found |= {each.id: row for each, row in zip(some, rows, strict=True)}
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Facets(model=entry.name, labels=tuple(labels), documents=found, asked=at)


async def label_documents(fold: Fold, given: Iterable[str]) -> tuple[Facets, list[Candidate]]:
    """Return how well labels fit the documents of a search, in a process of its own, and the documents. Raises
    `Problem`."""
    labels = checked_labels(given)
    entry, here = classifier()
    if not here:
        fetchable(entry)
    documents = listed(fold)
    return await classify(GLiClass(entry.weights, listwise=False), entry, labels, documents), documents


def printed(facets: Facets, documents: Sequence[Candidate]) -> Iterator[str]:
    """Yield the labels with their counts, then each document with its rank and its probabilities."""
    counts = (f"{label} {count}" for label, count in zip(facets.labels, facets.counts, strict=True))
    yield plain(f"{', '.join(counts)}: of {len(documents)} documents, at {facets.threshold} or more by {facets.model}")
    for rank, document in enumerate(documents, 1):
        row = zip(facets.labels, facets.documents[document.id], strict=True)
        fitting = ", ".join(f"{label} {value:.2f}" for label, value in row)
        yield plain(f"{rank:>3}. {document.title or document.id}   {fitting}   {document.id}")

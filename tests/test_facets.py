"""Labels of a reader's own: how they are read, which classifier reads them, and what it says of documents."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rankr1_app import facets
from rankr1_app.catalogue import entry
from rankr1_app.engines.gliclass import GLiClass
from rankr1_app.errors import Problem
from rankr1_app.events import Event, Retrieved, SearchFailed, SearchFinished, SearchStarted, Totals
from rankr1_app.facets import (
    DOCUMENTS,
    LABELS,
    LONGEST,
    Facets,
    checked_labels,
    classifier,
    classify,
    engine_of,
    fetchable,
    label_documents,
    listed,
    printed,
)
from rankr1_app.results import Fold, gather

from .doubles import candidates
from .engines.test_gliclass import checkpoint

__all__ = ["checkpoint"]
OWN = """
["random"]
about = "a classifier"
family = "query-label"
base = '{folder}'
prompt = ""
docs_per_call = 1
max_tokens = 1
passage_tokens = 800
query_tokens = 128
licence = "MIT"
"""


def own(home: Path, folder: Path) -> None:
    """Put a classifier into the catalogue of a data folder."""
    (home / "models.toml").write_text(OWN.format(folder=folder), "utf-8")


def search(many: int, *end: Event) -> Fold:
    """A search whose last documents its model put first."""
    found = candidates(range(many))
    ranking = tuple(each.id for each in reversed(found))
    events: list[Event] = [
        SearchStarted(query="q", settings={}, versions={}, seed=1, started=""),
        Retrieved(at=0, index="i", retriever="r", score_name="s", candidates=found, seconds=0),
    ]
    return gather([*events, *(end or (SearchFinished(at=1, ranking=ranking, settled=1, totals=Totals()),))])


def test_labels_are_in_one_spelling_and_once() -> None:
    given_ = ["  Biology ", "biology", "home\n\tcooking", "", "\x1b[2J", "BIOLOGY"]
    assert checked_labels(given_) == ("Biology", "home cooking", "[2J")


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ([], "labels are 0, there must be 1 to 12"),
        ([" ", "\n"], "labels are 0"),
        ([str(n) for n in range(LABELS + 1)], "labels are 13, there must be 1 to 12"),
        (["a" * (LONGEST + 1)], "label 'a+… has 61 characters, at most 60 are read"),
    ],
)
def test_labels_that_are_refused(labels: list[str], why: str) -> None:
    with pytest.raises(Problem, match=why):
        checked_labels(labels)


@given(st.lists(st.text(max_size=80), max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_labels_are_bounded_and_read_the_same_again(labels: list[str]) -> None:
    try:
        found = checked_labels(labels)
    except Problem:
        return
    assert 1 <= len(found) <= LABELS
    assert all(0 < len(label) <= LONGEST for label in found)
    assert checked_labels(found) == found


def test_a_label_fits_from_the_threshold_on() -> None:
    rows = {"a": (0.5, 0.1), "b": (0.4999, 0.2), "c": (0.9, 0.3)}
    assert Facets(model="m", labels=("x", "y"), documents=rows, asked="").counts == (2, 0)


def test_the_classifier_is_one_whose_weights_are_here(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    first, here = classifier()
    assert (first.name, here) == ("gliclass-edge", False)
    own(tmp_path, checkpoint)
    found, here = classifier()
    assert (found.name, here) == ("random", True)
    assert (engine_of(found).kind, engine_of(found).model) == ("query-label", str(checkpoint))


def test_a_catalogue_without_a_classifier_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facets, "entries", dict)
    with pytest.raises(Problem, match="the catalogue has no model of the family 'query-label'"):
        classifier()


def test_what_the_hub_does_not_have_now_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def offline(*_: object, **__: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", offline)
    with pytest.raises(Problem, match="labels need a classifier such as gliclass-edge: its weights are not on this"):
        fetchable(entry("gliclass-edge"))


def test_the_first_documents_are_read_as_they_are_ranked() -> None:
    assert [each.id for each in listed(search(3))] == ["d2", "d1", "d0"]
    assert [each.id for each in listed(search(3, SearchFailed(at=1, message="lost", ranking=("d1",))))] == [
        "d1",
        "d0",
        "d2",
    ]
    assert len(listed(search(DOCUMENTS + 5))) == DOCUMENTS


async def test_every_document_is_labelled_whatever_their_number(checkpoint: Path) -> None:
    engine = GLiClass(str(checkpoint), listwise=False)
    documents = listed(search(19))
    found = await classify(engine, entry("gliclass-edge"), ("plants", "bread"), documents)
    assert list(found.documents) == [each.id for each in documents]
    assert found.documents["d7"] == (await engine.label(["number 7"], ["plants", "bread"], 800))[0]
    assert (found.model, found.labels, found.threshold) == ("gliclass-edge", ("plants", "bread"), 0.5)
    await engine.close()


def test_labels_of_a_recording_are_printed(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path))
    own(tmp_path, checkpoint)
    found, documents = asyncio.run(label_documents(search(2), ["plants", "Plants", "bread"]))
    first, *rest = printed(found, documents)
    plants, bread = found.counts
    assert first == f"plants {plants}, bread {bread}: of 2 documents, at 0.5 or more by random"
    one, other = found.documents["d1"]
    assert rest[0] == f"  1. d1   plants {one:.2f}, bread {other:.2f}   d1"
    assert len(rest) == 2

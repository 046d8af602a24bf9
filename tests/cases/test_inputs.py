"""Every input of the list is read as what it is, or refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import corpus
from rankr1_app.retrieval.qrels import read_qrels
from rankr1_app.retrieval.runs import read_run
from rankr1_app.retrieval.topics import read_topics

from .inputs import CORPORA, QRELS, RUNS, TOPICS, Input


def about(each: Input) -> str:
    return each.about


def refused(each: Input, raised: pytest.ExceptionInfo[Problem]) -> bool:
    """Whether the refusal names the file and says what is right, in a line that a person can read."""
    text = str(raised.value)
    return each.says in text and each.file in text and "\n" not in text and len(text) < 700


@pytest.mark.parametrize("each", CORPORA, ids=about)
@pytest.mark.timeout(20)
def test_corpora(each: Input, tmp_path: Path) -> None:
    path, report = each.write(tmp_path), corpus.Report()
    if each.says:
        with pytest.raises(Problem) as raised:
            list(corpus.read(path, report))
        assert refused(each, raised), raised.value
        return
    assert [(d.id, d.title, d.text) for d in corpus.read(path, report)] == each.reads
    assert tuple(report.skipped.elements()) == each.skips


@pytest.mark.parametrize("each", TOPICS, ids=about)
@pytest.mark.timeout(20)
def test_topics(each: Input, tmp_path: Path) -> None:
    path = each.write(tmp_path)
    if each.says:
        with pytest.raises(Problem) as raised:
            read_topics(path)
        assert refused(each, raised), raised.value
        return
    assert read_topics(path) == each.reads


@pytest.mark.parametrize("each", RUNS, ids=about)
@pytest.mark.timeout(20)
def test_runs(each: Input, tmp_path: Path) -> None:
    path = each.write(tmp_path)
    if each.says:
        with pytest.raises(Problem) as raised:
            read_run(path)
        assert refused(each, raised), raised.value
        return
    assert {topic: [document for document, _ in ranked] for topic, ranked in read_run(path).items()} == each.reads


@pytest.mark.parametrize("each", QRELS, ids=about)
@pytest.mark.timeout(20)
def test_qrels(each: Input, tmp_path: Path) -> None:
    path = each.write(tmp_path)
    if each.says:
        with pytest.raises(Problem) as raised:
            read_qrels(path)
        assert refused(each, raised), raised.value
        return
    assert read_qrels(path) == each.reads

"""A retriever that is not Lucene: searched, and reached by its name on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest

from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.retrieval import exact, indexes
from rankr1_app.retrieval.protocol import Explains


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of four documents with vectors beside it."""
    folder = tmp_path_factory.mktemp("exact")
    corpus = folder / "c.jsonl"
    corpus.write_text("".join(json.dumps({"id": f"d{n}", "text": f"text {n}"}) + "\n" for n in range(4)))
    indexes.build(corpus, "four", folder)
    numpy.savez(
        folder / "four.vectors.npz",
        ids=["d3", "d1", "d0", "d2"],
        vectors=[[0.0, 1.0], [1.0, 1.0], [1.0, 1.0], [3.0, 0.0]],
        queries=["east", "north"],
        query_vectors=[[1.0, 0.0], [0.0, 2.0]],
    )
    return folder / "four"


def test_largest_inner_product_first_and_ties_by_id(place: Path) -> None:
    retriever = exact.open_index(str(place))
    found = retriever.search("east", 3)
    assert [(c.id, c.rank, c.score, c.text) for c in found] == [
        ("d2", 1, 3.0, "text 2"),
        ("d0", 2, 1.0, "text 0"),
        ("d1", 3, 1.0, "text 1"),
    ]
    assert (retriever.name, retriever.index, retriever.score_name) == ("exact", "four", "inner product")
    assert retriever.document("d9") is None
    assert not isinstance(retriever, Explains)
    with pytest.raises(Problem, match="query 'west' has no vector"):
        retriever.search("west", 3)


def test_its_name_reaches_it(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["search", "north", "--index", str(place), "--retriever", "exact", "--reranker", "none", "--format", "json"])
    result = json.loads(capsys.readouterr().out)
    assert [entry["id"] for entry in result["ranking"]] == ["d0", "d1", "d3", "d2"]
    assert result["settings"]["retriever"] == "exact"


def test_vectors_that_do_not_fit_are_refused(place: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="do not exist"):
        exact.read_vectors(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("no vectors")
    with pytest.raises(Problem, match="cannot be read, give an npz file of ids, vectors"):
        exact.read_vectors(tmp_path / "text.npz")
    numpy.savez(tmp_path / "short.npz", ids=["a"], vectors=[[1.0]], queries=["q"], query_vectors=[[1.0, 2.0]])
    with pytest.raises(Problem, match="do not fit together: 1 documents, 1 queries"):
        exact.read_vectors(tmp_path / "short.npz")

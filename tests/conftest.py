"""What all tests share: a data folder of their own, and nothing of the user's environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

SLOW = """
    cases fuzz ui web test_benchmarks.py test_examples.py test_package.py
    test_agreement.py test_api.py test_audit.py test_batch.py test_calibration.py test_cli.py test_exchange.py
    test_facets.py test_log.py test_recorder.py test_rewriting.py
    engines/test_answers.py engines/test_architectures.py engines/test_connection.py engines/test_drafts.py
    engines/test_gliclass.py engines/test_kv.py engines/test_openai.py engines/test_prefixes.py engines/test_quirks.py
    engines/test_qwen3.py
    engines/test_rows.py engines/test_transformers.py
    reranking/sorts reranking/test_choice.py reranking/test_failures.py reranking/test_interpolation.py
    reranking/test_listwise.py reranking/test_pairwise.py reranking/test_readings.py reranking/test_scoring.py
    reranking/test_windows.py
    retrieval/test_among.py retrieval/test_bm25.py retrieval/test_cluster.py retrieval/test_dense.py
    retrieval/test_documents.py retrieval/test_encoders.py retrieval/test_feedback.py retrieval/test_fetch.py
    retrieval/test_fit.py retrieval/test_folder.py retrieval/test_hybrid.py retrieval/test_indexes.py
    retrieval/test_languages.py retrieval/test_lucene.py retrieval/test_marked.py retrieval/test_milvus.py
    retrieval/test_thai.py retrieval/test_together.py retrieval/test_vectors.py
"""
"""Folders and files that take long, by Java, torch, a server or thousands of cases."""
MARKS = {"browser": "browser", "engine": "engine", "training": "train", **dict.fromkeys(SLOW.split(), "slow")}
"""What marks every test of a folder or a file."""


LONGEST = ("engine", "training", "browser", "fuzz")
"""Folders whose tests begin first: where two processes share the files, the last ones should be short."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they need, as their folder or file says, and begin with those that take longest."""
    places = {folder: place for place, folder in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.parent.name, len(LONGEST)))
    for item in items:
        path = item.path.relative_to(Path(__file__).parent)
        for place in (path.parts[0], path.parent.as_posix(), path.as_posix()):
            if place in MARKS:
                item.add_marker(MARKS[place])


@pytest.fixture(scope="session", autouse=True)
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """RANKR1_HOME for the whole run; other RANKR1_ settings are taken away."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if is_setting(name)}
    folder = tmp_path_factory.mktemp("home")
    os.environ["RANKR1_HOME"] = str(folder)
    yield folder
    os.environ.update(kept)


def is_setting(name: str) -> bool:
    """Whether a variable would change what is tested."""
    return name.startswith("RANKR1_") and name != "RANKR1_COLLECTIONS"


@pytest.fixture(scope="session")
def collections() -> Path:
    """The shared test collections: skipped without them, failed in CI."""
    default = Path(__file__).parent.parent.parent / "shared" / "collections"
    folder = Path(os.environ.get("RANKR1_COLLECTIONS", default))
    if not (folder / "scifact" / "corpus.jsonl").is_file():
        reason = f"the test collections are not at {folder}, set RANKR1_COLLECTIONS"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder

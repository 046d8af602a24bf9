"""What the doctor says of indexes, recordings and the disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from rankr1_app.cli import main
from rankr1_app.retrieval import indexes, vectors


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def doctor(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, list[str]]]:
    status = 0
    try:
        main(["doctor", "--reranker", "none", *options])
    except SystemExit as stop:
        status = int(stop.code or 0)
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    return status, {row[0]: row[1:] for row in rows}


def test_a_fresh_machine_is_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, told = doctor(capsys)
    assert status == 0
    assert told["indexes"] == ["ok", "demo (302 documents)"]
    assert told["index"] == ["ok", f"demo, 302 documents, English analyser, in {home}/indexes/demo"]
    assert told["recordings"] == ["ok", f"0 searches, 0.0 MB, in {home}/recordings"]
    assert told["disk"][0] == "ok"
    assert "MB free at " in told["disk"][1]


def test_what_is_wrong_is_named(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "c.jsonl").write_text(json.dumps({"id": "d", "text": "bread"}))
    info, _ = indexes.build(tmp_path / "c.jsonl", "mine", language="de")
    (home / "recordings").mkdir()
    (home / "recordings" / f"{'1' * 16}.jsonl").write_text("x" * 2_000_000)
    status, told = doctor(capsys, "--index", "mine")
    assert (status, told["index"][1]) == (0, f"mine, 1 documents, German analyser, in {home}/indexes/mine")
    assert told["recordings"][1].startswith("1 searches, 2.0 MB")
    shutil.rmtree(info.lucene)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    status, told = doctor(capsys, "--index", "mine")
    assert status == 1
    assert told["index"][0] == told["disk"][0] == "FAILED"
    assert "files of Lucene are missing or damaged" in told["index"][1]
    assert "has 0.0 MB left" in told["disk"][1]


def test_vectors_run_on_one_faiss(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    status, told = doctor(capsys)
    assert (status, told["vectors"][0]) == (0, "ok")
    assert told["vectors"][1].startswith("faiss-")
    assert told["vectors"][1].endswith("; index demo has none")
    monkeypatch.setattr(vectors, "is_installed", lambda _: True)
    status, told = doctor(capsys)
    assert (status, told["vectors"][0]) == (1, "FAILED")
    assert "faiss-cpu and faiss-gpu are both installed" in told["vectors"][1]

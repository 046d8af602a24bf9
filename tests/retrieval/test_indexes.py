"""Indexes that are whole or not there, and BM25 figures on real collections."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rankr1_app.batch import rerank_topics
from rankr1_app.errors import Problem
from rankr1_app.evaluation import evaluate
from rankr1_app.retrieval import indexes
from rankr1_app.retrieval.bm25 import open_index
from rankr1_app.settings import Settings

HOSTILE = ["<script>alert(1)</script>", "${x}", "😀 中文", "a\tb\\u0041 \"'", "x" * 100_000, "\u202eright to left"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def write(path: Path, texts: list[str]) -> Path:
    import json

    path.write_text(
        "".join(json.dumps({"id": f"d{n}", "title": f"T{n}", "text": t}) + "\n" for n, t in enumerate(texts))
    )
    return path


def test_build_search_list_show_delete(home: Path, tmp_path: Path) -> None:
    corpus = write(tmp_path / "c.jsonl", ["bread rises with yeast", "tea and coffee", *HOSTILE])
    seen = []
    info, report = indexes.build(corpus, "mine", progress=lambda r: seen.append(r.documents))
    assert (info.documents, report.documents, seen[-1]) == (8, 8, 8)
    found = open_index("mine").search("why does bread rise?", 10)
    assert [(c.id, c.title, c.text, c.rank) for c in found] == [("d0", "T0", "bread rises with yeast", 1)]
    assert found[0].score > 0
    assert open_index(str(indexes.root() / "mine")).search("😀", 5)[0].text == "😀 中文"
    assert [i.documents for i in indexes.listed() if i.name == "mine"] == [8]
    indexes.delete("mine")
    with pytest.raises(Problem, match="'mine' does not exist"):
        indexes.show("mine")


def test_odd_queries(home: Path, tmp_path: Path) -> None:
    indexes.build(write(tmp_path / "c.jsonl", ["bread rises", *HOSTILE]), "odd")
    searcher = open_index("odd")
    for query in ("AND ( OR NOT", '"', "the of and", "*:*", "title:x", "a\0b", "\u202e", "x" * 9_999, "?"):
        searcher.search(query, 5)
    assert searcher.search(" ".join(f"w{n}" for n in range(3_000)) + " bread", 5)[0].id == "d0"
    assert len(searcher.search("bread", 1_000)) == 1
    assert searcher.search("absent", 5) == ()


def test_eight_threads(home: Path, tmp_path: Path) -> None:
    indexes.build(write(tmp_path / "c.jsonl", [f"bread number {n}" for n in range(200)]), "many")
    searcher = open_index("many")
    expected = searcher.search("bread 7", 50)
    with ThreadPoolExecutor(8) as pool:
        assert all(found == expected for found in pool.map(lambda _: searcher.search("bread 7", 50), range(100)))


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", ".hidden", "a b", "x" * 65, "a..b", "a\0b", "ä", "-x"])
def test_names_stay_in_their_folder(name: str, home: Path, tmp_path: Path) -> None:
    corpus = write(tmp_path / "c.jsonl", ["x"])
    for act in (lambda: indexes.build(corpus, name), lambda: indexes.delete(name)):
        with pytest.raises(Problem, match="index name .* cannot be"):
            act()


def test_a_failed_build_keeps_the_old_index(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    indexes.build(write(tmp_path / "c.jsonl", ["old bread"]), "kept")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(indexes, "write_chunks", full)
    with pytest.raises(Problem, match="'kept' cannot be written .* No space left on device"):
        indexes.build(write(tmp_path / "c.jsonl", ["new bread"]), "kept")
    assert open_index("kept").search("bread", 5)[0].text == "old bread"
    assert not list(indexes.root().glob(".kept.*.new"))


def test_a_corpus_of_nothing_is_said(home: Path, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text("nonsense\n\n")
    with pytest.raises(Problem, match="no document that can be indexed: 1 times not JSON"):
        indexes.build(tmp_path / "c.jsonl", "empty")
    with pytest.raises(Problem, match="line 1: not JSON"):
        indexes.build(tmp_path / "c.jsonl", "empty", strict=True)


def test_a_place_that_cannot_be_written(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot be written"):
        indexes.build(write(tmp_path / "c.jsonl", ["x"]), "n", tmp_path / "file")


def test_a_killed_build_leaves_the_old_index(home: Path, tmp_path: Path) -> None:
    indexes.build(write(tmp_path / "c.jsonl", ["old bread"]), "killed")
    big = tmp_path / "big.tsv"
    with big.open("w") as file:
        for n in range(300_000):
            file.write(f"{n}\t{'new bread ' * 20}\n")
    build = subprocess.Popen([sys.executable, "-m", "rankr1_app", "index", "build", str(big), "--name", "killed"])
    while not list(indexes.root().glob(".killed.*.new/chunks/*.jsonl")) and build.poll() is None:
        time.sleep(0.05)
    build.send_signal(signal.SIGKILL)
    assert build.wait() == -signal.SIGKILL
    assert open_index("killed").search("bread", 5)[0].text == "old bread"
    indexes.build(tmp_path / "c.jsonl", "killed")
    assert not list(indexes.root().glob(".killed.*.new"))


def test_broken_meta_is_said(home: Path) -> None:
    folder = indexes.root() / "broken"
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text("{")
    with pytest.raises(Problem, match=r"broken meta\.json"):
        indexes.show("broken")
    (folder / "meta.json").write_text('{"name": 5}')
    with pytest.raises(Problem, match=r"broken meta\.json"):
        indexes.show("broken")


@pytest.mark.parametrize(("name", "figure"), [("scifact", 0.6789), ("nfcorpus", 0.3218)])
def test_figures_of_bm25(name: str, figure: float, collections: Path, home: Path, tmp_path: Path) -> None:
    folder, run = collections / name, tmp_path / "bm25.run"
    indexes.build(folder / "corpus.jsonl", name)
    settings = Settings(index=name, reranker="none", depth=100)
    rerank_topics(settings, folder / "topics.tsv", None, None, run, None)
    ours = evaluate(folder / "qrels.txt", run, "nDCG@10").values["nDCG@10"]
    assert abs(ours - figure) < 0.001
    command = [str(Path(sys.executable).parent / "ir_measures"), str(folder / "qrels.txt"), str(run), "nDCG@10"]
    theirs = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ}).stdout
    assert float(theirs.split()[-1]) == pytest.approx(ours, abs=0.00005)

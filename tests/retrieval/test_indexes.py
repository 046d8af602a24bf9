"""Indexes that are whole or not there, and BM25 figures on real collections."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
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
from rankr1_app.retrieval import indexes, lucene
from rankr1_app.retrieval.bm25 import open_index
from rankr1_app.settings import Settings

HOSTILE = ["<script>alert(1)</script>", "${x}", "😀 中文", "a\tb\\u0041 \"'", "x" * 100_000, "\u202eright to left"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RANKR1_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def write(path: Path, texts: list[str]) -> Path:
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
        with pytest.raises(Problem, match="index name .* is not valid"):
            act()


def test_a_failed_build_keeps_the_old_index(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    indexes.build(write(tmp_path / "c.jsonl", ["old bread"]), "kept")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(lucene, "write_chunks", full)
    with pytest.raises(Problem, match="'kept' cannot be written .* No space left on device; make room"):
        indexes.build(write(tmp_path / "c.jsonl", ["new bread"]), "kept")
    assert open_index("kept").search("bread", 5)[0].text == "old bread"
    assert {path.name for path in indexes.root().iterdir()} >= {"kept", ".kept.lock"}
    assert not (indexes.root() / ".kept.build").exists()


def test_a_corpus_of_nothing_is_said(home: Path, tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text("nonsense\n\n")
    with pytest.raises(Problem, match="no document that can be indexed: 1 times not JSON"):
        indexes.build(tmp_path / "c.jsonl", "empty")
    with pytest.raises(Problem, match="line 1: not JSON"):
        indexes.build(tmp_path / "c.jsonl", "empty", strict=True)


def test_a_place_that_cannot_be_written(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="file' is not a folder, give one with --dir"):
        indexes.build(write(tmp_path / "c.jsonl", ["x"]), "n", tmp_path / "file")


def test_a_killed_build_leaves_the_old_index(home: Path, tmp_path: Path) -> None:
    indexes.build(write(tmp_path / "c.jsonl", ["old bread"]), "killed")
    big = tmp_path / "big.tsv"
    with big.open("w") as file:
        for n in range(300_000):
            file.write(f"{n}\t{'new bread ' * 20}\n")
    build = subprocess.Popen([sys.executable, "-m", "rankr1_app", "index", "build", str(big), "--name", "killed"])
    while not list(indexes.root().glob(".killed.build/chunks/*.jsonl")) and build.poll() is None:
        time.sleep(0.05)
    build.send_signal(signal.SIGKILL)
    assert build.wait() == -signal.SIGKILL
    assert open_index("killed").search("bread", 5)[0].text == "old bread"
    indexes.build(tmp_path / "c.jsonl", "killed")
    assert not (indexes.root() / ".killed.build").exists()


def test_an_interrupted_build_ends_at_once_and_leaves_the_old_index(home: Path, tmp_path: Path) -> None:
    indexes.build(write(tmp_path / "c.jsonl", ["old bread"]), "hit")
    big = tmp_path / "big.tsv"
    words = [f"{n * 7919:x}" for n in range(100_000)]
    big.write_text("".join(f"{n}\t{' '.join(words[n % 900 : n % 900 + 200])}\n" for n in range(60_000)))
    command = [sys.executable, "-m", "rankr1_app", "index", "build", str(big), "--name", "hit"]
    build = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not list(indexes.root().glob(".hit.build/lucene/_*")) and build.poll() is None:
        time.sleep(0.02)
    began = time.monotonic()
    build.send_signal(signal.SIGINT)
    assert build.communicate(timeout=60)[1].splitlines()[-1] == "error: interrupted"
    assert time.monotonic() - began < 5
    assert build.returncode == 1
    assert open_index("hit").search("bread", 5)[0].text == "old bread"
    indexes.build(tmp_path / "c.jsonl", "hit")
    assert not (indexes.root() / ".hit.build").exists()


def test_broken_meta_is_said(home: Path) -> None:
    folder = indexes.root() / "broken"
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text("{")
    with pytest.raises(Problem, match=r"broken meta\.json"):
        indexes.show("broken")
    for text in ('{"documents": 5}', "null", "[]", "5", "[" * 100_000, '{"a": ' * 5000, "\xff"):
        (folder / "meta.json").write_bytes(text.encode("latin-1"))
        with pytest.raises(Problem, match=r"index '.*' has a broken meta\.json, move its folder away$"):
            indexes.show("broken")
    assert "broken" not in [info.name for info in indexes.listed()]


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


def test_an_index_of_the_first_version_opens(home: Path, tmp_path: Path) -> None:
    info, _ = indexes.build(write(tmp_path / "c.jsonl", ["bread rises"]), "first")
    meta = Path(info.folder) / "meta.json"
    told = json.loads(meta.read_text())
    assert (told["version"], told["parts"], told["language"]) == (2, ["lucene"], "en")
    meta.write_text(json.dumps({name: told[name] for name in told.keys() - {"version", "parts", "language"}}))
    assert open_index("first").search("bread", 5)[0].id == "d0"
    assert indexes.show("first").language == "en"
    meta.write_text(json.dumps({**told, "version": 3}))
    with pytest.raises(Problem, match="built by a newer version"):
        indexes.show("first")


def test_an_index_answers_to_the_name_of_its_folder(home: Path, tmp_path: Path) -> None:
    info, _ = indexes.build(write(tmp_path / "c.jsonl", ["bread rises"]), "before")
    Path(info.folder).rename(indexes.root() / "after")
    assert (indexes.show("after").name, [i.name for i in indexes.listed()]) == ("after", ["demo", "after"])


def test_the_demo_keeps_its_name(home: Path, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="'demo' is the bundled collection's, choose another name"):
        indexes.build(write(tmp_path / "c.jsonl", ["x"]), "demo")
    (indexes.root() / "demo").mkdir(parents=True)
    (indexes.root() / "demo" / "thesis.txt").write_text("mine")
    with pytest.raises(Problem, match="demo' is not an index and is left as it is"):
        indexes.show("demo")


def test_a_build_into_a_folder_of_the_users_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "me" / "Documents").mkdir(parents=True)
    (tmp_path / "me" / "Documents" / "thesis.txt").write_text("mine")
    with pytest.raises(Problem, match="Documents' is not an index and is left as it is"):
        indexes.build(write(tmp_path / "c.jsonl", ["x"]), "Documents", tmp_path / "me")
    assert (tmp_path / "me" / "Documents" / "thesis.txt").read_text() == "mine"
    assert [path.name for path in (tmp_path / "me").iterdir()] == ["Documents"]


def test_an_index_built_now_is_not_listed(home: Path, tmp_path: Path) -> None:
    info, _ = indexes.build(write(tmp_path / "c.jsonl", ["x"]), "whole")
    shutil.copytree(info.folder, indexes.root() / ".half.build")
    assert [i.name for i in indexes.listed()] == ["demo", "whole"]


@pytest.mark.parametrize("name", ["x" * 5_000, "a/" * 2_500, "a\0b", "", "/dev/null", "/proc/self/mem"])
def test_odd_names_of_indexes_are_one_sentence(name: str, home: Path) -> None:
    with pytest.raises(Problem, match="does not exist, known are demo"):
        indexes.show(name)


def test_odd_paths_of_corpora_and_folders_are_one_sentence(home: Path, tmp_path: Path) -> None:
    corpus = write(tmp_path / "c.jsonl", ["x"])
    with pytest.raises(Problem, match="corpus 'xxx.* does not exist"):
        indexes.build(Path("x" * 5_000), "n")
    with pytest.raises(Problem, match="cannot be written to .*File name too long"):
        indexes.build(corpus, "n", Path("/tmp") / ("x" * 5_000))


def test_a_full_disk_is_said_and_the_old_index_stays(home: Path, tmp_path: Path) -> None:
    """The file system gives no more than a few kilobytes to a file, first to our files, then to Lucene's."""
    indexes.build(write(tmp_path / "c.jsonl", ["old bread"]), "full")
    corpus = write(tmp_path / "big.jsonl", [f"new bread {n * 7919}" for n in range(3_000)])
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2);"
        "from rankr1_app.cli import main; main(['index', 'build', sys.argv[2], '--name', 'full'])"
    )
    for most in (20_000, 280_000):
        done = subprocess.run([sys.executable, "-c", code, str(most), str(corpus)], capture_output=True, text=True)
        errors = [line for line in done.stderr.splitlines() if "documents" not in line]
        assert done.returncode == 1
        assert len(errors) == 1, done.stderr
        assert errors[0].startswith("error: ")
        assert "disk may be full" in errors[0] or "File too large; make room" in errors[0]
        assert open_index("full").search("bread", 5)[0].text == "old bread"


def test_ten_kills_at_random_moments_never_break_the_index(home: Path, tmp_path: Path) -> None:
    corpora = [write(tmp_path / f"{n}.jsonl", [f"bread {n} {word}" for word in range(2_000)]) for n in range(2)]
    command = [sys.executable, "-m", "rankr1_app", "index", "build", "--name", "hit"]
    indexes.build(corpora[0], "hit")
    began = time.monotonic()
    subprocess.run([*command, str(corpora[1])], check=True, capture_output=True)
    whole, chance = time.monotonic() - began, random.Random(929)
    for n in range(10):
        build = subprocess.Popen([*command, str(corpora[n % 2])], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(whole * (0.3 + 0.7 * chance.random()))
        build.kill()
        build.wait()
        searcher = open_index("hit")
        found = searcher.search("bread", 2_000)
        assert len(found) == 2_000
        assert len({candidate.text.split()[1] for candidate in found}) == 1, "documents of one corpus"
    indexes.build(corpora[0], "hit")
    assert sorted(path.name for path in indexes.root().iterdir()) == [".hit.lock", "hit"]


def test_a_description_that_is_a_pipe_hangs_nobody(home: Path, tmp_path: Path) -> None:
    (indexes.root() / "piped").mkdir(parents=True)
    os.mkfifo(indexes.root() / "piped" / "meta.json")
    assert [info.name for info in indexes.listed()] == ["demo"]
    with pytest.raises(Problem, match="'piped' does not exist"):
        indexes.show("piped")
    with pytest.raises(Problem, match="piped' is not an index and is left as it is"):
        indexes.build(write(tmp_path / "c.jsonl", ["x"]), "piped")

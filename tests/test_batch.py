"""Many topics into one run: complete, in order, recorded, and nothing half written."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import tracemalloc
import unicodedata
from pathlib import Path

import pytest

from rankr1_app.batch import identity, names, rerank_topics
from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.events import Message
from rankr1_app.journal import Done, Journal
from rankr1_app.pipeline import State
from rankr1_app.retrieval import indexes
from rankr1_app.retrieval.given import Given
from rankr1_app.retrieval.runs import read_run
from rankr1_app.retrieval.topics import read_topics
from rankr1_app.settings import Settings
from rankr1_app.store import read

from .doubles import best, shown
from .engines.server import ScriptedServer


def write_topics(path: Path, source: Path, count: int) -> Path:
    topics = list(read_topics(source).items())[:count]
    path.write_text("".join(f"{qid}\t{query}\n" for qid, query in topics))
    return path


def test_scifact_with_the_bundled_model(collections: Path, tmp_path: Path) -> None:
    folder = collections / "scifact"
    indexes.build(folder / "corpus.jsonl", "scifact")
    topics = write_topics(tmp_path / "topics.tsv", folder / "topics.tsv", 4)
    plain, out, records = tmp_path / "bm25.run", tmp_path / "out.run", tmp_path / "records"
    rerank_topics(Settings(index="scifact", reranker="none", depth=20), topics, None, None, plain, None)
    settings = Settings(index="scifact", depth=20, k=3)
    rerank_topics(settings, topics, plain, folder / "corpus.jsonl", out, records)
    before, after = read_run(plain), read_run(out)
    assert list(before) == list(after)
    for qid, ranked in after.items():
        assert sorted(d for d, _ in ranked) == sorted(d for d, _ in before[qid])
        assert [score for _, score in ranked] == [float(len(ranked) - n) for n in range(len(ranked))]
        state = State()
        for event in read(records / f"{qid}.jsonl"):
            state.see(event)
        assert state.settled == 3
        assert list(state.order) == [d for d, _ in ranked[:3]]


def test_from_a_run_is_as_from_the_index(collections: Path, tmp_path: Path) -> None:
    folder = collections / "scifact"
    indexes.build(folder / "corpus.jsonl", "scifact")
    topics = write_topics(tmp_path / "topics.tsv", folder / "topics.tsv", 2)
    plain, one, two = (tmp_path / name for name in ("bm25.run", "one.run", "two.run"))
    settings = Settings(index="scifact", depth=12, k=2)
    rerank_topics(Settings(index="scifact", reranker="none", depth=12), topics, None, None, plain, None)
    rerank_topics(settings, topics, None, None, one, None)
    rerank_topics(settings, topics, plain, folder / "corpus.jsonl", two, None)
    assert one.read_text() == two.read_text()


def write_small(folder: Path) -> dict[str, Path]:
    files = {name: folder / name for name in ("topics.tsv", "in.run", "corpus.jsonl")}
    files["topics.tsv"].write_text("q1\twhat is tea\n")
    files["in.run"].write_text("q1 Q0 a 1 2.0 t\nq1 Q0 b 2 1.0 t\n")
    files["corpus.jsonl"].write_text('{"id": "a", "text": "tea"}\n{"id": "b", "text": "milk"}\n')
    return files


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("corpus.jsonl", '{"id": "a", "text": "tea"}\n', "document 'b' of the run is not in the corpus"),
        ("topics.tsv", "q2\ttea\nq3\tmilk\n", "has none of the topics: its first is 'q1', the first asked for is 'q2'"),
    ],
)
def test_parts_that_do_not_fit(name: str, content: str, says: str, tmp_path: Path) -> None:
    files = write_small(tmp_path)
    files[name].write_text(content)
    with pytest.raises(Problem, match=says):
        rerank_topics(
            Settings(reranker="none"),
            files["topics.tsv"],
            files["in.run"],
            files["corpus.jsonl"],
            tmp_path / "out.run",
            None,
        )
    assert not (tmp_path / "out.run").exists()


@pytest.mark.parametrize("place", ["", "missing/out.run"])
def test_output_that_cannot_be_written_is_said_first(place: str, tmp_path: Path) -> None:
    files = write_small(tmp_path)
    with pytest.raises(Problem, match="output .* (is a folder|has no folder)"):
        rerank_topics(
            Settings(reranker="none"),
            files["topics.tsv"],
            files["in.run"],
            files["corpus.jsonl"],
            tmp_path / place,
            None,
        )


def test_a_dead_server_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = write_small(tmp_path)
    parts = [f"--{name}={files[file]}" for name, file in (("topics", "topics.tsv"), ("run", "in.run"))]
    with pytest.raises(SystemExit) as stop:
        main(
            [
                "rerank",
                *parts,
                f"--corpus={files['corpus.jsonl']}",
                f"--output={tmp_path / 'o'}",
                "--base-url=http://127.0.0.1:9/v1",
                "--model=m",
            ]
        )
    assert stop.value.code == 1
    assert "error: topic q1 failed: server 'http://127.0.0.1:9/v1' cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    "topics",
    [
        ["MED-10", "301"],
        ["../x", "..", ".", ".hidden", "a/b", "a_2fb", "a b"],
        ["x" * 130 + "1", "x" * 130 + "2"],
        ["面" * 100 + "1", "面" * 100 + "2"],
        ["q1", "Q1", "stra\u00dfe", "STRASSE", "e\u0301", "\u00e9"],
    ],
    ids=["plain", "not names", "long", "long in bytes", "one on some disks"],
)
def test_topic_ids_as_file_names(topics: list[str], tmp_path: Path) -> None:
    found = names(topics)
    disk = {unicodedata.normalize("NFKC", name).casefold() for name in found.values()}
    assert len(disk) == len(topics)
    for name in found.values():
        (tmp_path / f"{name}.jsonl.part").write_text("")
        assert not name.startswith(".")
        assert Path(name).name == name
    if topics[0] == "MED-10":
        assert list(found.values()) == topics


def write_numbers(folder: Path, topics: int, documents: int) -> list[str]:
    """Topics over a run of documents whose relevance is the number in their text; the command to rerank them."""
    names = [f"q{n}" for n in range(topics)]
    (folder / "topics.tsv").write_text("".join(f"{name}\tlargest number for {name}\n" for name in names))
    lines = (f"{name} Q0 d{n} {n + 1} {documents - n} t\n" for name in names for n in range(documents))
    (folder / "in.run").write_text("".join(lines))
    texts = ({"id": f"d{n}", "text": f"number {n * 7 % documents}"} for n in range(documents))
    (folder / "corpus.jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))
    parts = [f"--topics={folder / 'topics.tsv'}", f"--run={folder / 'in.run'}", f"--corpus={folder / 'corpus.jsonl'}"]
    return ["rerank", *parts, f"--output={folder / 'out.run'}", "-k", "4"]


def judge(messages: list[dict[str, str]]) -> str:
    return best(shown([Message(**message) for message in messages]))


def test_a_killed_batch_goes_on_where_it_was(tmp_path: Path) -> None:
    command = write_numbers(tmp_path, 12, 30)
    journal = tmp_path / "out.run.unfinished"
    with ScriptedServer(judge, latency=0.05) as server:
        command += [f"--base-url={server.base_url}", "--concurrency=4", "--no-cache"]
        with subprocess.Popen([sys.executable, "-m", "rankr1_app", *command], stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60
            while not journal.exists() or journal.read_text().count('"topic"') < 3:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            process.kill()
        assert not (tmp_path / "out.run").exists()
        with journal.open("a") as file:
            file.write('{"topic": "q11", "rank')
        done = [json.loads(line)["topic"] for line in journal.read_text().splitlines()[1:-1]]
        server.requests.clear()
        main(command)
        asked = {re.search(r"largest number for (q\d+)", r["messages"][1]["content"])[1] for r in server.requests}  # type: ignore[index]
        resumed = (tmp_path / "out.run").read_text()
        assert 3 <= len(done) < 12
        assert asked == {f"q{n}" for n in range(12)} - set(done)
        assert not journal.exists()
        main(command)
        assert (tmp_path / "out.run").read_text() == resumed
    ranked = read_run(tmp_path / "out.run")
    assert list(ranked) == [f"q{n}" for n in range(12)]
    for found in ranked.values():
        assert [int(d[1:]) * 7 % 30 for d, _ in found[:4]] == [29, 28, 27, 26]
        assert len({d for d, _ in found}) == 30


def test_a_batch_begun_with_other_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = write_numbers(tmp_path, 3, 5)
    dead = [*command, "--base-url=http://127.0.0.1:9/v1", "--model=m"]
    with pytest.raises(SystemExit):
        main(dead)
    assert not (tmp_path / "out.run.unfinished").exists(), "nothing was done, nothing is kept"
    journal = Journal(tmp_path / "out.run", {"k": 3, "depth": 100})
    journal.add(Done(topic="q0", ranking=("d1",)))
    journal.close(finished=False)
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main(dead)
    assert stop.value.code == 1
    said = capsys.readouterr().err
    assert "run 'out.run.unfinished' was begun with other" in said
    assert "k (3, not 4)" in said
    assert "depth" not in said
    assert (tmp_path / "out.run.unfinished").exists()


def test_a_batch_killed_before_its_first_topic_ended_binds_nothing(tmp_path: Path) -> None:
    output = tmp_path / "out.run"
    begun = Journal(output, {"k": 3})
    begun.file.write(b'{"topic": "q0", "rank')
    begun.close(finished=False)
    journal = Journal(output, {"k": 4})
    journal.add(Done(topic="q0", ranking=("d1",)))
    assert [(done.topic, done.ranking) for done in journal.done(["q0"])] == [("q0", ("d1",))]
    journal.close(finished=False)
    head, line = journal.path.read_text().splitlines()
    assert head == '{"rankr1 rerank": {"k": 4}}'
    assert json.loads(line)["topic"] == "q0"


def test_what_changed_under_the_same_name_is_seen(tmp_path: Path) -> None:
    """Weights trained again into their folder, an index built again from other documents."""
    topics = write_small(tmp_path)["topics.tsv"]
    weights = tmp_path / "model" / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"one")
    settings = Settings(index="mine", model=str(weights.parent))
    indexes.build(tmp_path / "corpus.jsonl", "mine")
    first = identity(settings, topics, None, None)
    assert identity(settings, topics, None, None) == first
    weights.write_bytes(b"another")
    second = identity(settings, topics, None, None)
    assert {name for name in second if second[name] != first[name]} == {"weights"}
    (tmp_path / "corpus.jsonl").write_text('{"id": "a", "text": "coffee"}\n')
    indexes.build(tmp_path / "corpus.jsonl", "mine")
    third = identity(settings, topics, None, None)
    assert {name for name in third if third[name] != second[name]} == {"indexed corpus"}
    folder = tmp_path / "texts"
    folder.mkdir()
    before = identity(settings, topics, tmp_path / "in.run", folder)
    (folder / "a.txt").write_text("tea")
    after = identity(settings, topics, tmp_path / "in.run", folder)
    assert {name for name in after if after[name] != before[name]} == {"corpus"}


def test_topics_fill_the_engine(tmp_path: Path) -> None:
    """Heapsort has one call at a time; only topics beside each other keep six busy, and never more."""
    command = write_numbers(tmp_path, 14, 10)
    with ScriptedServer(judge, latency=0.05) as server:
        main([*command, f"--base-url={server.base_url}", "--concurrency=6", "--sort=heapsort"])
        assert server.most == 6


def test_memory_does_not_grow_with_the_topics(tmp_path: Path) -> None:
    """What a given first stage holds in memory, for ten times the topics."""
    tracemalloc.start()
    held = []
    for topics in (20, 200):
        folder = tmp_path / str(topics)
        folder.mkdir()
        write_numbers(folder, topics, 100)
        queries = read_topics(folder / "topics.tsv")
        before = tracemalloc.get_traced_memory()[0]
        given = Given(folder / "in.run", folder / "corpus.jsonl", queries, 100)
        held.append(tracemalloc.get_traced_memory()[0] - before)
        assert len(given.topic("q7").search("", 100)) == 100
        given.database.close()
    tracemalloc.stop()
    assert held[1] < held[0] + 20_000

"""Many topics into one run: complete, in order, recorded, and nothing half written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import tracemalloc
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rankr1_app.batch import identity, names, rerank_topics, settled
from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.events import Message
from rankr1_app.journal import Done, Journal
from rankr1_app.pipeline import State
from rankr1_app.retrieval import indexes, vectors
from rankr1_app.retrieval.given import Given
from rankr1_app.retrieval.runs import read_run
from rankr1_app.retrieval.topics import read_topics
from rankr1_app.settings import Settings
from rankr1_app.store import read

from .doubles import best, shown
from .engines.server import ScriptedServer
from .retrieval.embedder import Hashed


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


def test_from_a_run_are_the_candidates_of_the_index(collections: Path, tmp_path: Path) -> None:
    folder = collections / "scifact"
    indexes.build(folder / "corpus.jsonl", "scifact")
    topics = write_topics(tmp_path / "topics.tsv", folder / "topics.tsv", 2)
    plain, one, two = (tmp_path / name for name in ("bm25.run", "one.run", "two.run"))
    settings = Settings(index="scifact", depth=12, k=2)
    rerank_topics(Settings(index="scifact", reranker="none", depth=12), topics, None, None, plain, None)
    rerank_topics(settings, topics, None, None, one, None)
    rerank_topics(settings, topics, plain, folder / "corpus.jsonl", two, None)
    # What a run's scores are is not known, so the prompt does not show them, and the orders differ.
    assert [{d for d, _ in found} for found in read_run(one).values()] == [
        {d for d, _ in found} for found in read_run(two).values()
    ]


def write_small(folder: Path) -> dict[str, Path]:
    files = {name: folder / name for name in ("topics.tsv", "in.run", "corpus.jsonl")}
    files["topics.tsv"].write_text("q1\twhat is tea\n")
    files["in.run"].write_text("q1 Q0 a 1 2.0 t\nq1 Q0 b 2 1.0 t\n")
    files["corpus.jsonl"].write_text('{"id": "a", "text": "tea"}\n{"id": "b", "text": "milk"}\n')
    return files


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "corpus.jsonl",
            '{"id": "a", "text": "tea"}\n',
            "lacks 1 of the documents that the run begins with, the first is 'b'",
        ),
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


def judge(messages: list[dict[str, Any]]) -> str:
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
    meta = Path(indexes.show("mine").folder) / "meta.json"
    meta.write_text(meta.read_text().replace('"k1": 0.9', '"k1": 1.2').replace('"k1":0.9', '"k1":1.2'))
    fourth = identity(settings, topics, None, None)
    assert {name for name in fourth if fourth[name] != third[name]} == {"indexed"}
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


def rerank(folder: Path, *options: str) -> list[str]:
    """The command over the small files."""
    files = write_small(folder)
    parts = [f"--{name}={files[file]}" for name, file in (("topics", "topics.tsv"), ("run", "in.run"))]
    return ["rerank", *parts, f"--corpus={files['corpus.jsonl']}", "--reranker=none", *options]


def test_documents_below_the_depth_follow_as_they_were(tmp_path: Path) -> None:
    files = write_small(tmp_path)
    files["in.run"].write_text("".join(f"q1 Q0 d{n} {n} {9 - n // 2} t\n" for n in range(9)))
    files["corpus.jsonl"].write_text("".join(f'{{"id": "d{n}", "text": "tea {n}"}}\n' for n in range(4)))
    out = tmp_path / "out.run"
    settings = Settings(reranker="none", depth=4)
    rerank_topics(settings, files["topics.tsv"], files["in.run"], files["corpus.jsonl"], out, None)
    assert [document for document, _ in read_run(out)["q1"]] == [f"d{n}" for n in range(9)]


def test_a_topic_without_candidates_is_left_out_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = rerank(tmp_path, f"--output={tmp_path / 'out.run'}")
    (tmp_path / "topics.tsv").write_text("q7\tmilk\nq1\ttea\n")
    main(command)
    assert list(read_run(tmp_path / "out.run")) == ["q1"]
    assert "without candidates in the run, and left out: 1 topic: 'q7'" in capsys.readouterr().err


def test_a_text_that_the_corpus_lacks_is_said_before_the_first_topic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = rerank(tmp_path, f"--output={tmp_path / 'out.run'}")
    (tmp_path / "topics.tsv").write_text("q1\ttea\nq2\tmilk\n")
    (tmp_path / "in.run").write_text("q1 Q0 a 1 2.0 t\nq2 Q0 x 1 2.0 t\nq3 Q0 y 1 1.0 t\n")
    with pytest.raises(SystemExit):
        main(command)
    assert "lacks 1 of the documents that the run begins with, the first is 'x'" in capsys.readouterr().err
    assert not (tmp_path / "out.run.unfinished").exists()


def test_topics_without_hits_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    topics, out = tmp_path / "topics.tsv", tmp_path / "out.run"
    topics.write_text("q1\tbread dough\nq2\tto be or not to be\n")
    main(["rerank", f"--topics={topics}", f"--output={out}", "--retriever=bm25", "--reranker=none"])
    assert list(read_run(out)) == ["q1"]
    assert "nothing was found for, and left out: 1 topic: 'q2'" in capsys.readouterr().err
    topics.write_text("q2\tto be or not to be\n")
    out.unlink()
    with pytest.raises(SystemExit) as stop:
        main(["rerank", f"--topics={topics}", f"--output={out}", "--retriever=bm25", "--reranker=none"])
    assert stop.value.code == 1
    assert "index 'demo' has no passage for any of 1 topics" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [topics]


def test_a_recording_says_what_was_searched(tmp_path: Path) -> None:
    main(rerank(tmp_path, f"--output={tmp_path / 'out.run'}", f"--record={tmp_path / 'kept'}"))
    started, retrieved, *_ = read(tmp_path / "kept" / "q1.jsonl")
    assert (started.settings["retriever"], started.settings["index"]) == ("run", "corpus.jsonl")  # type: ignore[union-attr]
    assert (retrieved.retriever, retrieved.index) == ("run", "corpus.jsonl")  # type: ignore[union-attr]


def test_a_batch_whose_answers_cannot_be_read_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = write_numbers(tmp_path, 2, 6)
    with ScriptedServer(lambda _: "I would rather not say.") as server, pytest.raises(SystemExit) as stop:
        main([*command, f"--base-url={server.base_url}", "--no-cache"])
    assert stop.value.code == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert re.match(
        r"error: none of the model's \d+ answers could be read, the order in .* is the first stage's", error
    )
    lines = (tmp_path / "out.run").read_text().splitlines()
    assert [line.split()[2] for line in lines] == [f"d{n}" for n in range(6)] * 2
    assert {line.split()[5] for line in lines} == {"rankr1-none"}


def test_a_topic_whose_answers_cannot_be_read_does_not_end_the_batch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = write_numbers(tmp_path, 3, 6)
    with ScriptedServer(lambda m: "No." if "for q1" in m[1]["content"] else judge(m)) as server:
        main([*command, f"--base-url={server.base_url}", "--no-cache"])
    assert "no answer could be read for, and left in first-stage order: 1 topic: 'q1'" in capsys.readouterr().err
    found = {topic: [document for document, _ in ranked] for topic, ranked in read_run(tmp_path / "out.run").items()}
    assert found["q1"] == [f"d{n}" for n in range(6)]
    assert found["q2"][0] == "d5"


def test_a_batch_gives_up_where_no_answer_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = write_numbers(tmp_path, 40, 4)
    with ScriptedServer(lambda _: "No.") as server:
        command += [f"--base-url={server.base_url}", "--no-cache", "--concurrency=2"]
        with pytest.raises(SystemExit) as stop:
            main(command)
        assert stop.value.code == 1
        assert "none of the answers for the first 10 topics could be read" in capsys.readouterr().err
        assert len(server.requests) < 100
        server.judge = judge
        main(command)
    assert len(read_run(tmp_path / "out.run")) == 40
    assert all(ranked[0][0] == "d1" for ranked in read_run(tmp_path / "out.run").values())


PLACES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a folder": (lambda path: path.mkdir(), "output '.*' is a folder"),
    "a pipe": (os.mkfifo, "output '.*' is a pipe"),
    "a device": (lambda path: path.symlink_to("/dev/full"), "output '.*' is a link to '/dev/full'"),
    "a link": (lambda path: path.symlink_to(path.parent / "topics.tsv"), "output '.*' is a link to"),
    "a link to nothing": (lambda path: path.symlink_to("gone"), "output '.*' is a link to 'gone'"),
}


@pytest.mark.parametrize("place", PLACES)
def test_output_onto_what_is_no_file(place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, says = PLACES[place]
    command = rerank(tmp_path, f"--output={tmp_path / 'out.run'}")
    make(tmp_path / "out.run")
    with pytest.raises(SystemExit) as stop:
        main(command)
    assert stop.value.code == 1
    assert re.search(says, capsys.readouterr().err)
    assert (tmp_path / "topics.tsv").read_text() == "q1\twhat is tea\n"
    assert not (tmp_path / "out.run.unfinished").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--output=topics.tsv"], "would be written over the topics"),
        (["--output=in.run"], "would be written over the run"),
        (["--output=./x/../corpus.jsonl"], "would be written over the corpus"),
        (["--output=o.run", "--record=in.run"], "record 'in.run' is a file"),
        (["--output=o.run", "--record=linked"], "record 'linked' is a link"),
        (["--output=/dev/null"], "output '/dev/null' is a device"),
        (["--output=/dev/stdout"], "output '/dev/stdout' is a link"),
        (["--output=" + "x" * 300], "File name too long"),
        (["--output=no/o.run"], "has no folder 'no', make it first"),
    ],
)
def test_places_that_would_lose_something(
    options: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "linked").symlink_to("elsewhere")
    command = rerank(tmp_path, *options)
    before = sorted((path.name, path.is_file() and path.read_text()) for path in tmp_path.iterdir())
    with pytest.raises(SystemExit) as stop:
        main(command)
    assert stop.value.code == 1
    assert says in capsys.readouterr().err
    assert sorted((path.name, path.is_file() and path.read_text()) for path in tmp_path.iterdir()) == before


def test_a_query_that_is_too_long_is_said_first(tmp_path: Path) -> None:
    files = write_small(tmp_path)
    files["topics.tsv"].write_text(f"q1\ttea\nq2\t{'x' * 10_001}\n")
    with pytest.raises(Problem, match="topics 'topics.tsv': topic 'q2': query .* has 10,001 characters"):
        rerank_topics(Settings(reranker="none"), files["topics.tsv"], None, None, tmp_path / "out.run", None)


def test_one_first_stage_for_all_topics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    topics = write_small(tmp_path)["topics.tsv"]
    info, _ = indexes.build(tmp_path / "corpus.jsonl", "mine", tmp_path)
    open_to_all = Settings(index=info.folder, reranker="none")
    assert settled(open_to_all).retriever == "bm25"
    assert "found by words alone (BM25), since index" in capsys.readouterr().err
    vectors.build(info, Hashed())
    assert settled(open_to_all).retriever == "hybrid"
    assert capsys.readouterr().err == ""
    before = identity(settled(open_to_all), topics, None, None)
    vectors.build(info, Hashed("other"))
    after = identity(settled(open_to_all), topics, None, None)
    assert {name for name in after if after[name] != before[name]} == {"vectors"}

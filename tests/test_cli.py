"""The command line as a user meets it: bad input gives one line that says what would be right."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from rankr1_app.cli import main

SERVER = "http://127.0.0.1:9/v1"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    try:
        main(list(arguments))
        status = 0
    except SystemExit as stop:
        status = int(stop.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


WRONG_USAGE = [
    (["replay", ""], "must not be empty, name a file"),
    (["audit", "a.jsonl", ""], "must not be empty"),
    (["evaluate", "", "a.run"], "must not be empty"),
    (["evaluate", "qrels.txt", "a.run", "--baseline", ""], "must not be empty"),
    (["index", "build", "", "--name", "n"], "must not be empty"),
    (["rerank", "--topics", "", "--output", "o.run"], "must not be empty"),
    (["rerank", "--topics", "t.tsv", "--output", ""], "must not be empty"),
    (["rerank", "--topics", "t.tsv", "--output", "o.run", "--record", ""], "must not be empty"),
    (["search", "q", "--record", ""], "must not be empty"),
    (["replay", "r.jsonl", "--speed", "-1"], "-1.0 is not in the range"),
    (["search"], "QUERY"),
    (["search", "q", "--depth", "0"], "0 is not in the range 1<=x<=1000"),
    (["search", "q", "--depth", "-1"], "-1 is not in the range"),
    (["search", "q", "--depth", "1000000000"], "1000000000 is not in the range"),
    (["search", "q", "--depth", "many"], "'many' is not a valid integer"),
    (["search", "q", "-k", "0"], "0 is not in the range"),
    (["search", "q", "-k", "-1"], "-1 is not in the range"),
    (["search", "q", "-k", "1000000000"], "is not in the range"),
    (["search", "q", "-k", "ten"], "'ten' is not a valid integer"),
    (["search", "q", "-k", "1.5"], "'1.5' is not a valid integer"),
    (["search", "q", "--docs-per-call", "0"], "0 is not in the range 2<=x<=20"),
    (["search", "q", "--docs-per-call", "1"], "1 is not in the range"),
    (["search", "q", "--docs-per-call", "-1"], "-1 is not in the range"),
    (["search", "q", "--docs-per-call", "1000000000"], "is not in the range"),
    (["search", "q", "--docs-per-call", "few"], "'few' is not a valid integer"),
    (["search", "q", "--seed", "-1"], "-1 is not in the range"),
    (["search", "q", "--seed", "x"], "'x' is not a valid integer"),
    (["search", "q", "--timeout", "0"], "0.0 is not in the range"),
    (["search", "q", "--timeout", "soon"], "'soon' is not a valid float"),
    (["search", "q", "--concurrency", "-2"], "-2 is not in the range"),
    (["search", "q", "--engine", "steam"], "'steam' is not one of 'transformers', 'openai', 'vllm'"),
    (["search", "q", "--retriever", "psychic"], "'psychic' is not"),
    (["search", "q", "--sort", "bogo"], "'bogo' is not"),
    (["search", "q", "--format", "xml"], "'xml' is not one of"),
    (["search", "q", "--colour", "red"], "--colour"),
    (["serve", "--port", "0"], "0 is not in the range 1<=x<=65535"),
    (["serve", "--port", "70000"], "70000 is not in the range"),
    (["serve", "--port", "http"], "'http' is not a valid integer"),
    (["dance"], "No such command 'dance'"),
    (["evaluate", "qrels.txt"], "RUNS"),
    (["replay"], "FILE"),
    (["replay", "x", "--speed", "-1"], "-1.0 is not in the range"),
    (["rerank", "--topics", "t.tsv", "--run", "a.run", "--output", "o"], "--run needs --corpus"),
    (["rerank", "--topics", "t.tsv"], "--output"),
    (["index", "build", "x"], "--name"),
]


@pytest.mark.parametrize(("arguments", "says"), WRONG_USAGE, ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_wrong_usage(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert says in err


FAILURES = [
    (["search", ""], "query '' is empty"),
    (["search", "   "], "is empty, a query needs at least one word"),
    (["search", "x" * 100_000], "has 100,000 characters, at most 10,000 are taken"),
    (["search", "a\0b"], "NUL"),
    (["search", "a\ud800b"], "lone surrogate"),
    (["search", "q", "--timeout", "nan"], "timeout nan is out of range"),
    (["search", "q", "--index", "nowhere"], "'nowhere'"),
    (["search", "q", "--index", "../../etc"], "etc"),
    (["search", "q", "--index", ""], "index"),
    (["search", "q", "--reranker", "rank-r9"], "'rank-r9' is unknown, known are rank-r1-nano"),
    (["search", "q", "--engine", "openai"], "needs the server's address"),
    (["search", "bread", "--base-url", SERVER, "--model", "m"], "127.0.0.1:9"),
    (["search", "bread", "--base-url", "not a url", "--model", "m"], "not a url"),
    (["models", "show", "rank-r9"], "'rank-r9' is unknown"),
    (["index", "show", "nowhere"], "'nowhere'"),
    (["index", "delete", "nowhere"], "'nowhere'"),
    (["index", "delete", "../x"], "../x"),
    (["index", "build", "missing.jsonl", "--name", "n"], "missing.jsonl"),
    (["index", "build", "missing.jsonl", "--name", "../n"], "../n"),
    (["replay", "missing.jsonl"], "'missing.jsonl' does not exist"),
    (["replay", "."], "is a folder"),
    (["evaluate", "missing.txt", "missing.run"], "missing.txt"),
    (["rerank", "--topics", "missing.tsv", "--output", "o.run"], "missing.tsv"),
    (["rerank", "--topics", "missing.tsv", "--output", "no/folder/o.run"], "missing.tsv"),
    (["serve", "--host", "no.such.host.invalid"], "no.such.host.invalid"),
    (["train", "sft", "missing.toml"], "missing.toml"),
]


@pytest.mark.parametrize(
    ("arguments", "says"), FAILURES, ids=lambda v: repr(" ".join(v)[:40]) if isinstance(v, list) else ""
)
def test_failures(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = run(capsys, *arguments)
    last = err.strip().splitlines()[-1]
    assert status == 1
    assert last.startswith("error: ")
    assert says in last
    assert list(tmp_path.iterdir()) == []


BROKEN: dict[str, list[str | bytes]] = {
    "topics.tsv": ["", "q1 no tab\n", "q1\t\n", "\tquery\n", "q1\ta\nq1\tb\n", b"q1\t\xff\xfe\n"],
    "qrels.txt": ["", "q1 0 d1\n", "q1 0 d1 high\n", "q1 0 d1 1\nq1 0 d1 2\n", b"\xff\xfe\x00"],
    "a.run": ["", "q1 Q0 d1 1\n", "q1 Q0 d1 1 best tag\n", "q1 Q0 d1 1 nan tag\n", "q1 Q0 d1 1 2 t\nq1 Q0 d1 2 1 t\n"],
    "recording.jsonl": ["", "hello\n", "[]\n", '{"type": "cake"}\n', '{"type": "rank_settled"}\n', b"\xff\xfe\n"],
}
GOOD = {"qrels.txt": "q1 0 d1 1\n", "a.run": "q1 Q0 d1 1 1.0 t\n", "topics.tsv": "q1\tquery\n"}
READERS = {
    "topics.tsv": ["rerank", "--topics", "topics.tsv", "--output", "out.run"],
    "qrels.txt": ["evaluate", "qrels.txt", "a.run"],
    "a.run": ["evaluate", "qrels.txt", "a.run"],
    "recording.jsonl": ["replay", "recording.jsonl"],
}


@pytest.mark.parametrize(("name", "content"), [(name, c) for name, contents in BROKEN.items() for c in contents])
def test_broken_files(
    name: str,
    content: str | bytes,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for other, text in GOOD.items():
        (tmp_path / other).write_text(text)
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    status, out, err = run(capsys, *READERS[name])
    last = err.strip().splitlines()[-1]
    assert status == 1, (out, err)
    assert last.startswith("error: ")
    assert name in last
    assert not (tmp_path / "out.run").exists()


def test_settings_from_the_environment_are_checked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKR1_DEPTH", "deep")
    status, _, err = run(capsys, "search", "q")
    assert status == 2
    assert "'deep' is not a valid integer" in err


def test_help_answers_at_once_and_lists_every_command() -> None:
    def seconds(*command: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        return time.perf_counter() - began

    bare = min(seconds("-c", "pass") for _ in range(5))
    assert min(seconds("-m", "rankr1_app", "--help") for _ in range(5)) < 12 * bare
    text = subprocess.run([sys.executable, "-m", "rankr1_app", "--help"], capture_output=True, text=True).stdout
    for command in ("serve", "search", "rerank", "index", "evaluate", "replay", "models", "train", "doctor"):
        assert f"  {command} " in text


def test_every_option_is_a_variable(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "search", "--help")
    for name in ("INDEX", "RETRIEVER", "RERANKER", "ENGINE", "BASE_URL", "MODEL", "DEPTH", "K", "SORT", "SEED"):
        assert f"RANKR1_{name}" in out


def test_readme_keeps_its_word() -> None:
    """Every `rankr1 …` command and option the README shows exists."""
    import re

    readme = (Path(__file__).parent.parent / "README.md").read_text()
    shown = set(re.findall(r"rankr1 (\w+)", readme))
    assert shown >= {"search", "serve", "rerank", "replay"}
    for command in shown:
        done = subprocess.run([sys.executable, "-m", "rankr1_app", command, "--help"], capture_output=True, text=True)
        assert done.returncode == 0, command
    options = set(re.findall(r"rankr1 serve[^`\n]*?(--[a-z-]+)", readme))
    text = subprocess.run(
        [sys.executable, "-m", "rankr1_app", "serve", "--help"], capture_output=True, text=True
    ).stdout
    assert options
    assert all(option in text for option in options)


def test_output_that_nobody_reads_is_no_crash() -> None:
    command = f"{sys.executable} -m rankr1_app models list | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env={**os.environ})
    assert "Traceback" not in done.stderr


def test_app_py_serves_the_page(tmp_path: Path) -> None:
    """What Hugging Face Spaces starts."""
    root = Path(__file__).parent.parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    environment = {**os.environ, "RANKR1_PORT": port, "RANKR1_RERANKER": "none", "RANKR1_RETRIEVER": "bm25"}
    app = subprocess.Popen([sys.executable, str(root / "app.py")], env=environment, cwd=tmp_path)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                page = httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
                break
            except httpx.TransportError:
                assert time.monotonic() < until
                time.sleep(0.1)
        assert (page.status_code, "Rank-R1" in page.text) == (200, True)
    finally:
        app.terminate()
    assert app.wait(20) in (-signal.SIGTERM, 143), "ended by the signal, by Java's own handler if that runs already"

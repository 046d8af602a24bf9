"""Files are taken apart in a process of its own: whatever happens to it, nobody else is harmed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from rankr1_app.retrieval import extraction, extractor
from rankr1_app.retrieval.extractor import Extractor
from rankr1_app.retrieval.fields import Wrong

from .papers import pdf, put

A = "copper"


class Bent(Extractor):
    """An extractor whose process does something else."""

    def __init__(self, script: str, seconds: float = 60.0) -> None:
        super().__init__(seconds)
        self.script = script

    def started(self):  # type: ignore[no-untyped-def]
        from subprocess import PIPE, Popen

        self.process = self.process or Popen([sys.executable, "-c", self.script], stdin=PIPE, stdout=PIPE)
        return self.process


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("import os; os.abort()", "ends the program that reads it"),
        ("import time; time.sleep(60)", "takes over 0.5 seconds"),
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "MB of text"),
        ("import sys\nwhile True: sys.stdout.write('[\"page\", 1, \"' + 'x' * 65536 + '\"]\\n')", "MB of text"),
    ],
)
def test_a_process_that_fails_takes_nobody_with_it(
    script: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractor, "LONGEST", 1 << 20)
    began = time.monotonic()
    with Bent(script, 0.5 if "sleep" in script else 20.0) as bent, pytest.raises(Wrong, match=says):
        list(bent.pages("pdf", tmp_path / "a.pdf"))
    assert bent.process is None
    assert time.monotonic() - began < 10


def test_memory_is_limited_and_the_next_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"a.pdf": pdf(A)})
    with Extractor() as real:
        assert list(real.pages("pdf", tmp_path / "a.pdf")) == [(1, A)]
        process = real.process
        assert process is not None
        limit = Path(f"/proc/{process.pid}/limits").read_text()
        assert f"{extraction.MEMORY}" in next(
            line for line in limit.splitlines() if line.startswith("Max address space")
        )
        with pytest.raises(Wrong, match="a damaged PDF"):
            list(real.pages("pdf", tmp_path))
        assert list(real.pages("pdf", tmp_path / "a.pdf")) == [(1, A)]
    assert process.returncode is not None


def test_nothing_is_started_before_it_is_needed_and_nothing_is_left() -> None:
    with Extractor() as unused:
        assert unused.process is None
    assert unused.process is None


def test_the_process_has_none_of_our_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter22")
    with Extractor() as real:
        process = real.started()
        assert b"hunter22" not in Path(f"/proc/{process.pid}/environ").read_bytes()


def test_what_a_reader_leaves_unread_is_not_given_to_the_next_one(tmp_path: Path) -> None:
    put(tmp_path, {"a.pdf": pdf("one", "two", "three"), "b.pdf": pdf("four")})
    with Extractor() as real:
        pages = real.pages("pdf", tmp_path / "a.pdf")
        assert next(pages) == (1, "one")
        pages.close()  # type: ignore[attr-defined]
        assert list(real.pages("pdf", tmp_path / "b.pdf")) == [(1, "four")]

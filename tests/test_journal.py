"""The journal of a batch: only ours, only one at a time, and what is broken in it does not count."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rankr1_app.errors import Problem
from rankr1_app.journal import Done, Journal

WANTED = {"k": 3}


def begun(output: Path, *topics: str) -> Path:
    journal = Journal(output, WANTED)
    for topic in topics:
        journal.add(Done(topic=topic, ranking=("d1", "d2"), calls=2, read=1, unreadable=1))
    journal.close(finished=False)
    return journal.path


@pytest.mark.parametrize(
    "broken",
    [
        b"\0\0\0\0\n",
        b"\0\0\0\0",
        b"{}\n",
        b'{"topic": 3, "ranking": []}\n',
        b'{"topic": "q9", "ranking": "d1"}\n',
        b"[" * 90_000 + b"\n",
        b'{"topic": "q9", "rank',
        b"\xff\xfe\n",
        b"null\n",
        b"\n",
    ],
)
def test_broken_lines_do_not_count(broken: bytes, tmp_path: Path) -> None:
    path = begun(tmp_path / "o.run", "q1", "q2")
    head, first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head + first + broken + (second if broken.endswith(b"\n") else b""))
    journal = Journal(tmp_path / "o.run", WANTED)
    assert list(journal.places) == (["q1", "q2"] if broken.endswith(b"\n") else ["q1"])
    journal.add(Done(topic="q3", ranking=("d3",)))
    assert next(journal.done(["q3", "q2", "q1"])).ranking == ("d3",)
    journal.close(finished=False)
    again = Journal(tmp_path / "o.run", WANTED)
    assert "q3" in again.places
    again.close(finished=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"my notes", b"my notes\nmore\n", b"{}\n{}\n", b"null\n", b'{"k": 3}\n{"topic": "q1"}\n']
)
def test_a_file_of_somebody_else_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "o.run.unfinished"
    path.write_bytes(content)
    with pytest.raises(Problem, match="is not a run that was begun"):
        Journal(tmp_path / "o.run", WANTED)
    assert path.read_bytes() == content


@pytest.mark.parametrize("content", [b"", b'{"rankr', b"\0" * 40])
def test_a_head_that_was_cut_short_is_begun_anew(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "o.run.unfinished").write_bytes(content)
    Journal(tmp_path / "o.run", WANTED).close(finished=False)
    assert begun(tmp_path / "o.run", "q1").read_bytes().startswith(b'{"rankr1 rerank": {"k": 3}}\n')


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    (tmp_path / "o.run.unfinished").symlink_to("notes")
    with pytest.raises(Problem, match="is a link to 'notes'"):
        Journal(tmp_path / "o.run", WANTED)
    assert (tmp_path / "notes").read_text() == "mine"


HOLD = """
import sys, time
from pathlib import Path
from rankr1_app.journal import Journal
journal = Journal(Path(sys.argv[1]), {"k": 3})
print("held", flush=True)
time.sleep(60)
"""


def test_one_batch_at_a_time(tmp_path: Path) -> None:
    output = tmp_path / "o.run"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(output)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(Problem, match=r"run '.*o.run' is being written by another rerank"):
            Journal(output, WANTED)
        other.kill()
    Journal(output, WANTED).close(finished=True)

"""What is open stays that of the files, however often another process replaces them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from rankr1_app.errors import Problem
from rankr1_app.retrieval.current import Current


@dataclass
class Files:
    """What is on the disk: a number, or nothing."""

    there: int | None = 1
    opened: list[File] = field(default_factory=list)

    def open(self) -> File:
        if self.there is None:
            raise Problem("index 'x' does not exist")
        self.opened.append(File(self, self.there))
        return self.opened[-1]

    def current(self) -> Current[File]:
        return Current("x", self.open, threading.RLock())


@dataclass
class File:
    """An open file."""

    files: Files
    number: int
    closed: bool = False

    def fresh(self) -> bool:
        return self.files.there == self.number

    def close(self) -> None:
        self.closed = True


def test_it_is_opened_once_while_its_files_are_the_same() -> None:
    files = Files()
    current = files.current()
    assert current.get() is current.get() is files.opened[0]
    assert len(files.opened) == 1


def test_it_is_opened_again_once_its_files_were_replaced_and_the_old_ones_are_let_go() -> None:
    files = Files()
    current = files.current()
    files.there = 2
    assert current.get().number == 2
    assert [each.closed for each in files.opened] == [True, False]
    current.close()
    assert files.opened[1].closed


def test_files_that_are_gone_are_a_problem_and_what_is_open_stays_so() -> None:
    files = Files()
    current = files.current()
    files.there = None
    with pytest.raises(Problem) as raised:
        current.get()
    assert str(raised.value) == "index 'x' changed while it was open: index 'x' does not exist"
    assert not files.opened[0].closed
    files.there = 3
    assert current.get().number == 3


def test_nobody_closes_it_while_another_thread_uses_it() -> None:
    files = Files()
    current = files.current()
    with current.lock:
        used = current.get()
        files.there = 2
        other = threading.Thread(target=current.get)
        other.start()
        other.join(0.05)
        assert not used.closed
    other.join(10)
    assert used.closed

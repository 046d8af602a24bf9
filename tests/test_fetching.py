"""Known indexes on their way: one at a time, told how far it is, stopped, and how each ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from rankr1_app import fetching
from rankr1_app.errors import Problem
from rankr1_app.fetching import Fetches, Fetching, Stopped, here
from rankr1_app.retrieval import fetch, indexes, known
from rankr1_app.retrieval.known import Known

Tell = Callable[[str, int], None]
PATIENCE = 30.0


def entry(name: str) -> Known:
    return Known(name=name, about="", url="", bytes=1, md5="abc", documents=1, licence="")


class Remote:
    """Stands in for what is fetched: it tells how far it is, and goes on when it is let."""

    def __init__(self) -> None:
        self.go, self.begun, self.fault = threading.Event(), threading.Event(), None

    fault: Exception | None

    def fetch(self, found: Known, tell: Tell) -> None:
        tell("fetching", 10)
        self.begun.set()
        assert self.go.wait(PATIENCE)
        if self.fault:
            raise self.fault
        tell("unpacking", 20)


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> Iterator[Remote]:
    made = Remote()
    monkeypatch.setattr(fetch, "fetch", made.fetch)
    monkeypatch.setattr(known, "entry", entry)
    yield made
    made.go.set()


def test_a_fetch_tells_how_far_it_is_and_that_it_is_over(remote: Remote) -> None:
    fetches = Fetches()
    fetches.begin("one")
    assert remote.begun.wait(PATIENCE)
    one = fetches.latest["one"]
    assert (one.stage, one.done, one.over.is_set()) == ("fetching", 10, False)
    remote.go.set()
    assert one.over.wait(PATIENCE)
    assert (one.stage, one.done, one.wrong) == ("unpacking", 20, "")


def test_one_index_is_fetched_at_a_time(remote: Remote) -> None:
    fetches = Fetches()
    fetches.begin("one")
    for name in ("one", "two"):
        with pytest.raises(Problem) as refused:
            fetches.begin(name)
        assert str(refused.value) == "index 'one' is being fetched, wait for it or stop it"
    assert "two" not in fetches.latest
    remote.go.set()
    assert fetches.latest["one"].over.wait(PATIENCE)
    fetches.begin("two")
    assert fetches.latest["two"].over.wait(PATIENCE)


def test_a_fetch_that_is_stopped_ends_at_its_next_word(remote: Remote) -> None:
    fetches = Fetches()
    fetches.begin("one")
    assert remote.begun.wait(PATIENCE)
    fetches.stop()
    remote.go.set()
    one = fetches.latest["one"]
    assert one.over.wait(PATIENCE)
    assert (one.stage, one.wrong) == ("fetching", "stopped; it goes on where it was when it is fetched again")
    with pytest.raises(Stopped):
        one.tell("unpacking", 30)


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        (Problem("server 'x' cannot be reached"), "server 'x' cannot be reached"),
        (ZeroDivisionError("secret"), "an error inside rankr1 ended this"),
    ],
)
def test_what_went_wrong_is_said_and_another_fetch_may_begin(remote: Remote, fault: Exception, wrong: str) -> None:
    fetches, remote.fault = Fetches(), fault
    remote.go.set()
    fetches.begin("one")
    assert fetches.latest["one"].over.wait(PATIENCE)
    assert fetches.latest["one"].wrong.startswith(wrong)
    assert "secret" not in fetches.latest["one"].wrong
    fetches.begin("one")


def test_an_index_that_is_not_known_is_not_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "run", lambda *_: pytest.fail("nothing is fetched"))
    fetches = Fetches()
    with pytest.raises(Problem, match="index 'nope' cannot be fetched"):
        fetches.begin("nope")
    assert fetches.latest == {}
    assert not Fetching().over.is_set()


def test_an_index_is_here_if_it_is_of_the_same_files(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {"one": SimpleNamespace(fingerprint="abc"), "old": SimpleNamespace(fingerprint="xyz")}
    monkeypatch.setattr(indexes, "present", found.get)
    assert [here(entry(name)) for name in ("one", "old", "none")] == [True, False, False]

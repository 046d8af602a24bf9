"""Known indexes on their way to this machine: one at a time, told how far it is, stopped and gone on with."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from .errors import Problem, in_words, shown
from .retrieval import fetch, indexes, known


class Stopped(Exception):
    """Raised inside a fetch that was stopped."""


@dataclass
class Fetching:
    """A fetch under way, or how it ended: its `stage`, how many bytes are `done`, and what went wrong."""

    stage: str = "waiting"
    done: int = 0
    wrong: str = ""
    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def tell(self, stage: str, done: int) -> None:
        """Note how far it is. Raises `Stopped` where it was stopped."""
        if self.stop.is_set():
            raise Stopped
        self.stage, self.done = stage, done


class Fetches:
    """Run the fetches of this process, one at a time. `latest` is the last one of each index."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.latest: dict[str, Fetching] = {}

    def begin(self, name: str) -> None:
        """Fetch an index in the background. Raises `Problem` for one that is not known, or while another one comes."""
        entry = known.entry(name)
        with self.lock:
            if under_way := [each for each, fetching in self.latest.items() if not fetching.over.is_set()]:
                raise Problem(f"index {shown(under_way[0])} is being fetched, wait for it or stop it")
            fetching = self.latest[name] = Fetching()
        threading.Thread(target=run, args=(entry, fetching), daemon=True).start()

    def stop(self) -> None:
        """Stop what is being fetched; it goes on there the next time."""
        for fetching in list(self.latest.values()):
            fetching.stop.set()


def run(entry: known.Known, fetching: Fetching) -> None:
    """Fetch an index and note how it went."""
    try:
        fetch.fetch(entry, fetching.tell)
    except Stopped:
        fetching.wrong = "stopped; it goes on where it was when it is fetched again"
    except Exception as error:
        fetching.wrong = in_words(error)
    finally:
        fetching.over.set()


def here(entry: known.Known) -> bool:
    """Return whether an index was fetched before."""
    found = indexes.present(entry.name)
    return found is not None and found.fingerprint == entry.md5

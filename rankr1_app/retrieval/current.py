"""What was opened from files that another process may replace while we hold it open."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from ..errors import Problem, shown


class Opened(Protocol):
    """Something opened from files."""

    def fresh(self) -> bool:
        """Return whether the files are still those that were opened. Cheap."""

    def close(self) -> None:
        """Let go of the files. Nobody uses it any more."""


Kind = TypeVar("Kind", bound=Opened)


class Current(Generic[Kind]):
    """Gives what `open_it` opened, and opens it again once its files were replaced. `lock` must be held while what was
    given is used, since then it may be closed."""

    def __init__(self, index: str, open_it: Callable[[], Kind], lock: threading.RLock) -> None:
        self.index = index
        self.open_it = open_it
        self.lock = lock
        self.opened = open_it()

    def get(self) -> Kind:
        """Return it, opened from the files that are there now. Raises `Problem` where there are none any more."""
        with self.lock:
            if not self.opened.fresh():
                before, self.opened = self.opened, self.again()
                before.close()
            return self.opened

    def close(self) -> None:
        """Let go of the files. Nobody uses it any more."""
        with self.lock:
            self.opened.close()

    def again(self) -> Kind:
        """Open it once more."""
        try:
            return self.open_it()
        except Problem as problem:
            raise Problem(f"index {shown(self.index)} changed while it was open: {problem}") from problem

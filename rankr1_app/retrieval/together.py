"""Calls that several threads make at the same time, answered together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Request = TypeVar("Request")
Result = TypeVar("Result")


@dataclass
class Waiting(Generic[Request, Result]):
    """A call, and what came of it."""

    request: Request
    result: Result | None = None
    error: BaseException | None = None
    done: bool = False


class Together(Generic[Request, Result]):
    """Whoever holds `lock` first answers all calls that wait for it, at most `most` at once, by one `answer`: it takes
    requests and gives as many results, of which one may be an exception."""

    def __init__(
        self, lock: threading.RLock, answer: Callable[[Sequence[Request]], Sequence[Result | Exception]], most: int
    ) -> None:
        self.lock = lock
        self.answer = answer
        self.most = most
        self.waiting: deque[Waiting[Request, Result]] = deque()

    def call(self, request: Request) -> Result:
        """Return the result of one request, or raise its exception."""
        mine: Waiting[Request, Result] = Waiting(request)
        self.waiting.append(mine)
        with self.lock:
            while not mine.done:
                self.answer_some()
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]

    def answer_some(self) -> None:
        """Answer the first calls that wait. The lock must be held."""
        some = [self.waiting.popleft() for _ in range(min(self.most, len(self.waiting)))]
        try:
            results = self.answer([each.request for each in some])
            for each, result in zip(some, results, strict=True):
                if isinstance(result, Exception):
                    each.error = result
                else:
                    each.result = result
        except BaseException as error:
            for each in some:
                each.error = error
        for each in some:
            each.done = True

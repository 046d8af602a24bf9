"""A recording as if it happened again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from .errors import Problem, shown
from .events import End, Event, SearchStarted
from .store import read


async def paced(path: Path, speed: float) -> AsyncGenerator[Event, None]:
    """Yield the events of a recording: `speed` 1 as they came, 2 twice as fast, 0 at once. Raises `Problem` for a
    file that is no recording of a search."""
    if not speed >= 0:
        raise Problem(f"speed {speed} is not valid, it must be a number from 0")
    start = asyncio.get_running_loop().time()
    event: Event | None = None
    started = False
    for event in read(path):
        if not started and not isinstance(event, SearchStarted):
            raise Problem(
                f"recording {shown(str(path))} does not begin with search_started, give a file that --record wrote"
            )
        started = True
        if speed:
            await asyncio.sleep(start + event.at / speed - asyncio.get_running_loop().time())
        yield event
    if not isinstance(event, End):
        raise Problem(f"recording {shown(str(path))} ends in the middle of a search, it was cut off")

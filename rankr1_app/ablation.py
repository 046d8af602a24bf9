"""How many reasons hold: the deciding comparisons of recordings, asked again with and without what they rest on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import Problem, shown
from .events import CallFinished, CallStarted, Candidate, RankSettled, Retrieved, SearchStarted
from .plan import resolve
from .reranking.asking import Unreadable
from .reranking.protocol import Reranker
from .retrieval.protocol import sourced
from .settings import Settings
from .store import read
from .trial import Trial, Way, ask, choice, trial_of
from .wiring import Wiring


@dataclass(frozen=True)
class Outcome:
    """A trial of a comparison: whether its choice changed without the passage, and stayed with it alone."""

    recording: Path
    call: int
    changed: bool
    stayed: bool

    @property
    def holds(self) -> bool:
        """Whether the reason holds by either test."""
        return self.changed or self.stayed


def trials(path: Path, reranker: str) -> tuple[str, list[Trial]]:
    """Return the query of a recording, and what is tried of the comparisons that decided its ranks. Raises `Problem`
    for one that another reranker made."""
    query, candidates = "", dict[str, Candidate]()
    started: dict[int, CallStarted] = {}
    finished: dict[int, CallFinished] = {}
    deciding: dict[int, None] = {}
    for event in read(path):
        match event:
            case SearchStarted():
                query, by = event.query, event.settings.get("reranker")
                if by != reranker:
                    raise Problem(f"recording {shown(str(path))} is of reranker {shown(by)}, give --reranker {by}")
            case Retrieved():
                retrieved = sourced(event.candidates, event.retriever, event.score_name)
                candidates = {candidate.id: candidate for candidate in retrieved}
            case CallStarted():
                started[event.call] = event
            case CallFinished():
                finished[event.call] = event
            case RankSettled():
                deciding |= dict.fromkeys(event.calls[-1:])
            case _:
                pass
    found = (trial_of(started[call], finished[call], candidates) for call in deciding if call in finished)
    return query, [each for each in found if each is not None]


def alone(settings: Settings, documents: int) -> Settings:
    """Return the settings that ask so many documents in one comparison, in the order in which they are given."""
    return replace(settings, docs_per_call=max(2, documents), sort="tournament", order="first-stage", speculation=0)


async def ablate(recordings: Iterable[Path], settings: Settings) -> list[Outcome]:
    """Try the deciding comparisons of recordings with the model of `settings`."""
    wiring, found = Wiring(), []
    try:
        for path in recordings:
            query, wanted = await asyncio.to_thread(trials, path, settings.reranker)
            for each in wanted:
                reranker = wiring.reranker(resolve(alone(settings, len(each.documents))))
                assert reranker is not None
                without = await chosen(reranker, query, each, "without")
                only = await chosen(reranker, query, each, "only")
                changed = without is not None and without != each.chosen
                found.append(Outcome(path, each.call, changed, only == each.chosen))
    finally:
        await wiring.close()
    return found


async def chosen(reranker: Reranker, query: str, each: Trial, way: Way) -> str | None:
    """Return the document that a comparison chooses when it is asked again, None where no answer could be read: the
    other comparisons are tried all the same."""
    try:
        return choice(await ask(reranker, query, each, way))
    except Unreadable:
        return None


def summary(name: str, outcomes: list[Outcome]) -> Iterator[str]:
    """Yield what the trials of one model found, in lines."""
    if not outcomes:
        raise Problem("no deciding comparison in these recordings has a reason that rests on a passage")
    for text, number in (
        ("without the passage another document is chosen", sum(each.changed for each in outcomes)),
        ("with the passage alone the document is still chosen", sum(each.stayed for each in outcomes)),
        ("the reason holds by either test", sum(each.holds for each in outcomes)),
    ):
        low, high = interval(number, len(outcomes))
        share = 100 * number / len(outcomes)
        yield f"{name}: {text}: {number} of {len(outcomes)} ({share:.1f} %, 95 % interval {low:.1f} to {high:.1f})"


def interval(number: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's score interval of a share, in percent."""
    share = number / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, 100 * (middle - half) / (1 + z * z / of)), min(100.0, 100 * (middle + half) / (1 + z * z / of))

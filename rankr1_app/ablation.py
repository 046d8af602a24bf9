"""How many reasons hold: the deciding comparisons of recordings, asked again with and without what they rest on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import Problem, shown
from .events import CallFinished, CallStarted, Candidate, RankSettled, SearchStarted
from .plan import Plan, resolve
from .reranking.asking import Unreadable
from .settings import Settings
from .store import read
from .trial import FirstStage, Trial, Way, ask, choice, retriever_of, shows_scores, trial_of, version
from .wiring import Wiring

WAYS: tuple[Way, ...] = ("without", "only")


@dataclass(frozen=True)
class Outcome:
    """A trial of a comparison: whether its choice changed without the passage, and stayed with it alone. `whole` says
    that the prompt told of what was left what the first stage says of the whole document."""

    recording: Path
    call: int
    changed: bool
    stayed: bool
    whole: bool = False

    @property
    def holds(self) -> bool:
        """Whether the reason holds by either test."""
        return self.changed or self.stayed


@dataclass(frozen=True)
class Recorded:
    """A search whose reasons are tried: its `query`, the `index` and `retriever` that found its documents, and what is
    tried."""

    query: str
    index: str
    retriever: str
    trials: tuple[Trial, ...]


def trials(path: Path, reranker: str) -> Recorded:
    """Return what is tried of a recording: the comparisons that decided its ranks. Raises `Problem` for one of another
    reranker."""
    found, index, retriever = FirstStage(), "", ""
    started: dict[int, CallStarted] = {}
    finished: dict[int, CallFinished] = {}
    deciding: dict[int, None] = {}
    for event in read(path):
        found.see(event)
        match event:
            case SearchStarted():
                by = event.settings.get("reranker")
                if by != reranker:
                    raise Problem(f"recording {shown(str(path))} is of reranker {shown(by)}, give --reranker {by}")
                index, retriever = (str(event.settings.get(name, "")) for name in ("index", "retriever"))
            case CallStarted():
                started[event.call] = event
            case CallFinished():
                finished[event.call] = event
            case RankSettled():
                deciding |= dict.fromkeys(event.calls[-1:])
            case _:
                pass
    tried = (trial_of(started[call], finished[call], found) for call in deciding if call in finished)
    return Recorded(found.query, index, retriever, tuple(each for each in tried if each is not None))


def alone(settings: Settings, documents: int) -> Settings:
    """Return the settings that ask so many documents in one comparison, in the order in which they are given."""
    return replace(settings, docs_per_call=max(2, documents), sort="tournament", order="first-stage", speculation=0)


async def ablate(recordings: Iterable[Path], settings: Settings) -> list[Outcome]:
    """Try the deciding comparisons of recordings with the model of `settings`."""
    wiring, found = Wiring(), []
    try:
        for path in recordings:
            recorded = await asyncio.to_thread(trials, path, settings.reranker)
            for each in recorded.trials:
                again = alone(settings, len(each.documents))
                plan = resolve(replace(again, index=recorded.index, retriever=recorded.retriever))
                found.append(await outcome(path, wiring, plan, recorded.query, each))
    finally:
        await wiring.close()
    return found


async def outcome(path: Path, wiring: Wiring, plan: Plan, query: str, each: Trial) -> Outcome:
    """Try the reason of one comparison in both ways."""
    retriever = await asyncio.to_thread(retriever_of, wiring, plan, each)
    whole = False
    choices: list[str | None] = []
    for way in WAYS:
        shown = await asyncio.to_thread(version, each, way, query, retriever)
        whole = whole or not shown.before
        choices.append(await chosen(wiring, plan, query, shown.documents))
    without, only = choices
    return Outcome(
        path,
        each.call,
        changed=without is not None and without != each.chosen,
        stayed=only == each.chosen,
        whole=whole and shows_scores(plan),
    )


async def chosen(wiring: Wiring, plan: Plan, query: str, documents: tuple[Candidate, ...]) -> str | None:
    """Return the document that a comparison chooses when it is asked again, None where no answer could be read: the
    other comparisons are tried all the same."""
    reranker = wiring.reranker(plan)
    assert reranker is not None
    try:
        return choice(await ask(reranker, query, documents))
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
    if whole := sum(each.whole for each in outcomes):
        yield (
            f"{name}: the prompt still told the first stage's figures of the whole document in {whole} of them, since "
            "its index is not here or cannot say them anew"
        )


def interval(number: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's score interval of a share, in percent."""
    share = number / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, 100 * (middle - half) / (1 + z * z / of)), min(100.0, 100 * (middle + half) / (1 + z * z / of))

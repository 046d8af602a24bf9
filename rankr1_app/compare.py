"""Several rerankers, or several first stages, over the same topics: measured, tested, and written as a page.

Each is a batch of its own with its journal and recordings in the output folder, so that an interrupted comparison goes
on where it was, and one that is asked for again with one system more runs that one alone.
"""

from __future__ import annotations

import itertools
import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .batch import checked_queries, identity, names, rerank_topics
from .catalogue import NONE
from .errors import Problem, shown
from .evaluation import difference, topic_values
from .events import End
from .report import report
from .settings import Settings
from .significance import holm, interval
from .store import read
from .writing import checked_folder, replacing

DIFFERING = 10
"""Topics whose recordings are made into pages."""


@dataclass(frozen=True)
class System:
    """One of those that are compared: its name in the comparison, and its settings."""

    name: str
    settings: Settings


@dataclass(frozen=True)
class Measured:
    """A system with its value of every measure for every topic, and what a topic takes: mean calls and tokens, median
    seconds."""

    name: str
    values: Mapping[str, Mapping[str, float]]
    calls: float
    tokens: float
    seconds: float

    def mean(self, measure: str) -> float:
        """Return the mean over the topics."""
        values = self.values[measure]
        return sum(values.values()) / len(values)

    def bounds(self, measure: str) -> tuple[float, float]:
        """Return between which values the mean is."""
        return interval(list(self.values[measure].values()))


@dataclass(frozen=True)
class Pair:
    """Two systems by one measure: the mean of the first less the second's, how likely chance makes one as large, and
    the same corrected for all pairs."""

    first: str
    second: str
    measure: str
    mean: float
    p: float
    corrected: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Name what is compared, and where it goes. `run` and `corpus` are a first stage that is given."""

    systems: Sequence[System]
    topics: Path
    qrels: Path
    measures: str
    output: Path
    run: Path | None = None
    corpus: Path | None = None

    def path(self, system: System) -> Path:
        """Return the run of a system."""
        return self.output / f"{system.name}.run"

    def recordings(self, system: System) -> Path:
        """Return the folder of a system's recordings."""
        return self.output / "recordings" / system.name

    def carry_out(self) -> list[Measured]:
        """Run what is not done yet, and measure all. Raises `Problem`."""
        checked_folder(self.output, "output").mkdir(parents=True, exist_ok=True)
        for system in self.systems:
            self.complete(system)
        return [self.measured(system) for system in self.systems]

    def complete(self, system: System) -> None:
        """Run a system, unless its run is there and was made of the same."""
        mark = self.output / f"{system.name}.json"
        state = json.dumps(identity(system.settings, self.topics, self.run, self.corpus), sort_keys=True, indent=1)
        if self.path(system).is_file() and mark.is_file() and mark.read_text("utf-8") == state:
            return
        mark.unlink(missing_ok=True)
        rerank_topics(system.settings, self.topics, self.run, self.corpus, self.path(system), self.recordings(system))
        with replacing(mark, "output") as file:
            file.write(state)

    def measured(self, system: System) -> Measured:
        """Return a system's measures, and what its topics took by their recordings."""
        ends = [end for path in sorted(self.recordings(system).glob("*.jsonl")) if (end := end_of(path))]
        count = max(1, len(ends))
        return Measured(
            system.name,
            topic_values(self.qrels, self.path(system), self.measures),
            sum(end.totals.calls for end in ends) / count,
            sum(end.totals.prompt_tokens + end.totals.completion_tokens for end in ends) / count,
            # The first topic waits for the model to load: the median is not moved by it.
            statistics.median([end.totals.seconds for end in ends] or [0.0]),
        )

    def pages(self, topics: Sequence[str]) -> dict[tuple[str, str], str]:
        """Write the recordings of some topics as pages that open offline, and return the address of each by topic and
        system, relative to the output folder."""
        found = {}
        files = names(checked_queries(self.topics))
        (self.output / "topics").mkdir(exist_ok=True)
        for topic, system in itertools.product(topics, self.systems):
            recording = self.recordings(system) / f"{files.get(topic)}.jsonl"
            if topic in files and recording.is_file():
                page = Path("topics") / f"{files[topic]}-{system.name}.html"
                report([recording], self.output / page)
                found[topic, system.name] = page.as_posix()
        return found


def end_of(recording: Path) -> End | None:
    """Return how a recorded search ended, None where it did not."""
    last = None
    for event in read(recording):
        last = event
    return last if isinstance(last, End) else None


def systems_of(rerankers: str, retrievers: str, settings: Settings) -> list[System]:
    """Return the systems that a command names: rerankers, each `NAME` or `NAME@URL` where it has a server of its own,
    or first stages alone. Raises `Problem`."""
    if bool(rerankers) == bool(retrievers):
        raise Problem("what is compared must be named: give --rerankers A,B,C or --retrievers A,B,C, and not both")
    found = named(rerankers, settings) or [
        System(each, replace(settings, retriever=each, reranker=NONE).checked()) for each in parts(retrievers)
    ]
    if len({system.name for system in found}) < max(2, len(found)):
        what = "rerankers" if rerankers else "retrievers"
        raise Problem(f"{what} {shown(rerankers or retrievers)} must be two or more, each named once")
    return found


def named(rerankers: str, settings: Settings) -> list[System]:
    """Return rerankers by their names, each `NAME` or `NAME@URL` where it has a server of its own. Raises `Problem`."""
    found = []
    for each in parts(rerankers):
        name, _, url = each.partition("@")
        own = replace(settings, reranker=name, base_url="" if name == NONE else settings.base_url)
        if url:
            own = replace(own, base_url=url, engine="", model="")
        found.append(System(name, own.checked()))
    return found


def parts(listed: str) -> list[str]:
    """Return what a list names, its commas and blanks aside."""
    return [part for part in map(str.strip, listed.split(",")) if part]


def pairs(measured: Sequence[Measured], measure: str) -> list[Pair]:
    """Return every pair of systems, tested topic by topic and corrected for how many pairs there are."""
    every = list(itertools.combinations(measured, 2))
    tests = [difference(gaps(first, second, measure)) for first, second in every]
    corrected = holm([test.p for test in tests])
    return [
        Pair(first.name, second.name, measure, test.mean, test.p, p)
        for (first, second), test, p in zip(every, tests, corrected, strict=True)
    ]


def gaps(first: Measured, second: Measured, measure: str) -> list[float]:
    """Return the difference of two systems for each topic."""
    return [first.values[measure][topic] - second.values[measure][topic] for topic in first.values[measure]]


def differing(measured: Sequence[Measured], measure: str) -> list[str]:
    """Return the topics for which the systems differ most, most first; none for which they agree."""
    spread = {
        topic: max(values) - min(values)
        for topic in measured[0].values[measure]
        if (values := [system.values[measure][topic] for system in measured])
    }
    return [topic for topic in sorted(spread, key=lambda t: (-spread[t], t)) if spread[topic] > 0][:DIFFERING]


def lines(measured: Sequence[Measured], tests: Sequence[Pair]) -> Iterator[str]:
    """Yield a comparison for a terminal."""
    for system in measured:
        for measure in system.values:
            low, high = system.bounds(measure)
            yield f"{system.name}\t{measure}\t{system.mean(measure):.4f}\t[{low:.4f}, {high:.4f}]"
        yield (f"{system.name}\ta topic\t{system.calls:.1f} calls\t{system.tokens:.0f} tokens\t{system.seconds:.2f} s")
    for pair in tests:
        yield (
            f"{pair.first} - {pair.second}\t{pair.measure}\t{pair.mean:+.4f}\tp {pair.p:.4f}, "
            f"corrected {pair.corrected:.4f}"
        )


def compare(comparison: Comparison) -> Iterator[str]:
    """Carry out a comparison, write its page, and yield what to print. Raises `Problem`."""
    from .comparison import page

    measured = comparison.carry_out()
    first = next(iter(measured[0].values))
    tests = [pair for measure in measured[0].values for pair in pairs(measured, measure)]
    topics = differing(measured, first)
    addresses = comparison.pages(topics)
    with replacing(comparison.output / "report.html", "report") as file:
        file.write(page(measured, tests, topics, addresses, checked_queries(comparison.topics)))
    yield from lines(measured, tests)

"""What the benchmarks share: searches turned into figures, figures into tables, plots and files."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rankr1_app.catalogue import entry
from rankr1_app.engines.protocol import Engine
from rankr1_app.events import CallFinished, CallStarted, RankSettled, Retrieved, SearchFinished
from rankr1_app.pipeline import Search, search
from rankr1_app.reranking.setwise import Setwise
from rankr1_app.retrieval.protocol import Retriever

RESULTS = Path(__file__).parent / "results"
COLLECTIONS = Path("../shared/collections")
NANO = entry("rank-r1-nano")


@dataclass(frozen=True)
class Strategy:
    """How ranks are found. `at_once` False asks one call at a time, as the published code does; `speculation` None
    guesses as much as the engine has room for, which is the default of a search."""

    name: str
    sort: str
    speculation: int | None = 0
    at_once: bool = True
    order: str = NANO.order


STRATEGIES = (
    Strategy("published (heapsort, one call at a time)", "heapsort", at_once=False),
    Strategy("heapsort, independent calls at once", "heapsort"),
    Strategy("tournament", "tournament", 0),
    Strategy("tournament, one rank ahead", "tournament", 1),
    Strategy("tournament, two ranks ahead", "tournament", 2),
    Strategy("chain, without guesses", "chain", 0),
    Strategy("chain", "chain", 1),
    Strategy("chain, as there is room", "chain", None),
    Strategy("short chain, without guesses", "short-chain", 0),
    Strategy("short chain", "short-chain", 1),
    Strategy("short chain, as there is room", "short-chain", None),
    Strategy("logits", "logits"),
)


def find(name: str) -> Strategy:
    """Return a strategy by its name."""
    return next(each for each in STRATEGIES if each.name == name)


@dataclass(frozen=True)
class Figures:
    """One search: seconds to the list, the first settled rank and the end, and what it took. `shown` is when the
    first rank can be shown: the published code shows nothing before its end."""

    list: float
    first: float
    first_rounds: int
    whole: float
    calls: int
    rounds: int
    documents: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    unreadable: int
    ranking: tuple[str, ...]

    @property
    def plain(self) -> dict[str, Any]:
        """Without the ranking."""
        return {name: value for name, value in vars(self).items() if name != "ranking"}


def asked(
    engine: Engine,
    retriever: Retriever,
    strategy: Strategy,
    query: str,
    *,
    depth: int,
    k: int,
    docs_per_call: int,
    weighs: bool = False,
) -> Search:
    """One search by one strategy. Answers are never taken from the cache: `engine` is a plain one, of a model whose
    answers weigh every document in figures if it `weighs`."""
    reranker = Setwise(
        entry=NANO,
        engine=engine,
        docs_per_call=docs_per_call,
        sort=strategy.sort,
        speculation=strategy.speculation,
        order=strategy.order,
        seed=929,
        weighs=weighs,
    )
    return Search(query=query, retriever=retriever, reranker=reranker, depth=depth, k=k, seed=929)


async def measured(what: Search, *, published: bool = False) -> Figures:
    """Runs a search and measures it from its events."""
    listed = first = 0.0
    documents = rounds = first_rounds = 0
    end = None
    async for event in search(what):
        match event:
            case Retrieved():
                listed = event.at
            case CallStarted():
                documents += len(event.documents)
                rounds = event.round
            case RankSettled() if not first:
                first, first_rounds = event.at, rounds
            case CallFinished():
                pass
            case _:
                end = event
    if not isinstance(end, SearchFinished):
        raise SystemExit(f"the search did not finish: {end}")
    totals = end.totals
    return Figures(
        list=listed,
        first=totals.seconds if published else first,
        first_rounds=totals.rounds if published else first_rounds,
        whole=totals.seconds,
        calls=totals.calls,
        rounds=totals.rounds,
        documents=documents,
        prompt_tokens=totals.prompt_tokens,
        cached_tokens=totals.cached_tokens,
        completion_tokens=totals.completion_tokens,
        unreadable=totals.unreadable,
        ranking=end.ranking,
    )


def mean(figures: Sequence[Figures]) -> dict[str, float]:
    """The mean of each figure."""
    return {name: sum(f.plain[name] for f in figures) / len(figures) for name in figures[0].plain}


def save(name: str, command: str, rows: Sequence[dict[str, Any]], notes: Sequence[str] = ()) -> None:
    """Keep the rows in `results/<name>.json`, with the command, the machine and the day, and print them."""
    RESULTS.mkdir(exist_ok=True)
    whole = {
        "command": command,
        "machine": f"{cores()} cores of {processor()}",
        "measured": datetime.now(UTC).date().isoformat(),
        "notes": list(notes),
        "rows": list(rows),
    }
    part = RESULTS / f"{name}.json.part"
    part.write_text(json.dumps(whole, indent=1) + "\n")
    part.replace(RESULTS / f"{name}.json")
    print(table(rows))
    for note in notes:
        print(f"\n{note}")


def last(name: str, collection: str) -> list[dict[str, Any]]:
    """Return the rows of a collection as `results/<name>.json` has them, none where there is no such file."""
    path = RESULTS / f"{name}.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    return [row for row in rows if row["collection"] == collection]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Rows as a Markdown table."""
    names = list(rows[0])
    lines = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    lines += [f"| {' | '.join(shown(row.get(name)) for name in names)} |" for row in rows]
    return "\n".join(lines)


def shown(value: Any) -> str:
    """A cell."""
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def cores() -> int:
    """Cores this process may use."""
    import os

    return len(os.sched_getaffinity(0))


def processor() -> str:
    """The processor's name, as Linux tells it."""
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def alone(strategy: Strategy, engine: Any, concurrency: int) -> Any:
    """`engine` with as many calls at once as the strategy takes."""
    import asyncio

    at_once = concurrency if strategy.at_once else 1
    engine.concurrency = at_once
    engine.lane = asyncio.Semaphore(at_once)
    return engine


def ordered(strategy: Strategy, order: str) -> Strategy:
    """The strategy with the documents of a question in another order."""
    return replace(strategy, order=order, name=f"{strategy.name}, {order} order")

"""Recordings of several rankers: what each took, how much they agree, and the topics on which they differ most."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import Any
from urllib.parse import quote

from .agreement import PERSISTENCE, rbo, tau
from .catalogue import NONE
from .comparison import table
from .events import Event, Retrieved, Totals
from .judgements import CUTOFF, Grades, demo, gain, ideal
from .results import gather

DIFFERING = 50
"""Topics that are listed, those first on which the rankers differ most."""
COLUMNS = 4
"""Searches that stand side by side."""
APART = ("candidates", "index", "retriever")
"""Settings that say where the candidates are from, not how they were ranked."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A recorded search: its name in the report, the query, whose ranking it is, the settings, what that one ranked,
    all documents in their order, what it took, and the grades for its query."""

    name: str
    query: str
    ranker: str
    settings: Mapping[str, Any]
    ranked: tuple[str, ...]
    order: tuple[str, ...]
    totals: Totals
    grades: Grades

    @property
    def ndcg(self) -> float | None:
        """Return the measure of its order, None where nothing relevant is known."""
        best = ideal(self.grades)
        return gain(self.grades, self.order) / best if best else None


def recorded(name: str, events: Sequence[Event]) -> Recorded:
    """Return what a report needs of a recording."""
    fold = gather(events)
    index = next((event.index for event in events if isinstance(event, Retrieved)), "")
    order = fold.order
    settled = tuple(sorted(fold.settled, key=lambda document: fold.settled[document].rank))
    k = fold.settings.get("k")
    first = order[: k if type(k) is int and k > 0 else CUTOFF]
    return Recorded(
        name=name,
        query=fold.query,
        ranker=ranker(fold.settings),
        settings=fold.settings,
        ranked=first if fold.settings.get("reranker") == NONE else settled,
        order=order,
        totals=fold.end.totals if fold.end else Totals(),
        grades=demo().of(index, fold.query),
    )


def ranker(settings: Mapping[str, Any]) -> str:
    """Return whose ranking a search with these settings is: the reranker's, or the first stage's."""
    reranker = settings.get("reranker") or NONE
    if reranker == NONE:
        return str(settings.get("retriever") or "first stage")
    model = settings.get("model") if settings.get("engine") == "openai" else ""
    return f"{model}, prompted as {reranker}" if model else str(reranker)


def systems(found: Iterable[Recorded]) -> dict[str, list[Recorded]]:
    """Return the recordings by what made them: the ranker, and where that ranked a query more than once, those of its
    settings that differ."""
    by_ranker = defaultdict[str, list[Recorded]](list)
    for each in found:
        by_ranker[each.ranker].append(each)
    named = defaultdict[str, list[Recorded]](list)
    for name, runs in by_ranker.items():
        twice = max(Counter(run.query for run in runs).values()) > 1
        changing = sorted(key for key in runs[0].settings if key not in APART and differs(runs, key)) if twice else []
        for run in runs:
            words = ", ".join(f"{key} {run.settings.get(key)}" for key in changing)
            named[f"{name}, {words}" if words else name].append(run)
    return dict(named)


def differs(runs: Sequence[Recorded], key: str) -> bool:
    """Return whether a setting is not the same for all."""
    return any(run.settings.get(key) != runs[0].settings.get(key) for run in runs)


def section(found: Sequence[Recorded]) -> str:
    """Return the comparison as HTML, empty where no two rankers have a query in common."""
    by_system = systems(found)
    by_query = defaultdict[str, dict[str, Recorded]](dict)
    for name, runs in by_system.items():
        for run in runs:
            by_query[run.query].setdefault(name, run)
    shared = {query: runs for query, runs in by_query.items() if len(runs) > 1}
    if not shared:
        return ""
    names = [name for name in by_system if any(name in runs for runs in shared.values())]
    parts = [
        f"<h2>{len(names)} rankers on {len(shared)} {'query' if len(shared) == 1 else 'queries'}</h2>",
        costs({name: by_system[name] for name in names}),
        "<h3>Queries that differ most</h3>",
        queries(names, shared),
        "<h3>How much they agree</h3>",
        agreement(names, list(shared.values())),
        f"<p>Means over the queries that both ranked. Kendall’s τ is over the documents that both ranked; RBO is the "
        f"overlap of both lists, weighted to the top (p = {PERSISTENCE}, extrapolated; Webber et al. 2010).</p>",
    ]
    return f'<section aria-label="Comparison" tabindex="0">{"".join(parts)}</section>'


def costs(by_system: Mapping[str, Sequence[Recorded]]) -> str:
    """Return what each ranker took, and its measure where queries were judged."""
    rows = []
    for name, runs in by_system.items():
        values = [run.ndcg for run in runs if run.ndcg is not None]
        tokens = [run.totals.prompt_tokens + run.totals.completion_tokens for run in runs]
        measure = f"{statistics.mean(values):.4f} <small>({len(values)} judged)</small>" if values else "–"
        cells = [f"<b>{escape(name)}</b>", str(len(runs)), measure]
        cells += [f"{statistics.mean(run.totals.calls for run in runs):.1f}", f"{statistics.mean(tokens):,.0f}"]
        rows.append([*cells, f"{statistics.median(run.totals.seconds for run in runs):.2f}"])
    costs = ("calls a query", "tokens a query", "seconds a query (median)")
    return table(["ranker", "queries", f"nDCG@{CUTOFF}", *costs], rows)


def agreement(names: Sequence[str], shared: Sequence[Mapping[str, Recorded]]) -> str:
    """Return how much every two rankers agree."""
    rows = []
    for first, second in combinations(names, 2):
        pairs = [(runs[first].ranked, runs[second].ranked) for runs in shared if first in runs and second in runs]
        cells = [f"{escape(first)} and {escape(second)}", str(len(pairs))]
        rows.append([*cells, mean(tau, pairs), mean(rbo, pairs)])
    return table(["rankers", "queries", "Kendall’s τ", "RBO"], rows)


Ranking = Sequence[str]


def mean(measure: Callable[[Ranking, Ranking], float | None], pairs: Iterable[tuple[Ranking, Ranking]]) -> str:
    """Return the mean of a measure over the pairs that have one, in words."""
    values = [value for one, other in pairs if (value := measure(one, other)) is not None]
    return f"{statistics.mean(values):.2f}" if values else "–"


def queries(names: Sequence[str], shared: Mapping[str, Mapping[str, Recorded]]) -> str:
    """Return the queries, those first on which the rankers agree least, each leading to its recordings."""
    rows = []
    for query in sorted(shared, key=lambda query: least(shared[query].values()))[:DIFFERING]:
        runs = shared[query]
        beside = ",".join([quote(runs[name].name, safe="") for name in names if name in runs][:COLUMNS])
        cells = [f'<a href="#{beside}">{escape(query[:200])}</a>', f"{least(runs.values()):.2f}"]
        rows.append([*cells, *(cell(runs.get(name)) for name in names)])
    return table(["query, side by side", "least RBO", *map(escape, names)], rows)


def least(runs: Iterable[Recorded]) -> float:
    """Return how much the two rankings agree that agree least; one that ranked nothing agrees with none."""
    return min(rbo(first.ranked, second.ranked) or 0.0 for first, second in combinations(runs, 2))


def cell(run: Recorded | None) -> str:
    """Return a way to a recording, under its measure where it has one."""
    if run is None:
        return "–"
    text = f"nDCG {run.ndcg:.2f}" if run.ndcg is not None else f"{len(run.ranked)} ranks"
    return f'<a href="#{quote(run.name, safe="")}">{text}</a>'

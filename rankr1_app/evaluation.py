"""Runs and qrels into measures, by ir-measures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import Problem, shown
from .retrieval.topics import Run, read_qrels, read_run


@dataclass(frozen=True)
class Values:
    """`values` maps each measure as written to its mean over the judged topics; `notes` say what was odd."""

    values: dict[str, float]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """`mean` over the judged topics, first run less second; `p` is two-sided, of a paired randomisation test
    (Smucker, Allan and Carterette, CIKM 2007)."""

    mean: float
    p: float


def evaluate(qrels_path: Path, run_path: Path, measures: str = "nDCG@10 RR@10 R@100") -> Values:
    """Measure one run. Topics without judgements are left out; judged topics that the run lacks count 0."""
    qrels, run = read_qrels(qrels_path), read_run(run_path)
    import ir_measures

    wanted = parsed(measures)
    found = ir_measures.calc_aggregate(wanted, qrels, scores(run))
    notes = []
    if unjudged := [qid for qid in run if qid not in qrels]:
        notes.append(f"{len(unjudged)} topics of the run are not judged and left out")
    if lacking := [qid for qid in qrels if qid not in run]:
        notes.append(f"{len(lacking)} judged topics are not in the run and count 0")
    return Values({str(measure): float(found[measure]) for measure in wanted}, tuple(notes))


def compare(qrels_path: Path, first: Path, second: Path, measures: str) -> dict[str, Difference]:
    """Two runs, topic by topic, for each measure."""
    import ir_measures
    from scipy import stats  # type: ignore[import-untyped]

    qrels = read_qrels(qrels_path)
    wanted = parsed(measures)
    values: list[dict[str, dict[str, float]]] = []
    for path in (first, second):
        found: dict[str, dict[str, float]] = {str(measure): dict.fromkeys(qrels, 0.0) for measure in wanted}
        for each in ir_measures.iter_calc(wanted, qrels, scores(read_run(path))):
            found[str(each.measure)][each.query_id] = float(each.value)
        values.append(found)
    differences = {}
    for name in map(str, wanted):
        gaps = [values[0][name][qid] - values[1][name][qid] for qid in qrels]
        test = stats.permutation_test(
            (gaps,), lambda x, axis: x.mean(axis), permutation_type="samples", vectorized=True, rng=929
        )
        differences[name] = Difference(sum(gaps) / len(gaps), float(test.pvalue))
    return differences


def parsed(measures: str) -> list[Any]:
    """The measures named. Raises `Problem` for one that is unknown."""
    import ir_measures

    wanted = []
    for name in measures.split():
        try:
            wanted.append(ir_measures.parse_measure(name))
        except (NameError, ValueError, SyntaxError):
            raise Problem(
                f"measure {shown(name)} is unknown, write it as ir-measures does: nDCG@10, RR@10, R@100"
            ) from None
    if not wanted:
        raise Problem(f"measures {shown(measures)} name none, write for example 'nDCG@10 RR@10'")
    return wanted


def scores(run: Run) -> dict[str, dict[str, float]]:
    """A run as ir-measures takes it."""
    return {qid: dict(ranked) for qid, ranked in run.items()}

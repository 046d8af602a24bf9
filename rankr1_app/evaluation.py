"""Runs and qrels into measures, by ir-measures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import Problem, shown
from .retrieval.topics import read_qrels, read_run


@dataclass(frozen=True)
class Values:
    """`values` maps each measure as written to its mean over the judged topics; `notes` say what was odd."""

    values: dict[str, float]
    notes: tuple[str, ...]


def evaluate(qrels_path: Path, run_path: Path, measures: str = "nDCG@10 RR@10 R@100") -> Values:
    """Measure one run. Topics without judgements are left out; judged topics that the run lacks count 0."""
    qrels, run = read_qrels(qrels_path), read_run(run_path)
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
    scores = {qid: dict(ranked) for qid, ranked in run.items()}
    found = ir_measures.calc_aggregate(wanted, qrels, scores)
    notes = []
    if unjudged := [qid for qid in run if qid not in qrels]:
        notes.append(f"{len(unjudged)} topics of the run are not judged and left out")
    if lacking := [qid for qid in qrels if qid not in run]:
        notes.append(f"{len(lacking)} judged topics are not in the run and count 0")
    return Values({str(measure): float(found[measure]) for measure in wanted}, tuple(notes))

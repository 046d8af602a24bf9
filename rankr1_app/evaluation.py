"""Runs and qrels into measures, by ir-measures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import Problem, shown
from .retrieval.qrels import HIGHEST, Qrels, read_qrels
from .retrieval.runs import Run, read_run

MEASURES = (
    "nDCG",
    "RR",
    "R",
    "P",
    "AP",
    "Rprec",
    "Bpref",
    "infAP",
    "IPrec",
    "Success",
    "SetP",
    "SetR",
    "SetF",
    "SetAP",
    "Judged",
    "Accuracy",
    "Compat",
    "NumRet",
    "NumRel",
    "NumQ",
)
"""Measures that need nothing beside ir-measures' own parts."""
CUTOFF = 1_000_000
"""The largest cutoff."""
RESAMPLED = 4_000_000
"""Numbers the test holds at once."""


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
    """Measure one run. Each topic is ranked once, by score, then by rank as written, then by id, and every measure
    gets that order. Topics without judgements are left out; judged topics that the run lacks count 0. Raises
    `Problem` where run and qrels have no topic or no document in common."""
    wanted = parsed(measures)
    qrels, run = read_qrels(qrels_path), read_run(run_path)
    check_common(qrels_path, qrels, run_path, run)
    totals = {each: each.aggregator() for each in wanted}
    for each in calculated(wanted, qrels, places(run)):
        totals[each.measure].add(each.value)
    notes = []
    if unjudged := [qid for qid in run if qid not in qrels]:
        notes.append(f"{len(unjudged)} topics of the run are not judged and left out")
    if lacking := [qid for qid in qrels if qid not in run]:
        notes.append(f"{len(lacking)} judged topics are not in the run and count 0")
    return Values({str(measure): float(total.result()) for measure, total in totals.items()}, tuple(notes))


def check_common(qrels_path: Path, qrels: Qrels, run_path: Path, run: Run) -> None:
    """Raise `Problem` unless some topic, and some document, of the run is judged."""
    documents = {document for topic in qrels.values() for document in topic}
    retrieved = [document for ranked in run.values() for document, _ in ranked]
    for what, judged, found in (("topic", qrels, run), ("document", documents, retrieved)):
        if not any(name in judged for name in found):
            raise Problem(
                f"no {what} of run {shown(str(run_path))} is judged in qrels {shown(str(qrels_path))}: "
                f"{shown(next(iter(found)), 40)} there, {shown(min(judged), 40)} here"
            )


def compare(qrels_path: Path, first: Path, second: Path, measures: str) -> dict[str, Difference]:
    """Return two runs, topic by topic, for each measure."""
    values = [topic_values(qrels_path, path, measures) for path in (first, second)]
    return {
        name: difference([value - values[1][name][topic] for topic, value in found.items()])
        for name, found in values[0].items()
    }


def topic_values(qrels_path: Path, run_path: Path, measures: str) -> dict[str, dict[str, float]]:
    """Return the value of each measure for each judged topic; one that the run lacks counts 0. Raises `Problem` as
    `evaluate` does."""
    wanted = parsed(measures)
    qrels, run = read_qrels(qrels_path), read_run(run_path)
    check_common(qrels_path, qrels, run_path, run)
    found: dict[str, dict[str, float]] = {str(measure): dict.fromkeys(qrels, 0.0) for measure in wanted}
    for each in calculated(wanted, qrels, places(run)):
        found[str(each.measure)][each.query_id] = float(each.value)
    return found


def difference(gaps: list[float]) -> Difference:
    """Return the mean of the gaps, and how likely chance makes one as large; of a single topic chance makes any."""
    from scipy import stats  # type: ignore[import-untyped]

    mean = sum(gaps) / len(gaps)
    if len(gaps) == 1:
        return Difference(mean, 1.0)
    test = stats.permutation_test(
        (gaps,),
        lambda x, axis: x.mean(axis),
        permutation_type="samples",
        vectorized=True,
        batch=max(1, RESAMPLED // len(gaps)),
        rng=929,
    )
    return Difference(mean, float(test.pvalue))


def parsed(measures: str) -> list[Any]:
    """Return the measures named. Raises `Problem` for one that is unknown, or cannot be computed as it is written."""
    wanted = [measure(name) for name in measures.split()]
    if not wanted:
        raise Problem(f"measures {shown(measures)} name none, write for example 'nDCG@10 RR@10'")
    return list(dict.fromkeys(wanted))


def measure(name: str) -> Any:
    """Return the measure of that name. All is checked before a C library sees it, since those abort."""
    import ir_measures

    try:
        found = ir_measures.parse_measure(name)
    except Exception:
        raise Problem(
            f"measure {shown(name)} is unknown, write it as ir-measures does: nDCG@10, RR@10, R@100"
        ) from None
    if found.NAME not in MEASURES:
        raise Problem(f"measure {shown(name)} cannot be computed here, those are {', '.join(MEASURES)}")
    for key, value in found.params.items():
        check_parameter(name, key, value)
    try:
        found.validate_params()
        calculated([found], {"q": {"d": 1, "e": 0}}, {"q": {"d": 1.0, "e": 2.0}})
    except (AssertionError, Problem) as error:
        needs = [key for key, info in found.SUPPORTED_PARAMS.items() if info.required]
        takes = f"{found.NAME} takes {', '.join(found.SUPPORTED_PARAMS) or 'nothing'}"
        raise Problem(
            f"measure {shown(name)} is not valid, {takes}{' and needs ' + ', '.join(needs) if needs else ''}"
        ) from error
    return found


def check_parameter(name: str, key: str, value: Any) -> None:
    """Raise `Problem` for a cutoff or a grade that is not a whole number from 1, a share outside of 0 to 1, gains
    that are no judgements', and another discount than the usual one, which needs Perl."""
    if key in ("cutoff", "rel", "max_rel"):
        allowed, fits = f"a whole number from 1 to {CUTOFF}", is_whole_number(value) and 1 <= value <= CUTOFF
    elif key in ("p", "recall"):
        allowed, fits = "0 to 1", isinstance(value, float | int) and 0 <= value <= 1
    elif key == "gains":
        numbers: list[Any] = [*value.keys(), *value.values()] if isinstance(value, dict) else [None]
        allowed = f"whole numbers up to {HIGHEST} for grades"
        fits = all(is_whole_number(number) and -HIGHEST <= number <= HIGHEST for number in numbers)
    else:
        allowed, fits = "'log2'", key != "dcg" or value == "log2"
    if not fits:
        raise Problem(f"measure {shown(name)} has {key} {shown(value, 40)}, it must be {allowed}")


def is_whole_number(value: Any) -> bool:
    """Return whether a value is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def calculated(measures: list[Any], qrels: Qrels, run: dict[str, dict[str, float]]) -> list[Any]:
    """Return the value of each measure for each topic of the qrels. Raises `Problem` where one has none."""
    import ir_measures

    try:
        return list(ir_measures.iter_calc(measures, qrels, run))
    except Exception as error:
        names = ", ".join(map(str, measures))
        raise Problem(f"measures {names} cannot be computed for these judgements, try them one by one") from error


def places(run: Run) -> dict[str, dict[str, float]]:
    """Return a run as ir-measures takes it, its scores whole numbers that fall by one: no library takes two for the
    same."""
    return {
        qid: {document: float(len(ranked) - place) for place, (document, _) in enumerate(ranked)}
        for qid, ranked in run.items()
    }

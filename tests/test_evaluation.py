"""Measures of runs: one order for all, by score, then rank as written, then id; nothing reaches C that would abort."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from rankr1_app.cli import main
from rankr1_app.errors import Problem
from rankr1_app.evaluation import compare, evaluate, parsed
from rankr1_app.retrieval.runs import read_run


def write(folder: Path, qrels: str, run: str) -> tuple[Path, Path]:
    (folder / "qrels.txt").write_text(qrels)
    (folder / "a.run").write_text(run)
    return folder / "qrels.txt", folder / "a.run"


@pytest.mark.parametrize("order", list(itertools.permutations("abcd")))
def test_every_measure_ranks_ties_as_written(order: tuple[str, ...], tmp_path: Path) -> None:
    lines = [f"q1 Q0 {document} {rank} 1.0 t\n" for rank, document in enumerate(order, 1)]
    qrels, run = write(tmp_path, "q1 0 a 1\nq1 0 b 0\n", "".join(reversed(lines)))
    place = order.index("a") + 1
    found = evaluate(qrels, run, "RR RR@10 AP P@1 P@2 R@3 Success@1 nDCG@1 Judged@1").values
    assert found["RR"] == found["RR@10"] == found["AP"] == 1 / place
    assert found["P@1"] == found["Success@1"] == found["nDCG@1"] == (place == 1)
    assert found["P@2"] == (place <= 2) / 2
    assert found["R@3"] == (place <= 3)
    assert found["Judged@1"] == (order[0] in "ab")
    assert [document for document, _ in read_run(run)["q1"]] == list(order)


def test_scores_count_in_double_precision(tmp_path: Path) -> None:
    run = "q1 Q0 b 1 100000000.000001 t\nq1 Q0 a 2 100000000.000002 t\n"
    qrels, path = write(tmp_path, "q1 0 a 1\n", run)
    assert set(evaluate(qrels, path, "RR RR@10 P@1 nDCG@1 AP").values.values()) == {1.0}


REFUSED = [
    ("nDCG@0", "has cutoff 0, it must be a whole number from 1"),
    ("P@0", "has cutoff 0"),
    ("Judged@0", "has cutoff 0"),
    ("P", "P takes .* and needs cutoff"),
    ("R", "needs cutoff"),
    ("Success", "needs cutoff"),
    ("P@1.5", "has cutoff 1.5"),
    ("P@1e3", "has cutoff 1000.0"),
    ("RR@True", "has cutoff True"),
    ("RR@'x'", "has cutoff 'x'"),
    ("nDCG@99999999999999999999999", "has cutoff"),
    ("P@1000001", "has cutoff"),
    ("nDCG@-1", "is unknown"),
    ("P(rel=0)@10", "has rel 0"),
    ("P(rel=-1)@10", "is unknown"),
    ("P(rel='a')@10", "has rel 'a'"),
    ("P(cat=1)@10", "P takes"),
    ("IPrec@2", "has recall 2, it must be 0 to 1"),
    ("Compat(p=7)", "has p 7"),
    ("Compat(p=1)", "is not valid"),
    ("nDCG(dcg='exp-log2')@10", "has dcg 'exp-log2', it must be 'log2'"),
    ("nDCG(gains={1:99999999999})@10", "has gains"),
    ("nDCG(gains=5)@10", "has gains 5"),
    ("nDCG(gains={'a':1})@10", "has gains"),
    ("SetP(relative=5)", "is not valid"),
    ("INST", "cannot be computed here, those are nDCG, RR"),
    ("INSQ(max_rel=1)", "cannot be computed here"),
    ("RBP(p=2)", "cannot be computed here"),
    ("RBP", "cannot be computed here"),
    ("ERR@10", "cannot be computed here"),
    ("BPM(max_rel=1)@10", "cannot be computed here"),
    ("SDCG(max_rel=1)@10", "cannot be computed here"),
    ("NERR9(max_rel=1)@10", "cannot be computed here"),
    ("alpha_nDCG@10", "cannot be computed here"),
    ("α_nDCG@10", "cannot be computed here"),
    ("ERR_IA@10", "cannot be computed here"),
    ("StRecall@10", "cannot be computed here"),
    ("NRBP", "cannot be computed here"),
    ("ndcg@10", "is unknown"),
    ("map", "is unknown"),
    ("nDCG@10@10", "is unknown"),
    ("nDCG@10,RR@10", "is unknown"),
    ("R@[1]", "is unknown"),
    ("__import__('os')", "is unknown"),
    ("nDCG@\u0663", "is unknown"),
    ("(" * 3000, "is unknown"),
    ("P(" * 500, "is unknown"),
    ("", "name none"),
    (" \t", "name none"),
]


@pytest.mark.parametrize(("measures", "says"), REFUSED, ids=[name[:30] for name, _ in REFUSED])
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_measures_that_cannot_be(measures: str, says: str) -> None:
    with pytest.raises(Problem, match=says) as raised:
        parsed(measures)
    assert len(str(raised.value)) < 300


def test_measures_that_can_be() -> None:
    names = (
        "nDCG nDCG@10 nDCG(gains={1:5})@10 nDCG(judged_only=True)@10 RR RR@10 RR(rel=2) R@1 P@1000000 P(rel=2)@5 "
        "AP AP@10 Rprec Bpref infAP IPrec@0.1 Success@5 SetP SetP(relative=True) SetR SetF SetAP Judged Judged@10 "
        "Accuracy Compat Compat(p=0.8) NumRet NumRet(rel=1) NumRel NumQ"
    )
    assert [str(measure) for measure in parsed(names)] == names.split()
    assert len(parsed("MRR@10 RR@10")) == 1


@pytest.mark.parametrize(
    ("qrels", "run", "says"),
    [
        (
            "q01 0 a 1\n",
            "q1 Q0 a 1 1 t\n",
            "no topic of run '.*a.run' is judged in qrels '.*qrels.txt': 'q1' there, 'q01'",
        ),
        ("q1 0 D1 1\n", "q1 Q0 d1 1 1 t\n", "no document of run '.*a.run' is judged in .*: 'd1' there, 'D1' here"),
    ],
)
def test_ids_that_never_match(qrels: str, run: str, says: str, tmp_path: Path) -> None:
    paths = write(tmp_path, qrels, run)
    with pytest.raises(Problem, match=says):
        evaluate(*paths)
    with pytest.raises(Problem, match=says):
        compare(*paths, paths[1], "P@1")


def test_topics_on_one_side_only(tmp_path: Path) -> None:
    found = evaluate(*write(tmp_path, "q1 0 a 1\nq2 0 a 1\n", "q1 Q0 a 1 1 t\nq3 Q0 a 1 1 t\n"), "P@1 NumQ")
    assert found.values == {"P@1": 0.5, "NumQ": 1.0}
    assert len(found.notes) == 2


def test_grades_below_nought_and_topics_without_relevant_documents(tmp_path: Path) -> None:
    found = evaluate(*write(tmp_path, "q1 0 a 2\nq1 0 b -2\nq2 0 a 0\n", "q1 Q0 b 1 2 t\nq1 Q0 a 2 1 t\n"), "nDCG@2 AP")
    assert found.values["AP"] == 0.25
    assert found.values["nDCG@2"] == pytest.approx(0.63093 / 2, abs=1e-4)


def test_a_baseline_with_one_topic(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    qrels, run = write(tmp_path, "q1 0 a 1\n", "q1 Q0 b 1 2 t\nq1 Q0 a 2 1 t\n")
    (tmp_path / "b.run").write_text("q1 Q0 a 1 2 t\n")
    main(["evaluate", str(qrels), str(run), "--measures", "RR", "--baseline", str(tmp_path / "b.run")])
    assert capsys.readouterr().out.splitlines()[1].endswith("RR\t-0.5000\tp 1.0000")

"""How many reasons hold: which comparisons of a recording are tried, how they are asked, and the share with its
interval."""

from __future__ import annotations

from pathlib import Path

import pytest

from rankr1_app.ablation import Outcome, ablate, alone, interval, summary, trials
from rankr1_app.errors import Problem
from rankr1_app.events import (
    CallFinished,
    CallStarted,
    Candidate,
    Event,
    RankSettled,
    Retrieved,
    SearchStarted,
    Usage,
    dumps,
)
from rankr1_app.plan import Plan
from rankr1_app.reranking.setwise import Setwise
from rankr1_app.settings import Settings
from rankr1_app.wiring import Wiring

from .doubles import Scripted, setwise

TEXTS = {"a": "Ants are small. Bees make honey in a comb. Cats sleep.", "b": "Nothing here."}
SAID = '<think>[2] says "make honey in a comb".</think><answer>[2]</answer>'


def recording(path: Path, reranker: str = "mine") -> Path:
    """A search of two comparisons that say the same; only the second one decided a rank."""
    documents = tuple(Candidate(id=each, title="", text=text, rank=1, score=1.0) for each, text in TEXTS.items())
    events: list[Event] = [
        SearchStarted(
            query="honey",
            settings={"reranker": reranker, "index": "i", "retriever": "bm25"},
            versions={},
            seed=1,
            started="",
        ),
        Retrieved(at=0, index="i", retriever="r", score_name="s", candidates=documents, seconds=0),
    ]
    for call in (1, 2):
        events.append(CallStarted(at=0, call=call, round=1, purpose="p", documents=("b", "a")))
        events.append(
            CallFinished(
                at=1,
                call=call,
                answer=("a",),
                order=("a",),
                status="ok",
                finish_reason="stop",
                text=SAID,
                usage=Usage(),
                seconds=1,
            )
        )
    events.append(RankSettled(at=1, rank=1, document="a", calls=(1, 2)))
    path.write_text("\n".join(map(dumps, events)), "utf-8")
    return path


def test_the_comparisons_that_decided_a_rank_are_tried(tmp_path: Path) -> None:
    found = trials(recording(tmp_path / "r.jsonl"), "mine")
    assert (found.query, found.index, found.retriever) == ("honey", "i", "bm25")
    assert [(each.call, each.chosen, [document.id for document in each.documents]) for each in found.trials] == [
        (2, "a", ["b", "a"])
    ]


def test_a_recording_of_another_reranker_is_refused(tmp_path: Path) -> None:
    path = recording(tmp_path / "r.jsonl", "theirs")
    with pytest.raises(Problem) as refused:
        trials(path, "mine")
    assert str(refused.value) == f"recording '{path}' is of reranker 'theirs', give --reranker theirs"


def test_a_comparison_is_asked_alone_with_its_documents_in_their_order() -> None:
    found = alone(Settings(docs_per_call=20, sort="chain", order="shuffled", speculation=2), 5)
    assert (found.docs_per_call, found.sort, found.order, found.speculation) == (5, "tournament", "first-stage", 0)
    assert alone(Settings(), 1).docs_per_call == 2, "the fewest that a call may have"


@pytest.mark.parametrize(
    ("answers", "changed", "stayed"),
    [
        (("[1]", "[2]"), True, True),
        (("[2]", "[1]"), False, False),
        (("nothing that can be read", "[2]"), False, True),
    ],
)
async def test_a_reason_holds_if_the_choice_falls_without_it_or_stands_on_it_alone(
    answers: tuple[str, str], changed: bool, stayed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    def judge(texts: list[str]) -> str:
        shown.append(texts[1].strip())
        without = any("Ants" in text for text in texts)
        return f"<think> so </think><answer>{answers[0] if without else answers[1]}</answer>"

    def reranker(wiring: object, plan: Plan) -> Setwise:
        return setwise(Scripted(judge=judge), docs_per_call=plan.docs_per_call)

    monkeypatch.setattr(Wiring, "reranker", reranker)
    settings = Settings(reranker="rank-r1-nano")
    path = recording(tmp_path / "r.jsonl", "rank-r1-nano")
    assert await ablate([path], settings) == [Outcome(path, 2, changed, stayed, whole=True)]
    assert shown[0] == "Ants are small. Cats sleep."
    assert shown[-1] == "Bees make honey in a comb."


def test_the_share_has_an_interval() -> None:
    low, high = interval(7, 10)
    assert (round(low, 1), round(high, 1)) == (39.7, 89.2)  # Wilson's, as in Agresti and Coull (1998)
    assert interval(0, 5)[0] == 0
    assert interval(5, 5)[1] == 100
    outcomes = [Outcome(Path("r"), n, changed=n < 6, stayed=n == 9) for n in range(10)]
    assert list(summary("m", outcomes))[-1].startswith("m: the reason holds by either test: 7 of 10 (70.0 %, 95 %")
    assert "whole document" not in "".join(summary("m", outcomes))
    *_, last = summary("m", [*outcomes, Outcome(Path("r"), 10, changed=True, stayed=True, whole=True)])
    assert last == (
        "m: the prompt still told the first stage's figures of the whole document in 1 of them, since its index is not "
        "here or cannot say them anew"
    )
    with pytest.raises(Problem, match="rests on a passage"):
        list(summary("m", []))

"""A search as text for a terminal: whose reason stands below a document, in what words, and nothing that drives it."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from rankr1_app.events import Candidate, Event, Retrieved, SearchFinished, Totals
from rankr1_app.printing import LINES, became, folded, movement, plain, source_of, summary, table
from rankr1_app.results import gather, result

from .test_results import ANSWER, BEFORE, SETTLED


def lines(*events: Event, k: int = 10) -> list[str]:
    """Return the list of a search, on a terminal of 100 columns."""
    return list(table(result(gather([*BEFORE, *events])), k))


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def test_a_settled_document_has_the_reason_of_the_call_that_decided() -> None:
    end = SearchFinished(at=2, ranking=("b", "a"), settled=1, totals=Totals(calls=1, rounds=1, seconds=1.5))
    found = lines(ANSWER, SETTLED, end)
    assert found[0] == "     Searched for by RM3: dough 0.50"
    assert found[1] == "  1. b   ▲1 (first stage 2)   b"
    assert found[2] == "     “b” says how dough rises, “On stones” does not. (comparison 1, won)"
    assert "  2. On stones   ▼1 (first stage 1)   a" in found
    below = found[found.index("  2. On stones   ▼1 (first stage 1)   a") + 1 :]
    assert not [line for line in below if "dough rises" in line], "below the settled ranks no reason decided"
    assert found[-1].startswith("1 call in 1 round, 0 unreadable, ")


def test_no_more_documents_are_listed_than_asked_for() -> None:
    assert [line for line in lines(k=1) if line.startswith("  2.")] == []
    assert [line for line in lines(k=2) if line.startswith("  2.")] != []


def test_a_document_does_not_drive_the_terminal() -> None:
    hostile = Candidate(id="x\x1b[2J", title="\x07a\nb\x9b", text="", rank=1, score=1.0)
    events = [Retrieved(at=0, index="i", retriever="r", score_name="s", candidates=(hostile,), seconds=0)]
    found = result(gather(events))
    found["ranking"][0]["notes"] = ["not compared with \x1b[2Jthe other"]
    assert all(line.isprintable() for line in table(found, 10))
    assert len(table_of := list(table(found, 10))) == 2, table_of
    assert plain("a\tb\u202ec") == "a b c"


def test_a_reason_that_loops_is_folded_and_keeps_its_source() -> None:
    loop = dataclasses.replace(ANSWER, text=ANSWER.text.replace("dough rises", "dough rises " * 200))
    end = SearchFinished(at=2, ranking=("b", "a"), settled=1, totals=Totals(calls=1, rounds=1, seconds=1.5))
    found = lines(loop, SETTLED, end)
    at = next(n for n, line in enumerate(found) if "more lines" in line)
    assert at == 1 + LINES + 1
    assert re.fullmatch(r" {5}… \d\d more lines, --format json has all \(comparison 1, won\)", found[at])
    assert folded(["line"] * (LINES + 1), "(c)") == ["line"] * (LINES + 1), "a line more is printed as it is"


@pytest.mark.parametrize(
    ("rank", "before", "text"),
    [(1, 1, "= (first stage 1)"), (1, 9, "▲8 (first stage 9)"), (9, 1, "▼8 (first stage 1)")],
)
def test_how_far_a_document_moved(rank: int, before: int, text: str) -> None:
    assert movement({"rank": rank, "first_stage_rank": before}) == text


@pytest.mark.parametrize(
    ("call", "outcome", "text"),
    [
        ({"kind": "choose", "order": ["b"]}, "won", "comparison 4, won"),
        ({"kind": "score", "order": ["b"]}, "undecided", "reading 4"),
        ({"kind": "order", "order": ["a", "b", "c"]}, "undecided", "comparison 4, place 2 of 3"),
        ({"kind": "order", "order": ["a", "c"]}, "undecided", "comparison 4"),
    ],
)
def test_which_call_a_reason_is_from(call: dict[str, Any], outcome: str, text: str) -> None:
    assert source_of({"id": 4, **call}, "b", outcome) == text


def test_what_the_query_became() -> None:
    terms = [{"term": f"t{n}", "weight": 1 / n} for n in range(1, 30)]
    assert became({"by": "RM3", "terms": terms[:2], "query": "q"}) == "Searched for by RM3: t1 1.00, t2 0.50"
    assert became({"by": "m", "terms": terms, "query": "q"}).count(",") == 19
    assert became({"by": "m", "terms": [], "query": "a better one"}) == "Searched for by m: a better one"


NOTHING = {
    **dict.fromkeys(("calls", "rounds", "cached", "faults", "unreadable", "uncounted"), 0),
    **dict.fromkeys(("prompt_tokens", "cached_tokens", "completion_tokens"), 0),
    "seconds": 0.0,
}


@pytest.mark.parametrize(
    ("totals", "text"),
    [
        (
            {"calls": 2, "rounds": 1, "prompt_tokens": 90, "completion_tokens": 7, "seconds": 1.24},
            "2 calls in 1 round, 0 unreadable, 90 tokens read, 7 written, 1.2 s",
        ),
        (
            {"calls": 2, "cached": 1, "uncounted": 1, "rounds": 2},
            "2 calls in 2 rounds, 1 answer from the cache, 0 unreadable, tokens unknown, 0.0 s",
        ),
        (
            {"calls": 3, "uncounted": 1, "faults": 1, "prompt_tokens": 9, "cached_tokens": 4},
            "3 calls in 0 rounds, 1 broken by the engine, 0 unreadable, at least 9 tokens read (4 of them cached by "
            "the engine), 0 written, 0.0 s",
        ),
        (
            {"calls": 1, "cached": 1},
            "1 call in 0 rounds, 1 answer from the cache, 0 unreadable, 0 tokens read, 0 written, 0.0 s",
        ),
    ],
)
def test_what_a_search_took_is_no_more_than_is_known(totals: dict[str, Any], text: str) -> None:
    assert summary({**NOTHING, **totals}) == text
